//! Makes the tasks that follow those whose time has come.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::task::{Brought, Generate, Status, TaskAggregate};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use platform::postgres::{begin, in_time};
use uuid::Uuid;

use super::make::Making;
use super::rows::{ANSWER, COLUMNS, Row, Successor};
use super::{AT_ONCE, NAME, Recurrence};
use crate::commands::Cause;
use crate::manager::{Failure, Fired, Timed};

/// Rows that one round takes.
const ROUND: usize = 500;

#[async_trait]
impl Timed for Recurrence {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn fire(&self, now: DateTime<Utc>) -> Result<Fired, Failure> {
        let mut transaction = in_time(ANSWER, begin(&self.pool)).await?;
        let statement = format!(
            "SELECT {COLUMNS} FROM tasklog_process.series WHERE fires_at <= $1
             ORDER BY fires_at LIMIT {ROUND} FOR UPDATE SKIP LOCKED"
        );
        let rows: Vec<Row> = in_time(ANSWER, sqlx::query_as(&statement).bind(now).fetch_all(&mut *transaction)).await?;
        if rows.is_empty() {
            return Ok(Fired { rows: 0, more: false });
        }
        let making: Vec<_> = rows.iter().map(|row| self.next_of(row, now)).collect();
        let made: Vec<Made> = stream::iter(making).buffer_unordered(AT_ONCE).try_collect().await?;
        in_time(ANSWER, save(&mut transaction, &made)).await?;
        in_time(ANSWER, transaction.commit()).await?;
        Ok(Fired { rows: rows.len(), more: rows.len() == ROUND })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let earliest =
            sqlx::query_scalar("SELECT min(fires_at) FROM tasklog_process.series WHERE fires_at IS NOT NULL");
        in_time(ANSWER, earliest.fetch_one(&self.pool)).await
    }
}

/// What becomes of a row whose time has come.
struct Made<'a> {
    row: &'a Row,
    successor: Option<Successor>,
    fires_at: Option<DateTime<Utc>>,
}

impl Recurrence {
    async fn next_of<'a>(&self, row: &'a Row, now: DateTime<Utc>) -> Result<Made<'a>, Failure> {
        let done = |successor| Made { row, successor, fires_at: None };
        // The row may be older than the log: what was given up or moved a moment ago is not followed by anything now.
        let Some(state) = self.commands.task(&row.tenant, row.task_id).await? else { return Ok(done(None)) };
        if !waits(&state) {
            return Ok(done(None));
        }
        if let Some(later) = state.occurrence.map(|place| place.due.begins()).filter(|begins| *begins > now) {
            return Ok(Made { row, successor: None, fires_at: Some(later) });
        }
        let occurrence = match state.next_occurrence(Brought::Due(now)) {
            Ok(Some(occurrence)) => occurrence,
            Ok(None) => return Ok(done(None)),
            Err(error) => {
                tracing::error!(tenant = row.tenant, task = %row.task_id, %error, "the next occurrence cannot be found");
                return Ok(done(None));
            }
        };
        let cause = Cause::time(NAME);
        let making = Making { tenant: &row.tenant, state: &state, occurrence, taken_back: None, cause, at: now };
        Ok(done(making.make(&*self.commands).await?))
    }
}

/// Its next occurrence comes by the time.
fn waits(state: &TaskAggregate) -> bool {
    let by_time = state.task.recurrence.as_ref().is_some_and(|recurrence| recurrence.generate == Generate::WhenDue);
    by_time && state.task.exists() && state.task.status != Status::Cancelled
}

async fn save(connection: &mut sqlx::PgConnection, made: &[Made<'_>]) -> Result<(), sqlx::Error> {
    let version = |made: &Made<'_>| made.successor.map(|it| i64::try_from(it.version).unwrap_or(i64::MAX));
    sqlx::query(
        "UPDATE tasklog_process.series s
         SET successor = coalesce(m.successor, s.successor), successor_version = coalesce(m.version, s.successor_version),
             fires_at = m.fires_at
         FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[])
              AS m(tenant, task_id, successor, version, fires_at)
         WHERE s.tenant = m.tenant AND s.task_id = m.task_id",
    )
    .bind(made.iter().map(|made| made.row.tenant.as_str()).collect::<Vec<_>>())
    .bind(made.iter().map(|made| made.row.task_id).collect::<Vec<Uuid>>())
    .bind(made.iter().map(|made| made.successor.map(|it| it.id)).collect::<Vec<_>>())
    .bind(made.iter().map(version).collect::<Vec<_>>())
    .bind(made.iter().map(|made| made.fires_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
