//! The rows of reminders.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::reminder::Reminder;
use domain::tenant;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, PgPool, Row as _};
use uuid::Uuid;

/// How long Postgres may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// A reminder.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Whose it is.
    pub(super) tenant: String,
    /// The reminder.
    pub(super) reminder_id: Uuid,
    /// The task it reminds of.
    pub(super) task_id: Uuid,
    /// Sequence of the last event in `state`.
    pub(super) version: u64,
    /// What the events have made of it.
    pub(super) state: Reminder,
    /// When it rings, while it is to ring.
    pub(super) fires_at: Option<DateTime<Utc>>,
}

impl Row {
    /// The row of a reminder at this version.
    pub(super) fn of(tenant: &str, state: Reminder, version: u64) -> Self {
        Self {
            tenant: tenant.to_owned(),
            reminder_id: state.id,
            task_id: state.task_id,
            version,
            fires_at: state.next_ring(),
            state,
        }
    }
}

pub(super) const COLUMNS: &str = "tenant, reminder_id, task_id, version, state, fires_at";

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let Json(state) = row.try_get("state")?;
        Ok(Self {
            tenant: row.try_get("tenant")?,
            reminder_id: row.try_get("reminder_id")?,
            task_id: row.try_get("task_id")?,
            version: row.try_get::<i64, _>("version")?.unsigned_abs(),
            state,
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
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = format!(
        "SELECT {COLUMNS} FROM tasklog_process.reminders
         JOIN UNNEST($1::text[], $2::uuid[]) AS wanted(tenant, reminder_id) USING (tenant, reminder_id)"
    );
    let rows: Vec<Row> = sqlx::query_as(&statement).bind(tenants).bind(ids).fetch_all(pool).await?;
    Ok(rows.into_iter().map(|row| (tenant::stream_id(&row.tenant, row.reminder_id), row)).collect())
}

/// The rows of the reminders of these tasks.
pub(super) async fn of_tasks(
    pool: &PgPool,
    tasks: impl Iterator<Item = (&str, Uuid)>,
) -> Result<Vec<Row>, sqlx::Error> {
    let (tenants, ids): (Vec<&str>, Vec<Uuid>) = tasks.unzip();
    let statement = format!(
        "SELECT {COLUMNS} FROM tasklog_process.reminders
         JOIN UNNEST($1::text[], $2::uuid[]) AS wanted(tenant, task_id) USING (tenant, task_id)"
    );
    sqlx::query_as(&statement).bind(tenants).bind(ids).fetch_all(pool).await
}

/// Writes rows as they are now. Whoever was at work on one was at work on another version of it.
pub(super) async fn save(connection: &mut PgConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO tasklog_process.reminders AS r (tenant, reminder_id, task_id, version, state, fires_at)
         SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::jsonb[], $6::timestamptz[])
         ON CONFLICT (tenant, reminder_id) DO UPDATE SET
             task_id = excluded.task_id, version = excluded.version, state = excluded.state, fires_at = excluded.fires_at,
             taken_until = NULL",
    )
    .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.reminder_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.task_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| i64::try_from(row.version).unwrap_or(i64::MAX)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| Json(&row.state)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.fires_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
