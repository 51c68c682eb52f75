//! `given(events).when(command).then(event)` for reminders.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    CancelReason, NewReminder, Reminder, ReminderCancelled, ReminderCommand, ReminderEvent, ReminderPatch,
    ReminderRejection, ReminderSent, ReminderTriggered, Snooze, TaskDue, decide, evolve,
};
use crate::task::Due;

pub(crate) const REMINDER: Uuid = Uuid::from_u128(0x2222);
pub(crate) const TASK: Uuid = Uuid::from_u128(0x1111);

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    instant("2026-11-23T12:00:00Z")
}

/// 09:00 in Berlin, 08:00 in UTC.
pub(crate) fn timed_due() -> Due {
    Due::At { due_at: "2026-12-01T09:00:00".parse().unwrap(), time_zone: chrono_tz::Tz::Europe__Berlin }
}

pub(crate) fn schedule(body: Value, due: Option<Due>) -> ReminderCommand {
    let new = NewReminder::from_json(body.as_object().unwrap()).unwrap();
    ReminderCommand::Schedule { id: REMINDER, task_id: TASK, new, task: Some(TaskDue { due }), at: now() }
}

pub(crate) fn reschedule(body: Value, due: Option<Due>) -> ReminderCommand {
    let patch = ReminderPatch::from_json(body.as_object().unwrap()).unwrap();
    ReminderCommand::Reschedule { patch, task: Some(TaskDue { due }), at: now() }
}

/// The same command where there is no such task.
pub(crate) fn without_task(mut command: ReminderCommand) -> ReminderCommand {
    if let ReminderCommand::Schedule { task, .. } | ReminderCommand::Reschedule { task, .. } = &mut command {
        *task = None;
    }
    command
}

pub(crate) fn snooze(body: Value) -> ReminderCommand {
    ReminderCommand::Snooze { snooze: Snooze::from_json(body.as_object().unwrap()).unwrap(), at: now() }
}

/// Rings at 08:30 in Berlin.
pub(crate) fn scheduled() -> ReminderEvent {
    let body = serde_json::json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin"});
    decide(&Reminder::default(), &schedule(body, None)).unwrap().unwrap()
}

/// A first ring, in time.
pub(crate) fn rang_once(at: DateTime<Utc>) -> ReminderTriggered {
    let (scheduled_for, told_by, tells_of) = (None, None, Vec::new());
    ReminderTriggered { triggered_at: at, scheduled_for, late: false, ring: 1, told_by, tells_of }
}

pub(crate) fn triggered() -> ReminderEvent {
    ReminderEvent::Triggered(rang_once(now()))
}

pub(crate) fn sent() -> ReminderEvent {
    ReminderEvent::Sent(ReminderSent { sent_at: now() })
}

pub(crate) fn task_completed() -> ReminderEvent {
    ReminderEvent::Cancelled(ReminderCancelled { cancelled_at: now(), reason: CancelReason::TaskCompleted })
}

pub(crate) fn deleted() -> ReminderEvent {
    ReminderEvent::Cancelled(ReminderCancelled { cancelled_at: now(), reason: CancelReason::Deleted })
}

pub(crate) struct Given(Vec<ReminderEvent>);

pub(crate) fn given(events: impl IntoIterator<Item = ReminderEvent>) -> Given {
    Given(events.into_iter().collect())
}

impl Given {
    pub(crate) fn reminder(&self) -> Reminder {
        let mut reminder = Reminder::default();
        self.0.iter().for_each(|event| evolve(&mut reminder, event));
        reminder
    }

    pub(crate) fn when(mut self, command: ReminderCommand) -> Outcome {
        let outcome = decide(&self.reminder(), &command);
        self.0.extend(outcome.iter().flatten().cloned());
        Outcome { events: self.0, outcome }
    }
}

#[derive(Clone)]
pub(crate) struct Outcome {
    pub(crate) events: Vec<ReminderEvent>,
    pub(crate) outcome: Result<Option<ReminderEvent>, ReminderRejection>,
}

impl Outcome {
    pub(crate) fn then(&self, expected: &ReminderEvent) {
        assert_eq!(self.outcome.as_ref().unwrap().as_ref(), Some(expected));
    }

    pub(crate) fn then_nothing(&self) {
        assert_eq!(self.outcome, Ok(None));
    }

    pub(crate) fn then_rejected(&self, expected: ReminderRejection) {
        assert_eq!(self.outcome, Err(expected));
    }

    pub(crate) fn then_invalid(&self, fields: &[&str]) {
        let Err(ReminderRejection::Invalid(violations)) = &self.outcome else { panic!("{:?}", self.outcome) };
        assert_eq!(violations.0.iter().map(|violation| violation.field.as_str()).collect::<Vec<_>>(), fields);
    }

    /// The reminder after the event; panics where there was none.
    pub(crate) fn state(self) -> Reminder {
        assert!(matches!(self.outcome, Ok(Some(_))), "{:?}", self.outcome);
        given(self.events).reminder()
    }
}
