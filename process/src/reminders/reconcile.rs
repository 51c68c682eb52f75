//! Brings a reminder in step with its task.

use domain::reminder::{CancelReason, Reminder, ReminderCommand, ReminderStatus, ReminderTime, TaskDue, Told};
use domain::task::{Status, Task};
use domain::tenant::stream_id;
use kafka_es::{Envelope, Expected};
use tracing::Instrument as _;
use uuid::Uuid;

use super::rows::Row;
use super::{NAME, Reminders};
use crate::commands::{Answer, Cause, Order};
use crate::manager::{Failure, only_this_stream};

impl Reminders {
    /// Brings a reminder in step with its task, because of an event.
    pub(super) async fn reconcile(&self, row: &Row, because: &Envelope) -> Result<(), Failure> {
        let span = tracing::info_span!("reminder", reminder = %row.reminder_id, because = because.id);
        if let Some(parent) = &because.traceparent {
            platform::telemetry::set_parent(&span, parent);
        }
        let work = async {
            let task = self.commands.task(&row.tenant, row.task_id).await?.map(|known| known.task);
            let Some((what, command)) = self.step(row, task.as_ref()) else { return Ok(()) };
            let command_id = format!("process/reminders/{what}/{}", because.id);
            self.give(&row.tenant, row.reminder_id, (command, command_id), Cause::event(NAME, because)).await.map(drop)
        };
        let done = work.instrument(span).await;
        only_this_stream(NAME, &stream_id(&row.tenant, row.reminder_id), done).map(drop)
    }

    /// What is to be done about a reminder of this task.
    fn step(&self, row: &Row, task: Option<&Task>) -> Option<(&'static str, ReminderCommand)> {
        let at = self.clock.now();
        if let Some(reason) = over(task) {
            return row.state.next_ring().map(|_| ("cancel", ReminderCommand::Cancel { reason, at }));
        }
        let due = task?.due;
        let task = Some(TaskDue { due });
        if row.state.status == ReminderStatus::Cancelled {
            return Some(("resume", ReminderCommand::Resume { task, at }));
        }
        let moved = before_due(row)?.utc(due).is_ok_and(|remind_utc| remind_utc != row.state.remind_utc);
        if moved {
            return Some(("follow", ReminderCommand::Follow { task, at }));
        }
        // Its time came while its task had no due date: the clock has put it aside.
        let aside = row.state.status == ReminderStatus::Scheduled && row.fires_at.is_none();
        aside.then_some(("ring", ReminderCommand::Trigger { at, told: Told::Alone }))
    }

    /// Gives a command, and the reminder right after it; `None` where it was refused: it does not fit any more, which is as well.
    pub(super) async fn give(
        &self,
        tenant: &str,
        id: Uuid,
        (command, command_id): (ReminderCommand, String),
        cause: Cause,
    ) -> Result<Option<Reminder>, Failure> {
        let order = Order { tenant: tenant.to_owned(), id, command, command_id, expected: Expected::Any, cause };
        match self.commands.to_reminder(order).await? {
            Answer::Done { aggregate, .. } => Ok(Some(aggregate)),
            Answer::Refused(rejection) => {
                tracing::debug!(reminder = %id, %rejection, "a command to a reminder was refused");
                Ok(None)
            }
            Answer::Moved => Ok(None),
        }
    }
}

/// Why nobody is to be reminded of the task any more, where that is so.
pub(super) fn over(task: Option<&Task>) -> Option<CancelReason> {
    match task.filter(|task| task.exists()) {
        None => Some(CancelReason::TaskDeleted),
        Some(task) if matches!(task.status, Status::Completed | Status::Cancelled) => Some(CancelReason::TaskCompleted),
        Some(_) => None,
    }
}

/// The time of a reminder that rings some time before its task is due.
pub(super) fn before_due(row: &Row) -> Option<&ReminderTime> {
    row.state.time.as_ref().filter(|time| matches!(time, ReminderTime::BeforeDue { .. }))
}
