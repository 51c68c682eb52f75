//! Makes those reminders ring whose time has come.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::reminder::{Reminder, ReminderCommand, ReminderStatus, TaskDue, Told};
use domain::task::Task;
use domain::tenant::stream_id;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use platform::postgres::in_time;
use tracing::Instrument as _;
use uuid::Uuid;

use super::reconcile::{before_due, over};
use super::rows::{ANSWER, COLUMNS, Row};
use super::{AT_ONCE, NAME, Reminders};
use crate::commands::Cause;
use crate::manager::{BLOCKED_FOR, FREE, Failure, Fired, TAKEN_FOR, Timed, only_this_stream};

/// Rows that one round takes.
const ROUND: usize = 1_000;

/// The earliest time in any row.
pub(crate) const EARLIEST: &str = "SELECT min(fires_at) FROM tasklog_process.reminders WHERE fires_at IS NOT NULL";

/// Takes rows whose time has come, the earliest first; for a while nobody else does.
pub(crate) fn taking() -> String {
    format!(
        "WITH due AS MATERIALIZED (
             SELECT tenant AS of, reminder_id AS id FROM tasklog_process.reminders WHERE fires_at <= $1 AND {FREE}
             ORDER BY fires_at LIMIT {ROUND} FOR UPDATE SKIP LOCKED
         )
         UPDATE tasklog_process.reminders SET taken_until = now() + {TAKEN_FOR}
         FROM due WHERE tenant = due.of AND reminder_id = due.id
         RETURNING {COLUMNS}"
    )
}

/// What is to be done about a reminder whose time has come.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Due {
    /// Nothing, or it is done.
    Nothing,
    /// Its stream is blocked: it is looked at again later.
    Blocked,
    /// It rings, and people are told so.
    Rings(Told),
    /// The row is older than the log, and its task asks for something else.
    Instead(&'static str, ReminderCommand),
}

#[async_trait]
impl Timed for Reminders {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn fire(&self, now: DateTime<Utc>) -> Result<Fired, Failure> {
        // From before it takes rows: else there would be none between one look and the next.
        let rush = self.found_all_it_takes.load(Ordering::Relaxed).then(|| self.rush.begin());
        let rows = in_time(ANSWER, self.take(now)).await?;
        let takes_all = rows.len() == ROUND;
        self.found_all_it_takes.store(takes_all, Ordering::Relaxed);
        let _rush = takes_all.then(|| rush.unwrap_or_else(|| self.rush.begin()));
        if rows.is_empty() {
            return Ok(Fired { rows: 0, more: false });
        }
        // In the order of the rows.
        match self.ring_all(&rows, now).await {
            Ok(again_at) => in_time(ANSWER, self.note(&rows, again_at)).await?,
            Err(failure) => {
                // At once rather than when the lease ends, where that can be.
                in_time(ANSWER, self.give_back(&rows)).await.ok();
                return Err(failure);
            }
        }
        Ok(Fired { rows: rows.len(), more: rows.len() == ROUND })
    }

    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        in_time(ANSWER, sqlx::query_scalar(EARLIEST).fetch_one(&self.pool)).await
    }
}

impl Reminders {
    async fn take(&self, now: DateTime<Utc>) -> Result<Vec<Row>, sqlx::Error> {
        let mut rows: Vec<Row> = sqlx::query_as(&taking()).bind(now).fetch_all(&self.pool).await?;
        rows.sort_by_key(|row| row.fires_at);
        Ok(rows)
    }

