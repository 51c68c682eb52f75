//! Makes those reminders ring whose time has come.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::reminder::ReminderCommand;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use platform::postgres::{begin, in_time};
use uuid::Uuid;

use super::reconcile::over;
use super::rows::{ANSWER, COLUMNS, Row};
use super::{AT_ONCE, NAME, Reminders};
use crate::commands::Cause;
use crate::manager::{Failure, Fired, Timed};

/// Rows that one round takes.
const ROUND: usize = 1_000;

#[async_trait]
impl Timed for Reminders {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn fire(&self, now: DateTime<Utc>) -> Result<Fired, Failure> {
        let mut transaction = in_time(ANSWER, begin(&self.pool)).await?;
        let statement = format!(
            "SELECT {COLUMNS} FROM tasklog_process.reminders WHERE fires_at <= $1
             ORDER BY fires_at LIMIT {ROUND} FOR UPDATE SKIP LOCKED"
        );
        let rows: Vec<Row> = in_time(ANSWER, sqlx::query_as(&statement).bind(now).fetch_all(&mut *transaction)).await?;
        if rows.is_empty() {
            return Ok(Fired { rows: 0, more: false });
        }
        let ringing: Vec<_> = rows.iter().map(|row| self.ring(row, now)).collect();
        stream::iter(ringing).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        // What was put off in the meantime gets its new time when its event is read, which waits for this transaction.
        let done = sqlx::query(
            "UPDATE tasklog_process.reminders r SET fires_at = NULL
             FROM UNNEST($1::text[], $2::uuid[]) AS done(tenant, reminder_id)
             WHERE r.tenant = done.tenant AND r.reminder_id = done.reminder_id",
        )
        .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.reminder_id).collect::<Vec<Uuid>>());
        in_time(ANSWER, done.execute(&mut *transaction)).await?;
        in_time(ANSWER, transaction.commit()).await?;
        Ok(Fired { rows: rows.len(), more: rows.len() == ROUND })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let earliest =
            sqlx::query_scalar("SELECT min(fires_at) FROM tasklog_process.reminders WHERE fires_at IS NOT NULL");
        in_time(ANSWER, earliest.fetch_one(&self.pool)).await
    }
}

impl Reminders {
    /// Lets it ring, or cancels it where its task is over: the row may be older than the log.
    async fn ring(&self, row: &Row, now: DateTime<Utc>) -> Result<(), Failure> {
        let task = self.commands.task(&row.tenant, row.task_id).await?;
        let (what, command) = match over(task.as_ref().map(|known| &known.task)) {
            Some(reason) => ("over", ReminderCommand::Cancel { reason, at: now }),
            None => ("ring", ReminderCommand::Trigger { at: now }),
        };
        // One that is put off rings at another version.
        let command_id = format!("reminders/{what}/{}", row.version);
        self.give(&row.tenant, row.reminder_id, (command, command_id), Cause::time(NAME)).await
    }
}
