-- The read side. Everything here follows from the log: dropping the schema loses nothing but the time to rebuild it.
-- Runs with the search path on schema `tasklog`, so sqlx's own table lives there too.

-- The last applied offset of each projection in each partition; -1 before the first record. Written in the same transaction as
-- the rows it stands for, by compare-and-set: the projector whose value is not the stored one has been overtaken.
CREATE TABLE tasklog.positions (
    projection text   NOT NULL,
    topic      text   NOT NULL,
    partition  int    NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (projection, topic, partition)
);

-- Records that lost: another record had claimed their sequence before. They are no events.
CREATE TABLE tasklog.void_records (
    topic         text   NOT NULL,
    partition     int    NOT NULL,
    record_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition, record_offset)
);

-- Records a projection could not apply, and the later records of their streams, which wait behind them in order.
CREATE TABLE tasklog.dead_letters (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection    text        NOT NULL,
    topic         text        NOT NULL,
    partition     int         NOT NULL,
    record_offset bigint      NOT NULL,
    stream        text,                 -- null: the record says no stream we can trust
    sequence      bigint,
    error         text        NOT NULL,
    record        bytea       NOT NULL, -- the record's value as it is in the log
    record_key    bytea,
    traceparent   text,
    parked_at     timestamptz NOT NULL,
    UNIQUE (projection, topic, partition, record_offset)
);
CREATE INDEX dead_letters_by_stream ON tasklog.dead_letters (projection, stream, record_offset) WHERE stream IS NOT NULL;

-- Projection `tasks`: one row a task. `state` is the folded aggregate, which answers are made from; the columns are what is
-- filtered and sorted by. The description is in `state` alone: nothing filters by it and it may be 64 KiB.
CREATE TABLE tasklog.tasks (
    tenant       text        NOT NULL,
    id           uuid        NOT NULL,
    title        text        NOT NULL,
    title_key    text        NOT NULL COLLATE "C", -- folded and cut to fit an index
    status       text        NOT NULL,
    priority     smallint    NOT NULL,             -- rank: 0 none … 4 urgent
    tags         text[]      NOT NULL,
    due_date     date,
    due_at       timestamp,
    time_zone    text,
    due_utc      timestamptz,
    due_day      date,                             -- the day as the task states it
    due_sort     timestamptz,                      -- the instant; end of its day in UTC for an all-day task
    recurrence   json,
    series_id    uuid,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    completed_at timestamptz,
    deleted_at   timestamptz,
    version      bigint      NOT NULL,
    state        json        NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One index a sort key; read backwards it serves the other direction. Tasks without a due date come last in both, so `due` has two.
CREATE INDEX tasks_by_created  ON tasklog.tasks (tenant, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_updated  ON tasklog.tasks (tenant, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_priority ON tasklog.tasks (tenant, priority, id)   WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_title    ON tasklog.tasks (tenant, title_key, id)  WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_due_asc  ON tasklog.tasks (tenant, (coalesce(due_sort, 'infinity'::timestamptz)), id)  WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_due_desc ON tasklog.tasks (tenant, (coalesce(due_sort, '-infinity'::timestamptz)), id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_status   ON tasklog.tasks (tenant, status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_due_day  ON tasklog.tasks (tenant, due_day) WHERE deleted_at IS NULL AND due_day IS NOT NULL;
CREATE INDEX tasks_by_tag      ON tasklog.tasks USING gin (tags) WHERE deleted_at IS NULL;

-- Projection `history`: the table layout of postgres-es, one document a task.
CREATE TABLE tasklog.history (
    view_id text   NOT NULL PRIMARY KEY,
    version bigint NOT NULL,
    payload json   NOT NULL
);

-- Projection `reminders`: one row a reminder.
CREATE TABLE tasklog.reminders (
    tenant        text        NOT NULL,
    id            uuid        NOT NULL,
    task_id       uuid        NOT NULL,
    status        text        NOT NULL,
    remind_utc    timestamptz NOT NULL,
    snoozed_until timestamptz,
    rings_at      timestamptz NOT NULL, -- when it rings, snoozed or not: what lists are ordered by
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    hidden        boolean     NOT NULL, -- deleted by the caller: answered as if it had never been
    version       bigint      NOT NULL,
    state         json        NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX reminders_by_time ON tasklog.reminders (tenant, rings_at, id) WHERE NOT hidden;
CREATE INDEX reminders_by_task ON tasklog.reminders (tenant, task_id, rings_at, id) WHERE NOT hidden;
