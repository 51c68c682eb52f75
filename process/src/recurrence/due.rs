//! Makes the tasks that follow those whose time has come.
//!
//! What a row says holds when the log has been read to where it ends: an occurrence that somebody ended is not followed, and one that has
//! a successor, made before a crash or before the rows were thrown away, has been followed already.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::task::Brought;
use domain::tenant::stream_id;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use platform::postgres::{begin, in_time};
use tokio::time::Instant;
use uuid::Uuid;

use super::make::Making;
use super::rows::{ANSWER, COLUMNS, Row, Successor};
use super::{AT_ONCE, NAME, Recurrence};
use crate::commands::Cause;
use crate::manager::{BLOCKED_FOR, Failure, Fired, Timed, has_read, only_this_stream};

/// Rows that one round takes.
const ROUND: usize = 500;
/// How long a round waits for the log to be read.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pause before it looks again: who reads may be another process.
const LOOK: Duration = Duration::from_millis(20);

#[async_trait]
impl Timed for Recurrence {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn fire(&self, now: DateTime<Utc>) -> Result<Fired, Failure> {
        if self.earliest().await?.is_none_or(|earliest| earliest > now) {
            return Ok(Fired { rows: 0, more: false });
        }
        if !self.all_read().await? {
            return Ok(Fired { rows: 0, more: true });
        }
        let mut transaction = in_time(ANSWER, begin(&self.pool)).await?;
        let statement = format!(
            "SELECT {COLUMNS} FROM tasklog_process.series WHERE fires_at <= $1
             ORDER BY fires_at LIMIT {ROUND} FOR UPDATE SKIP LOCKED"
        );
        let rows: Vec<Row> = in_time(ANSWER, sqlx::query_as(&statement).bind(now).fetch_all(&mut *transaction)).await?;
        if rows.is_empty() {
            // Others are busy with them.
            return Ok(Fired { rows: 0, more: false });
        }
        let followed = in_time(ANSWER, followers(&mut transaction, &rows)).await?;
        let is_taken_back = |row: &Row| row.successor.is_some_and(|successor| successor.taken_back);
        let unfollowed = rows.iter().filter(|row| !followed.contains(&row.task_id) || is_taken_back(row));
        let making: Vec<_> = unfollowed.map(|row| self.next_of(row, now)).collect();
        let made: Vec<Made> = stream::iter(making).buffer_unordered(AT_ONCE).try_collect().await?;
        in_time(ANSWER, save(&mut transaction, &rows, &made, now)).await?;
        in_time(ANSWER, transaction.commit()).await?;
        Ok(Fired { rows: rows.len(), more: rows.len() == ROUND })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let earliest =
            sqlx::query_scalar("SELECT min(fires_at) FROM tasklog_process.series WHERE fires_at IS NOT NULL");
        in_time(ANSWER, earliest.fetch_one(&self.pool)).await
    }
}

/// The tasks among these that another task was made to follow.
async fn followers(connection: &mut sqlx::PgConnection, rows: &[Row]) -> Result<Vec<Uuid>, sqlx::Error> {
    let followed = sqlx::query_scalar(
        "SELECT follows FROM tasklog_process.series
         JOIN UNNEST($1::text[], $2::uuid[]) AS due(tenant, follows) USING (tenant, follows)",
    );
    followed
        .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.task_id).collect::<Vec<_>>())
        .fetch_all(connection)
        .await
}

/// The task that was made to follow a row's.
struct Made<'a> {
    row: &'a Row,
    successor: Option<Successor>,
    /// A stream is blocked: somebody has to see to it first.
    blocked: bool,
}

impl Recurrence {
    /// Whether the log was read to where it ends now; waits for a while until it is.
    async fn all_read(&self) -> Result<bool, Failure> {
        let ends = self.commands.ends(domain::topics::TASKS).await?;
        let until = Instant::now() + PATIENCE;
        loop {
            if in_time(ANSWER, has_read(&self.pool, NAME, domain::topics::TASKS, &ends)).await? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn next_of<'a>(&self, row: &'a Row, now: DateTime<Utc>) -> Result<Made<'a>, Failure> {
        let occurrence = match row.state.next_occurrence(Brought::Due(now)) {
            Ok(Some(occurrence)) => occurrence,
            Ok(None) => return Ok(Made { row, successor: None, blocked: false }),
            Err(error) => {
                tracing::error!(tenant = row.tenant, task = %row.task_id, %error, "the next occurrence cannot be found");
                return Ok(Made { row, successor: None, blocked: false });
            }
        };
        let (tenant, state, cause) = (row.tenant.as_str(), &row.state, Cause::time(NAME));
        let taken_back = row.successor.filter(|successor| successor.taken_back);
        let making = Making { tenant, state, occurrence, taken_back, cause, at: now };
        let made = making.make(&*self.commands).await;
        let made = only_this_stream(NAME, &stream_id(tenant, row.task_id), made)?;
        Ok(Made { row, successor: made.flatten(), blocked: made.is_none() })
    }
}

/// None of the rows waits any more, but those that somebody has to see to.
async fn save(
    connection: &mut sqlx::PgConnection,
    rows: &[Row],
    made: &[Made<'_>],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let of = |row: &Row| made.iter().find(|made| (made.row.task_id, &made.row.tenant) == (row.task_id, &row.tenant));
    let successor = |row: &Row| of(row).and_then(|made| made.successor);
    let again_at = |row: &Row| of(row).filter(|made| made.blocked).map(|_| now + BLOCKED_FOR);
    let successors: Vec<Option<Successor>> = rows.iter().map(successor).collect();
    let version = |it: &Option<Successor>| it.map(|it| i64::try_from(it.version).unwrap_or(i64::MAX));
    sqlx::query(
        "UPDATE tasklog_process.series s
         SET successor = coalesce(m.successor, s.successor), successor_version = coalesce(m.version, s.successor_version),
             taken_back = s.taken_back AND m.successor IS NULL, fires_at = m.fires_at
         FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[])
              AS m(tenant, task_id, successor, version, fires_at)
         WHERE s.tenant = m.tenant AND s.task_id = m.task_id",
    )
    .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.task_id).collect::<Vec<Uuid>>())
    .bind(successors.iter().map(|it| it.map(|it| it.id)).collect::<Vec<_>>())
    .bind(successors.iter().map(version).collect::<Vec<_>>())
    .bind(rows.iter().map(again_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
