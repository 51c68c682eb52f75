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
use platform::postgres::in_time;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row as _};
use tokio::time::Instant;
use uuid::Uuid;

use super::make::Making;
use super::rows::{ANSWER, COLUMNS, Row, Successor, in_order};
use super::{AT_ONCE, NAME, Recurrence};
use crate::commands::Cause;
use crate::manager::{BLOCKED_FOR, FREE, Failure, Fired, TAKEN_FOR, Timed, has_read, only_this_stream};

/// Rows that one round takes.
const ROUND: usize = 500;
/// How long a round waits for the log to be read.
const PATIENCE: Duration = Duration::from_secs(1);
/// Pause before it looks again: who reads may be another process.
const LOOK: Duration = Duration::from_millis(20);

/// The earliest time in any row.
pub(crate) const EARLIEST: &str = "SELECT min(fires_at) FROM tasklog_process.series WHERE fires_at IS NOT NULL";

/// Takes rows whose time has come; for a while nobody else does.
pub(crate) fn taking() -> String {
    format!(
        "WITH due AS MATERIALIZED (
             SELECT tenant AS of, task_id AS id FROM tasklog_process.series WHERE fires_at <= $1 AND {FREE}
             ORDER BY fires_at LIMIT {ROUND} FOR UPDATE SKIP LOCKED
         )
         UPDATE tasklog_process.series SET taken_until = now() + {TAKEN_FOR}, taken_at = coalesce(taken_at, $1)
         FROM due WHERE tenant = due.of AND task_id = due.id
         RETURNING {COLUMNS}, taken_at"
    )
}

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
        let rows = in_time(ANSWER, self.take(now)).await?;
        if rows.is_empty() {
            // Others are busy with them.
            return Ok(Fired { rows: 0, more: false });
        }
        match self.next_of_all(&rows, now).await {
            Ok(made) => in_time(ANSWER, note(&self.pool, &made)).await?,
            Err(failure) => {
                // At once rather than when the lease ends, where that can be.
                in_time(ANSWER, give_back(&self.pool, &rows)).await.ok();
                return Err(failure);
            }
        }
        Ok(Fired { rows: rows.len(), more: rows.len() == ROUND })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        in_time(ANSWER, sqlx::query_scalar(EARLIEST).fetch_one(&self.pool)).await
    }
}

/// A row that this clock is at work on.
struct Taken {
    row: Row,
    /// The time by which the next occurrence is looked for: that of the first who took the row up.
    at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for Taken {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self { row: Row::from_row(row)?, at: row.try_get("taken_at")? })
    }
}

/// What became of a row.
struct Made<'a> {
    row: &'a Row,
    /// The task that was made to follow its task.
    successor: Option<Successor>,
    /// When to look again, where a stream is blocked: somebody has to see to it first.
    again_at: Option<DateTime<Utc>>,
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

    async fn take(&self, now: DateTime<Utc>) -> Result<Vec<Taken>, sqlx::Error> {
        sqlx::query_as(&taking()).bind(now).fetch_all(&self.pool).await
    }

    async fn next_of_all<'a>(&self, rows: &'a [Taken], now: DateTime<Utc>) -> Result<Vec<Made<'a>>, Failure> {
        let followed = in_time(ANSWER, followed(&self.pool, rows)).await?;
        let making: Vec<_> = rows.iter().map(|taken| self.next_of(taken, &followed, now)).collect();
        stream::iter(making).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn next_of<'a>(
        &self,
        Taken { row, at }: &'a Taken,
        followed: &[Uuid],
        now: DateTime<Utc>,
    ) -> Result<Made<'a>, Failure> {
        let nothing = Made { row, successor: None, again_at: None };
        let taken_back = row.successor.filter(|successor| successor.taken_back);
        if followed.contains(&row.task_id) && taken_back.is_none() {
            return Ok(nothing);
        }
        let occurrence = match row.state.next_occurrence(Brought::Due(*at)) {
            Ok(Some(occurrence)) => occurrence,
            Ok(None) => return Ok(nothing),
            Err(error) => {
                tracing::error!(tenant = row.tenant, task = %row.task_id, %error, "the next occurrence cannot be found");
                return Ok(nothing);
            }
        };
        let (tenant, state, cause) = (row.tenant.as_str(), &row.state, Cause::time(NAME));
        let making = Making { tenant, state, occurrence, taken_back, cause, at: now };
        let made = making.make(&*self.commands).await;
        Ok(match only_this_stream(NAME, &stream_id(tenant, row.task_id), made)? {
            Some(successor) => Made { successor, ..nothing },
            None => Made { again_at: Some(now + BLOCKED_FOR), ..nothing },
        })
    }
}

