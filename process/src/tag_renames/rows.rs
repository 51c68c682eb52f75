//! The rows of renames, and of the tasks of those that run.
//!
//! Whoever writes of a rename that runs holds its row for so long: two that work on the same one, as the first was given up for lost, count no
//! task twice, and none of them adds to one that the other has finished.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::task::TagRename;
use platform::postgres::{begin, keep};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, PgPool, Row as _};
use utoipa::ToSchema;
use uuid::Uuid;

use super::work::Found;

/// How long Postgres may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// The longest that a transaction over many tasks may take.
pub(super) const TRANSACTION: Duration = Duration::from_secs(30);
/// A rename that was taken up is left alone for so long. Longer than a step takes: whoever died with it loses no more than that.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// Where a rename stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TagRenameStatus)]
pub enum Status {
    /// It is worked off.
    Running,
    /// No task carries the old tag, but what got it in the meantime.
    Done,
    /// As `done`, but for tasks whose streams cannot be read or written; the log of the service names them.
    Failed,
}

impl Status {
    const ALL: [Self; 3] = [Self::Running, Self::Done, Self::Failed];

    /// As it is stored.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// Names it.
    pub id: Uuid,
    /// Whose tasks.
    pub tenant: String,
    /// From what to what.
    pub names: TagRename,
    /// Where it stands.
    pub status: Status,
    /// Tasks that were changed so far.
    pub changed: u64,
    /// The trace of the request.
    pub traceparent: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Rename {
    /// One that is asked for.
    #[must_use]
    pub fn new(id: Uuid, tenant: &str, names: TagRename, created_at: DateTime<Utc>) -> Self {
        let (status, traceparent) = (Status::Running, platform::telemetry::current_traceparent());
        Self { id, tenant: tenant.to_owned(), names, status, changed: 0, traceparent, created_at, finished_at: None }
    }
}

const COLUMNS: &str = "id, tenant, from_tag, to_tag, status, changed, traceparent, created_at, finished_at";

impl FromRow<'_, PgRow> for Rename {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let unread = |reason: String| sqlx::Error::Decode(reason.into());
        let (from, to): (&str, &str) = (row.try_get("from_tag")?, row.try_get("to_tag")?);
        let stored: &str = row.try_get("status")?;
        let status = Status::ALL.into_iter().find(|status| status.as_str() == stored);
        Ok(Self {
            id: row.try_get("id")?,
            tenant: row.try_get("tenant")?,
            names: TagRename::new(from, to).map_err(|violations| unread(violations.to_string()))?,
            status: status.ok_or_else(|| unread(format!("there is no status {stored:?}")))?,
            changed: row.try_get::<i64, _>("changed")?.unsigned_abs(),
            traceparent: row.try_get("traceparent")?,
            created_at: row.try_get("created_at")?,
            finished_at: row.try_get("finished_at")?,
        })
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is the rename as it was when it was first asked for.
    Accepted(Rename),
    /// Its id is that of another rename.
    Other,
}

/// Keeps a rename, to be worked off from now on. One that is there already is left as it is.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn ask(pool: &PgPool, rename: &Rename) -> Result<Asked, sqlx::Error> {
    let mut transaction = begin(pool).await?;
    // No event says that it was asked for.
    keep(&mut transaction).await?;
    let insert = sqlx::query(
        "INSERT INTO tasklog_process.tag_renames (id, tenant, from_tag, to_tag, status, traceparent, created_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (id) DO NOTHING",
    );
    let inserted = insert
        .bind(rename.id)
        .bind(&rename.tenant)
        .bind(rename.names.from())
        .bind(rename.names.to())
        .bind(rename.status.as_str())
        .bind(&rename.traceparent)
        .bind(rename.created_at)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    if inserted.rows_affected() > 0 {
        return Ok(Asked::Accepted(rename.clone()));
    }
    let found = find(pool, &rename.tenant, rename.id).await?.filter(|found| found.names == rename.names);
    Ok(found.map_or(Asked::Other, |found| {
        Asked::Accepted(Rename { created_at: found.created_at, traceparent: found.traceparent, ..rename.clone() })
    }))
}

/// One rename, as it stands.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn find(pool: &PgPool, tenant: &str, id: Uuid) -> Result<Option<Rename>, sqlx::Error> {
    let statement = format!("SELECT {COLUMNS} FROM tasklog_process.tag_renames WHERE tenant = $1 AND id = $2");
    sqlx::query_as(&statement).bind(tenant).bind(id).fetch_optional(pool).await
}

/// Where a rename is in the list of them, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

/// Renames, newest first: those after this place, so many.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn page(pool: &PgPool, tenant: &str, after: Option<Place>, most: usize) -> Result<Vec<Rename>, sqlx::Error> {
    let statement = format!(
        "SELECT {COLUMNS} FROM tasklog_process.tag_renames
         WHERE tenant = $1 AND (created_at, id) < (coalesce($2, 'infinity'::timestamptz), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    let renames = sqlx::query_as(&statement)
        .bind(tenant)
        .bind(after.map(|place| place.created_at))
        .bind(after.map(|place| place.id))
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    renames.fetch_all(pool).await
}

/// When there is something to do next.
pub(super) async fn earliest(pool: &PgPool) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let earliest = "SELECT min(due_at) FROM tasklog_process.tag_renames WHERE due_at IS NOT NULL";
    sqlx::query_scalar(earliest).fetch_one(pool).await
}

