//! The table: the columns of Tasklog's own `tasks`, an index for each sort and filter, and one more of each for full-text search.

/// The description is a column as everything else is; `words` is made by Postgres itself whenever the row is written.
pub const TABLE: &str = "
    CREATE TABLE tasks (
        tenant       text        NOT NULL,
        id           uuid        NOT NULL,
        title        text        NOT NULL,
        title_key    text        NOT NULL COLLATE \"C\",
        description  text        NOT NULL,
        status       text        NOT NULL,
        priority     smallint    NOT NULL,
        tags         text[]      NOT NULL,
        due_date     date,
        due_at       timestamp,
        time_zone    text,
        due_utc      timestamptz,
        due_day      date,
        due_sort     timestamptz,
        recurrence   json,
        series_id    uuid,
        parent_id    uuid,
        rank         text,
        created_at   timestamptz NOT NULL,
        updated_at   timestamptz NOT NULL,
        completed_at timestamptz,
        deleted_at   timestamptz,
        version      bigint      NOT NULL,
        words        tsvector    NOT NULL GENERATED ALWAYS AS
            (setweight(to_tsvector('english', title), 'A') || to_tsvector('english', description)) STORED,
        PRIMARY KEY (tenant, id)
    )";

/// Made after the rows are there, which is faster.
pub const INDEXES: [&str; 10] = [
    "CREATE INDEX tasks_by_created  ON tasks (tenant, created_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_updated  ON tasks (tenant, updated_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_priority ON tasks (tenant, priority, id) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_title    ON tasks (tenant, title_key, id) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_due_asc  ON tasks (tenant, (coalesce(due_sort, 'infinity'::timestamptz)), id) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_due_desc ON tasks (tenant, (coalesce(due_sort, '-infinity'::timestamptz)), id) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_status   ON tasks (tenant, status, created_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_due_day  ON tasks (tenant, due_day) WHERE deleted_at IS NULL AND due_day IS NOT NULL",
    "CREATE INDEX tasks_by_tag      ON tasks USING gin (tags) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_by_word     ON tasks USING gin (words) WHERE deleted_at IS NULL",
];

/// What is written of a new row, in the order of [`super::fill`] and [`super::create`].
pub const WRITTEN: &str = "tenant, id, title, title_key, description, status, priority, tags, due_date, due_at, time_zone, due_utc, \
    due_day, due_sort, recurrence, series_id, parent_id, rank, created_at, updated_at, completed_at, version";

/// What a task is read from, in the order of [`super::Task`].
pub const READ: &str = "id, title, description, status, priority, tags, due_date, due_at, time_zone, due_utc, recurrence, series_id, \
    parent_id, rank, created_at, updated_at, completed_at, version";
