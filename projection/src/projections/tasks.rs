//! `tasks`: one row a task, with a column for whatever lists filter and sort by.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::task::{Due, Task, TaskEvent};
use domain::topics;
use kafka_es::Envelope;
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{array_literal, changed, json, keys, stored, version};
use super::{Projection, Table, tag_marks};
use crate::event::decode;
use crate::projector::batch::{Batch, State, Streams};
use crate::projector::failure::ApplyError;
use crate::query::sort::title_key;

/// Its name.
pub const NAME: &str = "tasks";
/// Goes up with every change of the tables, or of what is written into them for the same events.
const VERSION: i32 = 2;

/// The projection.
#[derive(Debug)]
pub struct Tasks;

/// `state` is the folded aggregate, which answers are made from; the columns are what is filtered and sorted by. The description is
/// in `state` alone: nothing filters by it and it may be 64 KiB.
const TABLES: &str = r#"
    CREATE TABLE tasks (
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
        tag_bits     bigint      NOT NULL,             -- both stand for the tags in indexes: see tag_marks.rs
        tag_keys     bigint[]    NOT NULL,
        due_asc      timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(due_sort, 'infinity'::timestamptz)) STORED,
        due_desc     timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(due_sort, '-infinity'::timestamptz)) STORED,
        PRIMARY KEY (tenant, id)
    );

    -- Lists read indexes without the rows, which takes a visibility map that is fresh.
    ALTER TABLE tasks SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

    -- One index a sort key; read backwards it serves the other direction. Tasks without a due date come last in both, so `due` has two.
    -- The status comes first, for it goes with age: the oldest tasks are nearly all completed, and who looks for pending ones must
    -- not walk past them. A list of several statuses merges their runs. What else is filtered by is in the index too, so that a
    -- task that does not match costs no look at its row.
    CREATE INDEX tasks_by_created  ON tasks (tenant, status, created_at, id) INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX tasks_by_updated  ON tasks (tenant, status, updated_at, id) INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX tasks_by_priority ON tasks (tenant, status, priority, id)   INCLUDE (due_day, tag_bits)           WHERE deleted_at IS NULL;
    CREATE INDEX tasks_by_title    ON tasks (tenant, status, title_key, id)  INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX tasks_by_due_asc  ON tasks (tenant, status, due_asc, id)    INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;
    CREATE INDEX tasks_by_due_desc ON tasks (tenant, status, due_desc, id)   INCLUDE (priority, due_day, tag_bits) WHERE deleted_at IS NULL;

    -- Filters that few tasks match are answered from these, and sorted.
    CREATE INDEX tasks_by_due_day  ON tasks (tenant, status, priority, due_day, id) INCLUDE (tag_bits, created_at, updated_at, due_asc)
        WHERE deleted_at IS NULL AND due_day IS NOT NULL;
    -- What is written to it and not yet sorted in is read by every list of a tag: no more than this.
    CREATE INDEX tasks_by_tag      ON tasks USING gin (tag_keys) WITH (gin_pending_list_limit = 256) WHERE deleted_at IS NULL;
"#;

impl State for Task {
    type Event = TaskEvent;

    fn sequence(&self) -> u64 {
        self.version
    }

    fn decode(envelope: &Envelope) -> Result<TaskEvent, String> {
        decode(envelope)
    }

    fn apply(&mut self, event: TaskEvent, _envelope: &Envelope) {
        domain::task::evolve(self, &event);
    }

    fn pass(&mut self, sequence: u64) {
        self.version = sequence;
    }
}

#[async_trait]
impl Projection for Tasks {
    fn name(&self) -> &'static str {
        NAME
    }

    fn topic(&self) -> &'static str {
        topics::TASKS
    }

    fn version(&self) -> i32 {
        VERSION
    }

    fn create(&self) -> &'static str {
        TABLES
    }

    fn tables(&self) -> &'static [Table] {
        &[Table { name: "tasks", order: "tenant COLLATE \"C\", id" }]
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        let mut tasks = load(connection, &batch.streams()).await?;
        batch.fold(&mut tasks)?;
        save(connection, &tasks).await
    }
}

async fn load(connection: &mut PgConnection, streams: &[String]) -> Result<Streams<Task>, ApplyError> {
    let (tenants, ids) = keys(streams);
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.tenant || '/' || t.id, t.state::text
         FROM UNNEST($1::text[], $2::uuid[]) AS k(tenant, id) JOIN tasks t USING (tenant, id)",
    )
    .bind(&tenants)
    .bind(&ids)
    .fetch_all(connection)
    .await?;
    stored(rows)
}

