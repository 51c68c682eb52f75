//! The rows of changed tasks: new ones by `COPY`, where there are many, the others by one `INSERT … ON CONFLICT`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::task::{Due, Task};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::projections::copy::{CopyRows, WORTH_ROWS};
use crate::projections::rows::{array_literal, changed, json, version};
use crate::projections::tag_marks;
use crate::projector::batch::Streams;
use crate::projector::failure::ApplyError;
use crate::query::sort::title_key;

/// Writes what the batch changed.
pub(super) async fn save(connection: &mut PgConnection, tasks: &Streams<Task>) -> Result<(), ApplyError> {
    let mut changed = changed(tasks);
    let new = changed.iter().filter(|changed| !changed.stored).count();
    if new >= WORTH_ROWS {
        let mut rows = CopyRows::new();
        for task in changed.extract_if(.., |changed| !changed.stored) {
            Row::of(task.tenant, task.id, task.state)?.copy(&mut rows)?;
        }
        rows.write(connection, INTO).await?;
    }
    let mut columns = Columns::default();
    for task in changed {
        columns.push(Row::of(task.tenant, task.id, task.state)?);
    }
    columns.upsert(connection).await
}

/// A task as its columns have it.
struct Row<'a> {
    tenant: &'a str,
    id: Uuid,
    title: &'a str,
    title_key: String,
    status: &'static str,
    priority: i16,
    tags: &'a [String],
    due_date: Option<NaiveDate>,
    due_at: Option<NaiveDateTime>,
    time_zone: Option<&'static str>,
    due_utc: Option<DateTime<Utc>>,
    due_day: Option<NaiveDate>,
    due_sort: Option<DateTime<Utc>>,
    recurrence: Option<String>,
    series_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
    version: i64,
    state: String,
    tag_bits: i64,
    tag_keys: Vec<i64>,
}

impl<'a> Row<'a> {
    fn of(tenant: &'a str, id: Uuid, task: &'a Task) -> Result<Self, ApplyError> {
        let (due_date, due_at, time_zone) = match task.due {
            None => (None, None, None),
            Some(Due::Date { due_date }) => (Some(due_date), None, None),
            Some(Due::At { due_at, time_zone }) => (None, Some(due_at), Some(time_zone.name())),
        };
        Ok(Self {
            tenant,
            id,
            title: &task.title,
            title_key: title_key(&task.title),
            status: task.status.as_str(),
            priority: task.priority.rank(),
            tags: &task.tags,
            due_date,
            due_at,
            time_zone,
            due_utc: task.due.and_then(|due| due.utc()),
            due_day: task.due.map(|due| due.day()),
            due_sort: task.due.map(|due| due.sort_key()),
            recurrence: task.recurrence.as_ref().map(json).transpose()?,
            series_id: task.series_id,
            created_at: task.created_at,
            updated_at: task.updated_at,
            completed_at: task.completed_at,
            deleted_at: task.deleted_at,
            version: version(task.version),
            state: json(task)?,
            tag_bits: tag_marks::bits(&task.tags),
            tag_keys: task.tags.iter().map(|tag| tag_marks::key(tenant, task.status, task.priority, tag)).collect(),
        })
    }

    /// In the order of [`INTO`].
    fn copy(self, rows: &mut CopyRows) -> Result<(), ApplyError> {
        rows.begin(COLUMNS);
        rows.value(self.tenant)?;
        rows.value(self.id)?;
        rows.value(self.title)?;
        rows.value(self.title_key)?;
        rows.value(self.status)?;
        rows.value(self.priority)?;
        rows.value(self.tags)?;
        rows.value(self.due_date)?;
        rows.value(self.due_at)?;
        rows.value(self.time_zone)?;
        rows.value(self.due_utc)?;
        rows.value(self.due_day)?;
        rows.value(self.due_sort)?;
        rows.value(self.recurrence)?;
        rows.value(self.series_id)?;
        rows.value(self.created_at)?;
        rows.value(self.updated_at)?;
        rows.value(self.completed_at)?;
        rows.value(self.deleted_at)?;
        rows.value(self.version)?;
        rows.value(self.state)?;
        rows.value(self.tag_bits)?;
        rows.value(self.tag_keys)?;
        Ok(())
    }
}

const COLUMNS: i16 = 23;
const INTO: &str = "tasks (
    tenant, id, title, title_key, status, priority, tags, due_date, due_at, time_zone, due_utc, due_day, due_sort,
    recurrence, series_id, created_at, updated_at, completed_at, deleted_at, version, state, tag_bits, tag_keys)";

/// Rows, a vector for each column.
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

impl<'a> Columns<'a> {
    fn push(&mut self, row: Row<'a>) {
        self.tenant.push(row.tenant);
        self.id.push(row.id);
        self.title.push(row.title);
        self.title_key.push(row.title_key);
        self.status.push(row.status);
        self.priority.push(row.priority);
        self.tags.push(array_literal(row.tags));
        self.due_date.push(row.due_date);
        self.due_at.push(row.due_at);
        self.time_zone.push(row.time_zone);
        self.due_utc.push(row.due_utc);
        self.due_day.push(row.due_day);
        self.due_sort.push(row.due_sort);
        self.recurrence.push(row.recurrence);
        self.series_id.push(row.series_id);
        self.created_at.push(row.created_at);
        self.updated_at.push(row.updated_at);
        self.completed_at.push(row.completed_at);
        self.deleted_at.push(row.deleted_at);
        self.version.push(row.version);
        self.state.push(row.state);
        self.tag_bits.push(row.tag_bits);
        self.tag_keys.push(array_literal(&row.tag_keys.iter().map(i64::to_string).collect::<Vec<_>>()));
    }

    async fn upsert(&self, connection: &mut PgConnection) -> Result<(), ApplyError> {
        if self.id.is_empty() {
            return Ok(());
        }
        sqlx::query(SAVE)
            .bind(&self.tenant)
            .bind(&self.id)
            .bind(&self.title)
            .bind(&self.title_key)
            .bind(&self.status)
            .bind(&self.priority)
            .bind(&self.tags)
            .bind(&self.due_date)
            .bind(&self.due_at)
            .bind(&self.time_zone)
            .bind(&self.due_utc)
            .bind(&self.due_day)
            .bind(&self.due_sort)
            .bind(&self.recurrence)
            .bind(&self.series_id)
            .bind(&self.created_at)
            .bind(&self.updated_at)
            .bind(&self.completed_at)
            .bind(&self.deleted_at)
            .bind(&self.version)
            .bind(&self.state)
            .bind(&self.tag_bits)
            .bind(&self.tag_keys)
            .execute(connection)
            .await?;
        Ok(())
    }
}
