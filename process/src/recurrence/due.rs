//! Makes the tasks that follow those whose time has come.
//!
//! What a row says holds when the log has been read to where it ends: an occurrence that somebody ended is not followed, and one that has
//! a successor, made before a crash or before the rows were thrown away, has been followed already.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::task::Brought;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use platform::postgres::{begin, in_time};
use tokio::time::Instant;
use uuid::Uuid;

use super::make::Making;
use super::rows::{ANSWER, COLUMNS, Row, Successor};
use super::{AT_ONCE, NAME, Recurrence};
use crate::commands::Cause;
use crate::manager::{Failure, Fired, Timed, has_read};

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
        let nothing = Fired { rows: 0, more: false };
        if self.earliest().await?.is_none_or(|earliest| earliest > now) || !self.all_read().await? {
            return Ok(nothing);
        }
        let mut transaction = in_time(ANSWER, begin(&self.pool)).await?;
        let statement = format!(
            "SELECT {COLUMNS} FROM tasklog_process.series WHERE fires_at <= $1
             ORDER BY fires_at LIMIT {ROUND} FOR UPDATE SKIP LOCKED"
        );
        let rows: Vec<Row> = in_time(ANSWER, sqlx::query_as(&statement).bind(now).fetch_all(&mut *transaction)).await?;
        let followed = in_time(ANSWER, followers(&mut transaction, &rows)).await?;
        let making: Vec<_> = rows.iter().filter(|row| !followed.contains(&row.task_id)).collect();
        let making: Vec<_> = making.into_iter().map(|row| self.next_of(row, now)).collect();
        let made: Vec<Made> = stream::iter(making).buffer_unordered(AT_ONCE).try_collect().await?;
        in_time(ANSWER, save(&mut transaction, &rows, &made)).await?;
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
            Ok(None) => return Ok(Made { row, successor: None }),
            Err(error) => {
                tracing::error!(tenant = row.tenant, task = %row.task_id, %error, "the next occurrence cannot be found");
                return Ok(Made { row, successor: None });
            }
        };
        let (tenant, state, cause) = (row.tenant.as_str(), &row.state, Cause::time(NAME));
        let making = Making { tenant, state, occurrence, taken_back: None, cause, at: now };
        Ok(Made { row, successor: making.make(&*self.commands).await? })
    }
}

/// None of the rows waits any more.
async fn save(connection: &mut sqlx::PgConnection, rows: &[Row], made: &[Made<'_>]) -> Result<(), sqlx::Error> {
    let successor =
        |row: &Row| made.iter().find(|made| made.row.task_id == row.task_id).and_then(|made| made.successor);
    let successors: Vec<Option<Successor>> = rows.iter().map(successor).collect();
    let version = |it: &Option<Successor>| it.map(|it| i64::try_from(it.version).unwrap_or(i64::MAX));
    sqlx::query(
        "UPDATE tasklog_process.series s
         SET successor = coalesce(m.successor, s.successor), successor_version = coalesce(m.version, s.successor_version),
             fires_at = NULL
         FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::bigint[]) AS m(tenant, task_id, successor, version)
         WHERE s.tenant = m.tenant AND s.task_id = m.task_id",
    )
    .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.task_id).collect::<Vec<Uuid>>())
    .bind(successors.iter().map(|it| it.map(|it| it.id)).collect::<Vec<_>>())
    .bind(successors.iter().map(version).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