/// The changed tasks, a vector for each column.
#[derive(Default)]
struct Columns<'a> {
    tenant: Vec<&'a str>,
    id: Vec<Uuid>,
    title: Vec<&'a str>,
    title_key: Vec<String>,
    status: Vec<&'static str>,
    priority: Vec<i16>,
    tags: Vec<String>,
    due_date: Vec<Option<NaiveDate>>,
    due_at: Vec<Option<NaiveDateTime>>,
    time_zone: Vec<Option<&'static str>>,
    due_utc: Vec<Option<DateTime<Utc>>>,
    due_day: Vec<Option<NaiveDate>>,
    due_sort: Vec<Option<DateTime<Utc>>>,
    recurrence: Vec<Option<String>>,
    series_id: Vec<Option<Uuid>>,
    created_at: Vec<DateTime<Utc>>,
    updated_at: Vec<DateTime<Utc>>,
    completed_at: Vec<Option<DateTime<Utc>>>,
    deleted_at: Vec<Option<DateTime<Utc>>>,
    version: Vec<i64>,
    state: Vec<String>,
    tag_bits: Vec<i64>,
    tag_keys: Vec<String>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, tenant: &'a str, id: Uuid, task: &'a Task) -> Result<(), ApplyError> {
        let (due_date, due_at, time_zone) = match task.due {
            None => (None, None, None),
            Some(Due::Date { due_date }) => (Some(due_date), None, None),
            Some(Due::At { due_at, time_zone }) => (None, Some(due_at), Some(time_zone.name())),
        };
        self.tenant.push(tenant);
        self.id.push(id);
        self.title.push(&task.title);
        self.title_key.push(title_key(&task.title));
        self.status.push(task.status.as_str());
        self.priority.push(task.priority.rank());
        self.tags.push(array_literal(&task.tags));
        self.due_date.push(due_date);
        self.due_at.push(due_at);
        self.time_zone.push(time_zone);
        self.due_utc.push(task.due.and_then(|due| due.utc()));
        self.due_day.push(task.due.map(|due| due.day()));
        self.due_sort.push(task.due.map(|due| due.sort_key()));
        self.recurrence.push(task.recurrence.as_ref().map(json).transpose()?);
        self.series_id.push(task.series_id);
        self.created_at.push(task.created_at);
        self.updated_at.push(task.updated_at);
        self.completed_at.push(task.completed_at);
        self.deleted_at.push(task.deleted_at);
        self.version.push(version(task.version));
        self.state.push(json(task)?);
        self.tag_bits.push(tag_marks::bits(&task.tags));
        let key = |tag: &String| tag_marks::key(tenant, task.status, task.priority, tag).to_string();
        self.tag_keys.push(array_literal(&task.tags.iter().map(key).collect::<Vec<_>>()));
        Ok(())
    }
}

const SAVE: &str = "
    INSERT INTO tasks (
        tenant, id, title, title_key, status, priority, tags, due_date, due_at, time_zone, due_utc, due_day, due_sort,
        recurrence, series_id, created_at, updated_at, completed_at, deleted_at, version, state,
        tag_bits, tag_keys)
    SELECT tenant, id, title, title_key, status, priority, tags::text[], due_date, due_at, time_zone, due_utc, due_day, due_sort,
        recurrence::json, series_id, created_at, updated_at, completed_at, deleted_at, version, state::json,
        tag_bits, tag_keys::bigint[]
    FROM UNNEST(
        $1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::date[], $9::timestamp[],
        $10::text[], $11::timestamptz[], $12::date[], $13::timestamptz[], $14::text[], $15::uuid[], $16::timestamptz[],
        $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::bigint[], $21::text[],
        $22::bigint[], $23::text[])
    AS r(
        tenant, id, title, title_key, status, priority, tags, due_date, due_at, time_zone, due_utc, due_day, due_sort,
        recurrence, series_id, created_at, updated_at, completed_at, deleted_at, version, state,
        tag_bits, tag_keys)
    ON CONFLICT (tenant, id) DO UPDATE SET
        title = excluded.title, title_key = excluded.title_key, status = excluded.status, priority = excluded.priority,
        tags = excluded.tags, due_date = excluded.due_date, due_at = excluded.due_at, time_zone = excluded.time_zone,
        due_utc = excluded.due_utc, due_day = excluded.due_day, due_sort = excluded.due_sort,
        recurrence = excluded.recurrence, series_id = excluded.series_id, created_at = excluded.created_at,
        updated_at = excluded.updated_at, completed_at = excluded.completed_at, deleted_at = excluded.deleted_at,
        version = excluded.version, state = excluded.state, tag_bits = excluded.tag_bits, tag_keys = excluded.tag_keys";

async fn save(connection: &mut PgConnection, tasks: &Streams<Task>) -> Result<(), ApplyError> {
    let mut columns = Columns::default();
    for (tenant, id, task) in changed(tasks) {
        columns.push(tenant, id, task)?;
    }
    if columns.id.is_empty() {
        return Ok(());
    }
    sqlx::query(SAVE)
        .bind(&columns.tenant)
        .bind(&columns.id)
        .bind(&columns.title)
        .bind(&columns.title_key)
        .bind(&columns.status)
        .bind(&columns.priority)
        .bind(&columns.tags)
        .bind(&columns.due_date)
        .bind(&columns.due_at)
        .bind(&columns.time_zone)
        .bind(&columns.due_utc)
        .bind(&columns.due_day)
        .bind(&columns.due_sort)
        .bind(&columns.recurrence)
        .bind(&columns.series_id)
        .bind(&columns.created_at)
        .bind(&columns.updated_at)
        .bind(&columns.completed_at)
        .bind(&columns.deleted_at)
        .bind(&columns.version)
        .bind(&columns.state)
        .bind(&columns.tag_bits)
        .bind(&columns.tag_keys)
        .execute(connection)
        .await?;
    Ok(())
}