/// Takes up a rename that is due; for a while nobody else does.
pub(super) async fn claim(pool: &PgPool, now: DateTime<Utc>) -> Result<Option<Rename>, sqlx::Error> {
    let statement = format!(
        "UPDATE tasklog_process.tag_renames SET due_at = $2
         WHERE id = (
             SELECT id FROM tasklog_process.tag_renames WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
         )
         RETURNING {COLUMNS}"
    );
    sqlx::query_as(&statement).bind(now).bind(now + LEASE).fetch_optional(pool).await
}

/// Tasks that were found and are still to be renamed.
pub(super) async fn open(pool: &PgPool, rename: Uuid, most: usize) -> Result<Vec<Uuid>, sqlx::Error> {
    let open = sqlx::query_scalar(
        "SELECT task_id FROM tasklog_process.tag_rename_tasks WHERE rename_id = $1 AND outcome IS NULL
         ORDER BY task_id LIMIT $2",
    );
    open.bind(rename).bind(i64::try_from(most).unwrap_or(i64::MAX)).fetch_all(pool).await
}

/// Holds a rename that runs until the transaction ends; false where it does not run any more.
async fn hold(connection: &mut PgConnection, rename: Uuid) -> Result<bool, sqlx::Error> {
    let held = sqlx::query("SELECT FROM tasklog_process.tag_renames WHERE id = $1 AND status = 'running' FOR UPDATE");
    Ok(held.bind(rename).fetch_optional(connection).await?.is_some())
}

/// There is something to do then, and not before.
pub(super) async fn put_off(
    connection: impl sqlx::PgExecutor<'_>,
    rename: Uuid,
    due_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let due = "UPDATE tasklog_process.tag_renames SET due_at = $2 WHERE id = $1 AND status = 'running'";
    sqlx::query(due).bind(rename).bind(due_at).execute(connection).await?;
    Ok(())
}

/// Notes tasks down to be renamed; gives how many were not noted down before.
pub(super) async fn note(
    pool: &PgPool,
    rename: Uuid,
    tasks: &[Uuid],
    now: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    if tasks.is_empty() {
        return Ok(0);
    }
    let mut transaction = begin(pool).await?;
    if !hold(&mut transaction, rename).await? {
        return Ok(0);
    }
    let insert = sqlx::query(
        "INSERT INTO tasklog_process.tag_rename_tasks (rename_id, task_id) SELECT $1, task_id FROM UNNEST($2::uuid[]) AS task_id
         ON CONFLICT DO NOTHING",
    );
    let noted = insert.bind(rename).bind(tasks).execute(&mut *transaction).await?.rows_affected();
    if noted > 0 {
        put_off(&mut *transaction, rename, now).await?;
    }
    transaction.commit().await?;
    Ok(usize::try_from(noted).unwrap_or(usize::MAX))
}

/// Writes down what came of tasks, in their order.
pub(super) async fn record(
    pool: &PgPool,
    rename: Uuid,
    tasks: &[Uuid],
    found: &[Found],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut transaction = begin(pool).await?;
    if !hold(&mut transaction, rename).await? {
        return Ok(());
    }
    sqlx::query(
        "WITH told AS (
             UPDATE tasklog_process.tag_rename_tasks t SET outcome = f.outcome
             FROM UNNEST($2::uuid[], $3::text[]) AS f(task_id, outcome)
             WHERE t.rename_id = $1 AND t.task_id = f.task_id AND t.outcome IS NULL
             RETURNING t.outcome
         )
         UPDATE tasklog_process.tag_renames SET changed = changed + (SELECT count(*) FROM told WHERE outcome = 'changed'), due_at = $4
         WHERE id = $1",
    )
    .bind(rename)
    .bind(tasks)
    .bind(found.iter().map(|found| found.as_str()).collect::<Vec<_>>())
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Ends a rename, unless somebody else has noted down tasks for it or ended it; gives how it ended.
pub(super) async fn finish(pool: &PgPool, rename: Uuid, now: DateTime<Utc>) -> Result<Option<Status>, sqlx::Error> {
    let mut transaction = begin(pool).await?;
    let tasks = "SELECT FROM tasklog_process.tag_rename_tasks WHERE rename_id = $1 AND";
    let statement = format!("SELECT EXISTS ({tasks} outcome IS NULL), EXISTS ({tasks} outcome = 'blocked')");
    if !hold(&mut transaction, rename).await? {
        return Ok(None);
    }
    let (open, blocked): (bool, bool) = sqlx::query_as(&statement).bind(rename).fetch_one(&mut *transaction).await?;
    if open {
        return Ok(None);
    }
    let status = if blocked { Status::Failed } else { Status::Done };
    sqlx::query("UPDATE tasklog_process.tag_renames SET status = $2, finished_at = $3, due_at = NULL WHERE id = $1")
        .bind(rename)
        .bind(status.as_str())
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("DELETE FROM tasklog_process.tag_rename_tasks WHERE rename_id = $1")
        .bind(rename)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some(status))
}
