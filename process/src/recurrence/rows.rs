//! The rows of tasks that repeat.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::task::TaskAggregate;
use domain::tenant;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, PgPool, Row as _};
use uuid::Uuid;

/// How long Postgres may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// The task that was made to follow another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// The task.
    pub id: Uuid,
    /// Its version after the last command it was given from here: whoever changes it afterwards has taken it over.
    pub version: u64,
    /// It was taken back since.
    pub taken_back: bool,
}

/// A task that repeats, or did.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Whose it is.
    pub tenant: String,
    /// The task.
    pub task_id: Uuid,
    /// Sequence of the last event in `state`.
    pub version: u64,
    /// What the events have made of it.
    pub state: TaskAggregate,
    /// It came to be as completed, by an import.
    pub came_as_over: bool,
    /// The occurrence that it was made to follow.
    pub follows: Option<Uuid>,
    /// The task that was made to follow it.
    pub successor: Option<Successor>,
    /// When the next one is to be made by the clock.
    pub fires_at: Option<DateTime<Utc>>,
}

pub(super) const COLUMNS: &str =
    "tenant, task_id, version, state, came_as_over, follows, successor, successor_version, taken_back, fires_at";

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let successor: Option<Uuid> = row.try_get("successor")?;
        let version: Option<i64> = row.try_get("successor_version")?;
        let taken_back = row.try_get("taken_back")?;
        let Json(state) = row.try_get("state")?;
        Ok(Self {
            tenant: row.try_get("tenant")?,
            task_id: row.try_get("task_id")?,
            version: row.try_get::<i64, _>("version")?.unsigned_abs(),
            state,
            came_as_over: row.try_get("came_as_over")?,
            follows: row.try_get("follows")?,
            successor: successor.map(|id| Successor { id, version: version.unwrap_or(0).unsigned_abs(), taken_back }),
            fires_at: row.try_get("fires_at")?,
        })
    }
}

/// The rows of these streams that there are.
pub(super) async fn load(
    pool: &PgPool,
    streams: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Row>, sqlx::Error> {
    let (tenants, ids): (Vec<&str>, Vec<Uuid>) = streams.filter_map(tenant::parse_stream_id).unzip();
    let statement = format!(
        "SELECT {COLUMNS} FROM tasklog_process.series
         JOIN UNNEST($1::text[], $2::uuid[]) AS wanted(tenant, task_id) USING (tenant, task_id)"
    );
    let rows: Vec<Row> = sqlx::query_as(&statement).bind(tenants).bind(ids).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| (tenant::stream_id(&row.tenant, row.task_id), row)).collect())
}

/// The order in which whoever writes several rows writes them: in two orders, each of two writers could wait for the other.
pub(super) fn in_order<'a, T>(of_rows: &'a [T], row: impl Fn(&'a T) -> &'a Row) -> Vec<&'a T> {
    let mut ordered: Vec<&T> = of_rows.iter().collect();
    ordered.sort_by_key(|it| (row(it).tenant.as_str(), row(it).task_id));
    ordered
}

/// Writes rows as they are now. The clock writes successors as well: one that it has made since stays. And what it has begun to make it
/// goes on with, unless the time has changed.
pub(super) async fn save(connection: &mut PgConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = in_order(rows, |row| row);
    let successors = rows.iter().map(|row| row.successor);
    sqlx::query(
        "INSERT INTO tasklog_process.series AS s (tenant, task_id, version, state, came_as_over, follows, successor, successor_version, taken_back, fires_at)
         SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::bigint[], $4::jsonb[], $5::bool[], $6::uuid[], $7::uuid[], $8::bigint[], $9::bool[], $10::timestamptz[])
         ON CONFLICT (tenant, task_id) DO UPDATE SET
             version = excluded.version, state = excluded.state,
             came_as_over = excluded.came_as_over, follows = excluded.follows,
             successor = coalesce(excluded.successor, s.successor),
             successor_version = CASE WHEN excluded.successor IS NULL THEN s.successor_version ELSE excluded.successor_version END,
             taken_back = CASE WHEN excluded.successor IS NULL THEN s.taken_back ELSE excluded.taken_back END,
             fires_at = CASE WHEN excluded.successor IS NULL AND s.successor IS NOT NULL THEN NULL ELSE excluded.fires_at END,
             taken_at = CASE WHEN excluded.fires_at = s.fires_at THEN s.taken_at END",
    )
    .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.task_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| i64::try_from(row.version).unwrap_or(i64::MAX)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| Json(&row.state)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.came_as_over).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.follows).collect::<Vec<_>>())
    .bind(successors.clone().map(|successor| successor.map(|it| it.id)).collect::<Vec<_>>())
    .bind(
        successors
            .clone()
            .map(|successor| successor.map(|it| i64::try_from(it.version).unwrap_or(i64::MAX)))
            .collect::<Vec<_>>(),
    )
    .bind(successors.map(|successor| successor.is_some_and(|it| it.taken_back)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.fires_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