/// The tasks among these that another task was made to follow.
async fn followed(pool: &PgPool, rows: &[Taken]) -> Result<Vec<Uuid>, sqlx::Error> {
    let followed = sqlx::query_scalar(
        "SELECT follows FROM tasklog_process.series
         JOIN UNNEST($1::text[], $2::uuid[]) AS due(tenant, follows) USING (tenant, follows)",
    );
    let (tenants, ids) = names(rows.iter().map(|taken| &taken.row));
    followed.bind(tenants).bind(ids).fetch_all(pool).await
}

/// None of the rows waits any more, but those that somebody has to see to. What the log has told of one in the meantime stays, and so does
/// a successor that was made because of it. The rows are locked in the order in which the lane writes them.
async fn note(pool: &PgPool, made: &[Made<'_>]) -> Result<(), sqlx::Error> {
    let number = |version: u64| i64::try_from(version).unwrap_or(i64::MAX);
    let made = in_order(made, |made| made.row);
    let successors = made.iter().map(|made| made.successor);
    let (tenants, ids) = names(made.iter().map(|made| made.row));
    sqlx::query(
        "WITH m AS MATERIALIZED (
             SELECT s.tenant, s.task_id, m.version, m.successor, m.successor_version, m.fires_at
             FROM UNNEST($1::text[], $2::uuid[], $3::bigint[], $4::uuid[], $5::bigint[], $6::timestamptz[])
                  WITH ORDINALITY AS m(tenant, task_id, version, successor, successor_version, fires_at, place)
             JOIN tasklog_process.series s USING (tenant, task_id)
             ORDER BY place FOR UPDATE OF s
         )
         UPDATE tasklog_process.series s
         SET successor = coalesce(m.successor, s.successor), successor_version = coalesce(m.successor_version, s.successor_version),
             taken_back = s.taken_back AND m.successor IS NULL, fires_at = m.fires_at, taken_until = NULL, taken_at = NULL
         FROM m WHERE s.tenant = m.tenant AND s.task_id = m.task_id
           AND (s.version = m.version OR m.successor IS NOT NULL AND (s.successor IS NULL OR s.taken_back))",
    )
    .bind(tenants)
    .bind(ids)
    .bind(made.iter().map(|made| number(made.row.version)).collect::<Vec<_>>())
    .bind(successors.clone().map(|successor| successor.map(|it| it.id)).collect::<Vec<_>>())
    .bind(successors.map(|successor| successor.map(|it| number(it.version))).collect::<Vec<_>>())
    .bind(made.iter().map(|made| made.again_at).collect::<Vec<_>>())
    .execute(pool)
    .await
    .map(drop)
}

/// The rows are free for whoever comes next, but those that somebody is about to write: to them the end of the lease is soon enough.
async fn give_back(pool: &PgPool, rows: &[Taken]) -> Result<(), sqlx::Error> {
    let free = sqlx::query(
        "WITH taken AS MATERIALIZED (
             SELECT s.tenant, s.task_id FROM tasklog_process.series s
             JOIN UNNEST($1::text[], $2::uuid[]) AS given(tenant, task_id) USING (tenant, task_id)
             FOR UPDATE OF s SKIP LOCKED
         )
         UPDATE tasklog_process.series s SET taken_until = NULL
         FROM taken WHERE s.tenant = taken.tenant AND s.task_id = taken.task_id",
    );
    let (tenants, ids) = names(rows.iter().map(|taken| &taken.row));
    free.bind(tenants).bind(ids).execute(pool).await.map(drop)
}

fn names<'a>(rows: impl Iterator<Item = &'a Row>) -> (Vec<&'a str>, Vec<Uuid>) {
    rows.map(|row| (row.tenant.as_str(), row.task_id)).unzip()
}
