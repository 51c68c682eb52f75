//! `tasks`: one row a task, with a column for whatever lists filter and sort by.

mod save;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::task::{Task, TaskEvent, TaskView};
use domain::topics;
use kafka_es::Envelope;
use sqlx::PgConnection;

use super::rows::keys;
use super::{Description, Projection, Table};
use crate::event::decode;
use crate::projector::batch::{Batch, State, Stream, Streams};
use crate::projector::failure::ApplyError;

/// Its name.
pub const NAME: &str = "tasks";
/// Goes up with every change of the tables, or of what is written into them for the same events.
const VERSION: i32 = 6;

/// The projection.
#[derive(Debug)]
pub struct Tasks;

/// `view` is the task in the API's JSON, which answers are made of as it stands, and what the next event is applied to: a text to Postgres,
/// which would read a `json` through for each row that is written. A column is what is filtered or sorted by, and no more.
const TABLES: &str = r#"
    CREATE TABLE tasks (
        tenant       text        NOT NULL,
        id           uuid        NOT NULL,
        title_key    text        NOT NULL COLLATE "C", -- folded and cut to fit an index
        status       text        NOT NULL,
        priority     smallint    NOT NULL,             -- rank: 0 none … 4 urgent
        tags         text[]      NOT NULL,
        due_day      date,                             -- the day as the task states it
        due_sort     timestamptz,                      -- the instant; end of its day in UTC for an all-day task
        created_at   timestamptz NOT NULL,
        updated_at   timestamptz NOT NULL,
        deleted_at   timestamptz,
        parent_id    uuid,
        rank_key     text        NOT NULL COLLATE "C", -- the rank; after all others where there is none
        version      bigint      NOT NULL,
        view         text        NOT NULL,
        tag_bits     bigint      NOT NULL,             -- both stand for the tags in indexes: see tag_marks.rs
        tag_keys     bigint[]    NOT NULL,
        due_asc      timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(due_sort, 'infinity'::timestamptz)) STORED,
        due_desc     timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(due_sort, '-infinity'::timestamptz)) STORED,
        PRIMARY KEY (tenant, id)
    );

    -- Lists read indexes without the rows, which takes a visibility map that is fresh.
    ALTER TABLE tasks SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
"#;

const INDEXES: &str = r#"
    -- One index a sort key; read backwards it serves the other direction. Tasks without a due date come last in both, so `due` has two.
    -- The status comes first, for it goes with age: the oldest tasks are nearly all completed, and who looks for pending ones must
    -- not walk past them. A list of several statuses merges their runs. What else is filtered by is in the index too, so that a
    -- task that does not match costs no look at its row.
    CREATE INDEX IF NOT EXISTS tasks_by_created  ON tasks (tenant, status, created_at, id) INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX IF NOT EXISTS tasks_by_updated  ON tasks (tenant, status, updated_at, id) INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX IF NOT EXISTS tasks_by_priority ON tasks (tenant, status, priority, id)   INCLUDE (due_day, tag_bits)           WHERE deleted_at IS NULL;
    CREATE INDEX IF NOT EXISTS tasks_by_title    ON tasks (tenant, status, title_key, id)  INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX IF NOT EXISTS tasks_by_due_asc  ON tasks (tenant, status, due_asc, id)    INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX IF NOT EXISTS tasks_by_due_desc ON tasks (tenant, status, due_desc, id)   INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;

    -- The tasks below one, in their order.
    CREATE INDEX IF NOT EXISTS tasks_by_parent   ON tasks (tenant, parent_id, rank_key, created_at, id) WHERE deleted_at IS NULL AND parent_id IS NOT NULL;

    -- Filters that few tasks match are answered from these, and sorted.
    CREATE INDEX IF NOT EXISTS tasks_by_due_day  ON tasks (tenant, status, priority, due_day, id) INCLUDE (tag_bits, created_at, updated_at, due_asc)
        WHERE deleted_at IS NULL AND due_day IS NOT NULL;
    -- What is written to it and not yet sorted in is read by every list of a tag: no more than this.
    CREATE INDEX IF NOT EXISTS tasks_by_tag      ON tasks USING gin (tag_keys) WITH (gin_pending_list_limit = 256) WHERE deleted_at IS NULL;
"#;

impl State for Task {
    type Event = TaskEvent;

    fn sequence(&self) -> u64 {
        self.version
    }

    fn decode(envelope: &Envelope) -> Result<TaskEvent, String> {
        decode(envelope)
    }

    fn apply(&mut self, event: &TaskEvent, _envelope: &Envelope) {
        domain::task::evolve(self, event);
    }

    fn pass(&mut self, sequence: u64) {
        self.version = sequence;
    }
}

#[async_trait]
impl Projection for Tasks {
    fn describe(&self) -> &Description {
        &Description {
            name: NAME,
            topic: topics::TASKS,
            version: VERSION,
            create: TABLES,
            index: INDEXES,
            rows_are_told: true,
            tables: &[Table { name: "tasks", order: "tenant COLLATE \"C\", id" }],
        }
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        let mut tasks = load(connection, &batch.streams()).await?;
        batch.fold(&mut tasks)?;
        save::save(connection, &tasks).await
    }
}

async fn load(connection: &mut PgConnection, streams: &[String]) -> Result<Streams<Task>, ApplyError> {
    if streams.is_empty() {
        return Ok(Streams::new());
    }
    let (tenants, ids) = keys(streams);
    let rows: Vec<(String, String, Option<DateTime<Utc>>)> = sqlx::query_as(
        "SELECT t.tenant || '/' || t.id, t.view, t.deleted_at
         FROM UNNEST($1::text[], $2::uuid[]) AS k(tenant, id) JOIN tasks t USING (tenant, id)",
    )
    .bind(&tenants)
    .bind(&ids)
    .fetch_all(connection)
    .await?;
    let read = |(stream, view, deleted_at): (String, String, _)| match task(&view, deleted_at) {
        Ok(task) => Ok((stream, Stream::stored(task))),
        Err(reason) => Err(ApplyError::State { stream, reason }),
    };
    rows.into_iter().map(read).collect()
}

fn task(view: &str, deleted_at: Option<DateTime<Utc>>) -> Result<Task, String> {
    let view: TaskView = serde_json::from_str(view).map_err(|error| error.to_string())?;
    view.into_task(deleted_at).map_err(|error| error.to_string())
}
