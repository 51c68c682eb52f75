//! The rows of changed tasks: new ones by `COPY`, where there are many, the others by one `INSERT … ON CONFLICT`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::task::{Task, TaskView};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::projections::copy::{CopyRows, WORTH_ROWS};
use crate::projections::rows::{array_literal, changed, json, version};
use crate::projections::tag_marks;
use crate::projector::batch::Streams;
use crate::projector::failure::ApplyError;
use crate::query::sort::{rank_key, title_key};

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
    title_key: String,
    status: &'static str,
    priority: i16,
    tags: &'a [String],
    due_day: Option<NaiveDate>,
    due_sort: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    parent_id: Option<Uuid>,
    rank_key: &'a str,
    version: i64,
    view: String,
    tag_bits: i64,
    tag_keys: Vec<i64>,
}

impl<'a> Row<'a> {
    fn of(tenant: &'a str, id: Uuid, task: &'a Task) -> Result<Self, ApplyError> {
        Ok(Self {
            tenant,
            id,
            title_key: title_key(&task.title),
            status: task.status.as_str(),
            priority: task.priority.rank(),
            tags: &task.tags,
            due_day: task.due.map(|due| due.day()),
            due_sort: task.due.map(|due| due.sort_key()),
            created_at: task.created_at,
            updated_at: task.updated_at,
            deleted_at: task.deleted_at,
            parent_id: task.parent_id,
            rank_key: rank_key(task.rank.as_deref()),
            version: version(task.version),
            view: json(&TaskView::of(task))?,
            tag_bits: tag_marks::bits(&task.tags),
            tag_keys: task.tags.iter().map(|tag| tag_marks::key(tenant, task.status, task.priority, tag)).collect(),
        })
    }

    /// In the order of [`INTO`].
    fn copy(self, rows: &mut CopyRows) -> Result<(), ApplyError> {
        rows.begin(COLUMNS);
        rows.value(self.tenant)?;
        rows.value(self.id)?;
        rows.value(self.title_key)?;
        rows.value(self.status)?;
        rows.value(self.priority)?;
        rows.value(self.tags)?;
        rows.value(self.due_day)?;
        rows.value(self.due_sort)?;
        rows.value(self.created_at)?;
        rows.value(self.updated_at)?;
        rows.value(self.deleted_at)?;
        rows.value(self.parent_id)?;
        rows.value(self.rank_key)?;
        rows.value(self.version)?;
        rows.value(self.view)?;
        rows.value(self.tag_bits)?;
        rows.value(self.tag_keys)?;
        Ok(())
    }
}

const COLUMNS: i16 = 17;
const INTO: &str = "tasks (
    tenant, id, title_key, status, priority, tags, due_day, due_sort, created_at, updated_at, deleted_at, parent_id,
    rank_key, version, view, tag_bits, tag_keys)";

/// Rows, a vector for each column.
#[derive(Default)]
struct Columns<'a> {
    tenant: Vec<&'a str>,
    id: Vec<Uuid>,
    title_key: Vec<String>,
    status: Vec<&'static str>,
    priority: Vec<i16>,
    tags: Vec<String>,
    due_day: Vec<Option<NaiveDate>>,
    due_sort: Vec<Option<DateTime<Utc>>>,
    created_at: Vec<DateTime<Utc>>,
    updated_at: Vec<DateTime<Utc>>,
    deleted_at: Vec<Option<DateTime<Utc>>>,
    parent_id: Vec<Option<Uuid>>,
    rank_key: Vec<&'a str>,
    version: Vec<i64>,
    view: Vec<String>,
    tag_bits: Vec<i64>,
    tag_keys: Vec<String>,
}

const SAVE: &str = "
    INSERT INTO tasks (
        tenant, id, title_key, status, priority, tags, due_day, due_sort, created_at, updated_at, deleted_at, parent_id,
        rank_key, version, view, tag_bits, tag_keys)
    SELECT tenant, id, title_key, status, priority, tags::text[], due_day, due_sort, created_at, updated_at, deleted_at, parent_id,
        rank_key, version, view, tag_bits, tag_keys::bigint[]
    FROM UNNEST(
        $1::text[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::date[], $8::timestamptz[],
        $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::uuid[], $13::text[], $14::bigint[], $15::text[], $16::bigint[],
        $17::text[])
    AS r(
        tenant, id, title_key, status, priority, tags, due_day, due_sort, created_at, updated_at, deleted_at, parent_id,
        rank_key, version, view, tag_bits, tag_keys)
    ON CONFLICT (tenant, id) DO UPDATE SET
        title_key = excluded.title_key, status = excluded.status, priority = excluded.priority, tags = excluded.tags,
        due_day = excluded.due_day, due_sort = excluded.due_sort, created_at = excluded.created_at,
        updated_at = excluded.updated_at, deleted_at = excluded.deleted_at, parent_id = excluded.parent_id,
        rank_key = excluded.rank_key, version = excluded.version, view = excluded.view, tag_bits = excluded.tag_bits, tag_keys = excluded.tag_keys";

impl<'a> Columns<'a> {
    fn push(&mut self, row: Row<'a>) {
        self.tenant.push(row.tenant);
        self.id.push(row.id);
        self.title_key.push(row.title_key);
        self.status.push(row.status);
        self.priority.push(row.priority);
        self.tags.push(array_literal(row.tags));
        self.due_day.push(row.due_day);
        self.due_sort.push(row.due_sort);
        self.created_at.push(row.created_at);
        self.updated_at.push(row.updated_at);
        self.deleted_at.push(row.deleted_at);
        self.parent_id.push(row.parent_id);
        self.rank_key.push(row.rank_key);
        self.version.push(row.version);
        self.view.push(row.view);
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
            .bind(&self.title_key)
            .bind(&self.status)
            .bind(&self.priority)
            .bind(&self.tags)
            .bind(&self.due_day)
            .bind(&self.due_sort)
            .bind(&self.created_at)
            .bind(&self.updated_at)
            .bind(&self.deleted_at)
            .bind(&self.parent_id)
            .bind(&self.rank_key)
            .bind(&self.version)
            .bind(&self.view)
            .bind(&self.tag_bits)
            .bind(&self.tag_keys)
            .execute(connection)
            .await?;
        Ok(())
    }
}
