//! What comes to be in a series gets the reminders before the due date that the task before it has.
//!
//! Tasks and reminders stand on two topics, and either may be read first: so an occurrence looks for the reminders of the one before, and a
//! reminder for the occurrences after its task.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::reminder::{NewReminder, ReminderCommand, TaskDue, following_reminder_id};
use domain::task::TaskEvent;
use domain::tenant::stream_id;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _};
use platform::postgres::in_time;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, PgPool, Row as _};
use uuid::Uuid;

use super::reconcile::before_due;
use super::rows::{self, ANSWER, Row};
use super::{AT_ONCE, NAME, Reminders, Successors, Told};
use crate::commands::Cause;
use crate::manager::{Failure, only_this_stream};
use crate::recurrence;

/// The events that bring an occurrence about: no other one has to be read.
const MADE_BY: [&str; 2] = [TaskEvent::TYPES[0], TaskEvent::TYPES[5]];
/// The event by which a reminder comes to be.
const SCHEDULED: &str = "tasklog.reminder.scheduled.v1";

/// An occurrence that follows another one.
#[derive(Debug, Clone)]
pub(super) struct Successor {
    tenant: String,
    follows: Uuid,
    task_id: Uuid,
    made_at: DateTime<Utc>,
}

impl Successor {
    /// The occurrence that this event brings about.
    pub(super) fn of(tenant: &str, task_id: Uuid, envelope: &Envelope) -> Option<Self> {
        if !MADE_BY.contains(&envelope.event_type.as_str()) {
            return None;
        }
        let (follows, made_at) = match AdjacentlyTagged::decode(&envelope.event_type, &envelope.data) {
            Ok(TaskEvent::Created(created)) => (created.follows?, created.created_at),
            // Taken back and made again, it is as if it came to be then.
            Ok(TaskEvent::Restored(restored)) => (recurrence::brought_back_after(envelope)?, restored.restored_at),
            _ => return None,
        };
        Some(Self { tenant: tenant.to_owned(), follows, task_id, made_at })
    }

    /// Whether a reminder of the one before is for this one as well.
    fn takes(&self, row: &Row) -> bool {
        let is_of_before = row.tenant == self.tenant && row.task_id == self.follows;
        is_of_before && row.state.exists() && before_due(row).is_some() && row.state.created_at <= self.made_at
    }
}

impl FromRow<'_, PgRow> for Successor {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant: row.try_get("tenant")?,
            follows: row.try_get("follows")?,
            task_id: row.try_get("task_id")?,
            made_at: row.try_get("made_at")?,
        })
    }
}

impl Reminders {
    /// Gives the occurrences of this batch the reminders of those before, and occurrences of earlier batches the reminders of this one.
    pub(super) async fn take_over(&self, made: &Successors<'_>, changed: &[(Row, Told<'_>)]) -> Result<(), Failure> {
        let known = self.of_before(made, changed).await?;
        let earlier = in_time(ANSWER, after(&self.pool, changed)).await?;
        let mut taking = Vec::new();
        for (successor, because) in made.values() {
            taking.extend(known.iter().filter(|row| successor.takes(row)).map(|row| (row, successor, *because)));
        }
        for (row, told) in changed {
            // One that is only now before the due date is not for occurrences that are there already.
            let is_new = told.envelope.event_type == SCHEDULED;
            let theirs = earlier.get(&row.task_id).into_iter().flatten().filter(|it| is_new && it.takes(row));
            taking.extend(theirs.map(|successor| (row, successor, told.envelope)));
        }
        let taking: Vec<_> =
            taking.into_iter().map(|(row, successor, because)| self.hand_over(row, successor, because)).collect();
        stream::iter(taking).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// The reminders of the tasks before, as far as they are read.
    async fn of_before(&self, made: &Successors<'_>, changed: &[(Row, Told<'_>)]) -> Result<Vec<Row>, Failure> {
        if made.is_empty() {
            return Ok(Vec::new());
        }
        let before = made.values().map(|(successor, _)| (successor.tenant.as_str(), successor.follows));
        let mut known = in_time(ANSWER, rows::of_tasks(&self.pool, before)).await?;
        // What this batch tells is newer, and not written yet.
        known.retain(|row| !changed.iter().any(|(newer, _)| newer.reminder_id == row.reminder_id));
        known.extend(changed.iter().map(|(row, _)| row.clone()));
        Ok(known)
    }

    async fn hand_over(&self, row: &Row, successor: &Successor, because: &Envelope) -> Result<(), Failure> {
        let (tenant, task_id) = (row.tenant.as_str(), successor.task_id);
        let work = async {
            // It may have been deleted before the occurrence came to be, which is not read yet.
            let exists = self.commands.reminder(tenant, row.reminder_id).await?.is_some_and(|it| it.exists());
            let (Some(time), true) = (row.state.time.clone(), exists) else { return Ok(()) };
            // One that was taken back meanwhile comes back with its reminders.
            let task = self.commands.task(tenant, task_id).await?.map(|known| TaskDue { due: known.task.due });
            let id = following_reminder_id(tenant, task_id, row.reminder_id);
            // As if it had been there from the first moment on: what follows this one in turn asks for reminders of before it.
            let (new, at) = (NewReminder { time, repeat: row.state.repeat.clone() }, successor.made_at);
            let command = ReminderCommand::Schedule { id, task_id, new, task, at };
            let command_id = format!("process/reminders/following/{}", row.reminder_id);
            self.give(tenant, id, (command, command_id), Cause::event(NAME, because)).await.map(drop)
        };
        only_this_stream(NAME, &stream_id(tenant, task_id), work.await).map(drop)
    }
}

/// The occurrences after the tasks of these reminders, by those tasks.
async fn after(pool: &PgPool, changed: &[(Row, Told<'_>)]) -> Result<HashMap<Uuid, Vec<Successor>>, sqlx::Error> {
    let of_series = changed.iter().filter(|(row, _)| before_due(row).is_some());
    let (tenants, ids): (Vec<&str>, Vec<Uuid>) = of_series.map(|(row, _)| (row.tenant.as_str(), row.task_id)).unzip();
    let mut after = HashMap::<Uuid, Vec<Successor>>::new();
    if ids.is_empty() {
        return Ok(after);
    }
    let statement = "SELECT DISTINCT tenant, follows, task_id, made_at FROM tasklog_process.successors
         JOIN UNNEST($1::text[], $2::uuid[]) AS wanted(tenant, follows) USING (tenant, follows)";
    let found: Vec<Successor> = sqlx::query_as(statement).bind(tenants).bind(ids).fetch_all(pool).await?;
    for successor in found {
        after.entry(successor.follows).or_default().push(successor);
    }
    Ok(after)
}

/// Writes new occurrences.
pub(super) async fn save(connection: &mut PgConnection, successors: &[Successor]) -> Result<(), sqlx::Error> {
    if successors.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO tasklog_process.successors AS s (tenant, follows, task_id, made_at)
         SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::timestamptz[]) ON CONFLICT (tenant, follows, task_id) DO UPDATE SET made_at = greatest(s.made_at, excluded.made_at)",
    )
    .bind(successors.iter().map(|successor| successor.tenant.as_str()).collect::<Vec<_>>())
    .bind(successors.iter().map(|successor| successor.follows).collect::<Vec<_>>())
    .bind(successors.iter().map(|successor| successor.task_id).collect::<Vec<_>>())
    .bind(successors.iter().map(|successor| successor.made_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_events_that_bring_occurrences_about_then_they_are_the_two_that_are_read() {
        assert_eq!(MADE_BY, ["tasklog.task.created.v1", "tasklog.task.restored.v1"]);
    }
}