    /// None of the rows waits any more, but those that are looked at again. What the log has told of one in the meantime stays, and a row
    /// that somebody has locked is left: to wait for each other's rows would be a deadlock. That is the lane, which is about to write it, or
    /// a look that saw it free before this one took it; then it is taken again when the lease ends, and nothing more comes of it.
    async fn note(&self, rows: &[Row], again_at: Vec<Option<DateTime<Utc>>>) -> Result<(), sqlx::Error> {
        let done = sqlx::query(
            "WITH done AS MATERIALIZED (
                 SELECT r.tenant, r.reminder_id, given.fires_at FROM tasklog_process.reminders r
                 JOIN UNNEST($1::text[], $2::uuid[], $3::bigint[], $4::timestamptz[])
                      AS given(tenant, reminder_id, version, fires_at) USING (tenant, reminder_id, version)
                 FOR UPDATE OF r SKIP LOCKED
             )
             UPDATE tasklog_process.reminders r SET fires_at = done.fires_at, taken_until = NULL
             FROM done WHERE r.tenant = done.tenant AND r.reminder_id = done.reminder_id",
        );
        let (tenants, ids) = names(rows);
        let versions = rows.iter().map(|row| i64::try_from(row.version).unwrap_or(i64::MAX)).collect::<Vec<_>>();
        done.bind(tenants).bind(ids).bind(versions).bind(again_at).execute(&self.pool).await.map(drop)
    }

    /// The rows are free for whoever comes next.
    async fn give_back(&self, rows: &[Row]) -> Result<(), sqlx::Error> {
        let free = sqlx::query(
            "WITH taken AS MATERIALIZED (
                 SELECT r.tenant, r.reminder_id FROM tasklog_process.reminders r
                 JOIN UNNEST($1::text[], $2::uuid[]) AS given(tenant, reminder_id) USING (tenant, reminder_id)
                 FOR UPDATE OF r SKIP LOCKED
             )
             UPDATE tasklog_process.reminders r SET taken_until = NULL
             FROM taken WHERE r.tenant = taken.tenant AND r.reminder_id = taken.reminder_id",
        );
        let (tenants, ids) = names(rows);
        free.bind(tenants).bind(ids).execute(&self.pool).await.map(drop)
    }

    /// Lets these ring, or does what their tasks ask for instead; gives when to look at each again, where its stream is blocked.
    async fn ring_all(&self, rows: &[Row], now: DateTime<Utc>) -> Result<Vec<Option<DateTime<Utc>>>, Failure> {
        let looking: Vec<_> = rows.iter().map(|row| self.look(row, now)).collect();
        let mut due: Vec<Due> = stream::iter(looking).buffered(AT_ONCE).try_collect().await?;
        self.tell_together(rows, &mut due, now).await?;
        let ringing: Vec<_> = rows.iter().zip(due).map(|(row, due)| self.ring(row, due, now)).collect();
        stream::iter(ringing).buffered(AT_ONCE).try_collect().await
    }

    /// What is to be done about this one, of its task as it is now: the row may be older than the log.
    async fn look(&self, row: &Row, now: DateTime<Utc>) -> Result<Due, Failure> {
        let task = self.commands.task(&row.tenant, row.task_id).await;
        let task = only_this_stream(NAME, &stream_id(&row.tenant, row.reminder_id), task)?;
        Ok(task.map_or(Due::Blocked, |task| what_is_due(row, task.map(|known| known.task).as_ref(), now)))
    }

    async fn ring(&self, row: &Row, due: Due, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Failure> {
        let done = match due {
            Due::Nothing => return Ok(None),
            Due::Blocked => None,
            Due::Rings(told) => match self.trigger(row, told, now).await? {
                // Where nothing came of it, what the log says is the time; the row is of the same version.
                Some(rang) => return Ok(rang.filter(|it| it.version == row.version).and_then(|it| it.next_ring())),
                None => None,
            },
            Due::Instead(what, command) => {
                let command_id = format!("process/reminders/{what}/{}", row.version);
                let given =
                    self.give(&row.tenant, row.reminder_id, (command, command_id), Cause::time(NAME)).await.map(drop);
                only_this_stream(NAME, &stream_id(&row.tenant, row.reminder_id), given)?
            }
        };
        Ok(done.is_none().then(|| now + BLOCKED_FOR))
    }

    /// Lets it ring, in the trace of what set its time, however long ago that is. Gives the reminder afterwards, where it took the command;
    /// `None` where its stream is blocked.
    pub(super) async fn trigger(
        &self,
        row: &Row,
        told: Told,
        now: DateTime<Utc>,
    ) -> Result<Option<Option<Reminder>>, Failure> {
        // One that is put off rings at another version.
        let command = (ReminderCommand::Trigger { at: now, told }, format!("process/reminders/ring/{}", row.version));
        let span = tracing::info_span!("ring", reminder = %row.reminder_id);
        if let Some(parent) = &row.traceparent {
            platform::telemetry::set_parent(&span, parent);
        }
        let cause = Cause::time_in(NAME, row.traceparent.clone());
        let given = self.give(&row.tenant, row.reminder_id, command, cause).instrument(span).await;
        only_this_stream(NAME, &stream_id(&row.tenant, row.reminder_id), given)
    }
}

/// What is to be done about a reminder whose time has come, of this task as it is now.
fn what_is_due(row: &Row, task: Option<&Task>, now: DateTime<Utc>) -> Due {
    if let Some(reason) = over(task) {
        return Due::Instead("over", ReminderCommand::Cancel { reason, at: now });
    }
    // One that rang already is past the time that could move.
    let could_move = row.state.status == ReminderStatus::Scheduled && row.state.snoozed_until.is_none();
    if let (Some(time), true) = (before_due(row), could_move) {
        let due = task.and_then(|task| task.due);
        match time.utc(due) {
            // Without a due date it has no time, until there is one again.
            Err(_) => return Due::Nothing,
            Ok(at) if at != row.state.remind_utc => {
                return Due::Instead("follow", ReminderCommand::Follow { task: Some(TaskDue { due }), at: now });
            }
            Ok(_) => {}
        }
    }
    Due::Rings(Told::Alone)
}

fn names(rows: &[Row]) -> (Vec<&str>, Vec<Uuid>) {
    rows.iter().map(|row| (row.tenant.as_str(), row.reminder_id)).unzip()
}
