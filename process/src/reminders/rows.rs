//! The rows of reminders.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::reminder::Reminder;
use domain::tenant;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
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
    /// The trace context of the last event: what comes about by the time is in the trace of what set the time.
    pub(super) traceparent: Option<String>,
}

/// The trace in the column `state`. It stands beside what the reminder has, where builds that know nothing of it do not see it.
#[derive(Debug, Deserialize)]
struct Traced {
    #[serde(default)]
    traceparent: Option<String>,
}

/// The column `state`. It is read twice, as what it has of each: `flatten` would first read it into a tree, for each reminder that rings.
fn kept(state: &RawValue) -> serde_json::Result<(Reminder, Option<String>)> {
    let Traced { traceparent } = serde_json::from_str(state.get())?;
    Ok((serde_json::from_str(state.get())?, traceparent))
}

/// The column `state`, to be written.
#[derive(Debug, Serialize)]
struct Keeping<'a> {
    #[serde(flatten)]
    state: &'a Reminder,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
}

impl Row {
    /// The row of a reminder at this version, and the trace of the event that made it so.
    pub(super) fn of(tenant: &str, state: Reminder, version: u64, traceparent: Option<String>) -> Self {
        Self {
            tenant: tenant.to_owned(),
            reminder_id: state.id,
            task_id: state.task_id,
            version,
            fires_at: state.next_ring(),
            state,
            traceparent,
        }
    }

    fn keeping(&self) -> Keeping<'_> {
        Keeping { state: &self.state, traceparent: self.traceparent.as_deref() }
    }
}

pub(super) const COLUMNS: &str = "tenant, reminder_id, task_id, version, state, fires_at";

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let Json(text): Json<&RawValue> = row.try_get("state")?;
        let (state, traceparent) = kept(text)
            .map_err(|error| sqlx::Error::ColumnDecode { index: "state".to_owned(), source: error.into() })?;
        Ok(Self {
            tenant: row.try_get("tenant")?,
            reminder_id: row.try_get("reminder_id")?,
            task_id: row.try_get("task_id")?,
            version: row.try_get::<i64, _>("version")?.unsigned_abs(),
            state,
            fires_at: row.try_get("fires_at")?,
            traceparent,
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
    .bind(rows.iter().map(|row| Json(row.keeping())).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.fires_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_row_with_a_trace_when_kept_then_it_comes_back_and_a_build_without_traces_reads_the_reminder() {
        let reminder = Reminder { version: 3, ..Reminder::default() };
        for traceparent in [None, Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned())] {
            let row = Row::of("default", reminder.clone(), 3, traceparent.clone());
            let state = serde_json::value::to_raw_value(&row.keeping()).unwrap();
            assert_eq!(serde_json::from_str::<Reminder>(state.get()).unwrap(), reminder);
            assert_eq!(kept(&state).unwrap(), (reminder.clone(), traceparent));
        }
    }

    #[test]
    fn given_a_row_of_a_build_without_traces_then_it_is_read() {
        let state = serde_json::value::to_raw_value(&Reminder::default()).unwrap();
        assert_eq!(kept(&state).unwrap(), (Reminder::default(), None));
    }
}
