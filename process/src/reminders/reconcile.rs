//! Brings a reminder in step with its task.

use domain::reminder::{
    CancelReason, NewReminder, ReminderCommand, ReminderPatch, ReminderStatus, ReminderTime, TaskDue,
    following_reminder_id,
};
use domain::task::{Status, Task};
use domain::tenant::stream_id;
use kafka_es::{Envelope, Expected};
use platform::postgres::in_time;
use tracing::Instrument as _;
use uuid::Uuid;

use super::rows::{self, ANSWER, Row};
use super::{NAME, Reminders, Tasks, Told, follows};
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
            let skipped = because.event_type == "tasklog.task.occurrence_skipped.v1";
            let Some((what, command)) = self.step(row, task.as_ref(), skipped) else { return Ok(()) };
            let command_id = format!("reminders/{what}/{}", because.id);
            self.give(&row.tenant, row.reminder_id, (command, command_id), Cause::event(NAME, because)).await
        };
        let done = work.instrument(span).await;
        only_this_stream(NAME, &stream_id(&row.tenant, row.reminder_id), done).map(drop)
    }

    /// What is to be done about a reminder of this task, whose occurrence was skipped just now or not.
    fn step(&self, row: &Row, task: Option<&Task>, skipped: bool) -> Option<(&'static str, ReminderCommand)> {
        let (at, rings) = (self.clock.now(), row.state.status == ReminderStatus::Scheduled);
        if let Some(reason) = over(task) {
            return rings.then_some(("cancel", ReminderCommand::Cancel { reason, at }));
        }
        let due = task.and_then(|task| task.due);
        let task = task.map(|task| TaskDue { due: task.due });
        match row.state.status {
            ReminderStatus::Cancelled => Some(("resume", ReminderCommand::Resume { task, at })),
            // An empty patch follows a due date that has moved.
            ReminderStatus::Scheduled if is_before_due(row) => {
                Some(("follow", ReminderCommand::Reschedule { patch: ReminderPatch::default(), task, at }))
            }
            // One that rang for the occurrence that is skipped rings for the next one too.
            ReminderStatus::Triggered | ReminderStatus::Sent | ReminderStatus::Failed if skipped => {
                let rings_at = before_due(row)?.utc(due).ok()?;
                let patch = ReminderPatch::same_time_again(before_due(row)?)?;
                (rings_at > at).then_some(("again", ReminderCommand::Reschedule { patch, task, at }))
            }
            _ => None,
        }
    }

    /// What comes to be in a series gets the reminders before the due date that the task before it has.
    pub(super) async fn take_over(&self, tasks: &Tasks<'_>, changed: &[(Row, Told<'_>)]) -> Result<(), Failure> {
        let made: Vec<((&str, Uuid), Uuid, &Envelope)> =
            tasks.iter().filter_map(|(task, envelope)| Some((*task, follows(envelope)?, *envelope))).collect();
        if made.is_empty() {
            return Ok(());
        }
        let before = made.iter().map(|((tenant, _), before, _)| (*tenant, *before));
        let mut of_before = in_time(ANSWER, rows::of_tasks(&self.pool, before)).await?;
        // What this batch tells is newer, and not written yet.
        of_before.retain(|row| !changed.iter().any(|(newer, _)| newer.reminder_id == row.reminder_id));
        of_before.extend(changed.iter().map(|(row, _)| row.clone()));
        for ((tenant, task_id), before, envelope) in made {
            let theirs = |row: &&Row| row.tenant == tenant && row.task_id == before;
            for row in of_before.iter().filter(theirs).filter(|row| row.state.exists() && is_before_due(row)) {
                let done = self.schedule_like(row, task_id, envelope).await;
                only_this_stream(NAME, &stream_id(tenant, task_id), done)?;
            }
        }
        Ok(())
    }

    async fn schedule_like(&self, row: &Row, task_id: Uuid, because: &Envelope) -> Result<(), Failure> {
        let Some(time) = row.state.time.clone() else { return Ok(()) };
        let task = self.commands.task(&row.tenant, task_id).await?;
        let task = task.filter(|known| known.task.exists()).map(|known| TaskDue { due: known.task.due });
        let id = following_reminder_id(&row.tenant, task_id, row.reminder_id);
        let (new, at) = (NewReminder { time }, self.clock.now());
        let command = ReminderCommand::Schedule { id, task_id, new, task, at };
        let command_id = format!("reminders/following/{}", row.reminder_id);
        self.give(&row.tenant, id, (command, command_id), Cause::event(NAME, because)).await
    }

    /// Gives a command; one that is refused does not fit any more, which is as well.
    pub(super) async fn give(
        &self,
        tenant: &str,
        id: Uuid,
        (command, command_id): (ReminderCommand, String),
        cause: Cause,
    ) -> Result<(), Failure> {
        let order = Order { tenant: tenant.to_owned(), id, command, command_id, expected: Expected::Any, cause };
        if let Answer::Refused(rejection) = self.commands.to_reminder(order).await? {
            tracing::debug!(reminder = %id, %rejection, "a command to a reminder was refused");
        }
        Ok(())
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

fn is_before_due(row: &Row) -> bool {
    before_due(row).is_some()
}

/// The time of a reminder that rings some time before its task is due.
pub(super) fn before_due(row: &Row) -> Option<&ReminderTime> {
    row.state.time.as_ref().filter(|time| matches!(time, ReminderTime::BeforeDue { .. }))
}
