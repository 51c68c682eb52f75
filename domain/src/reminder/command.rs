//! What can be asked of a reminder, and the one pure function that answers.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    CancelReason, NewReminder, Reminder, ReminderEvent, ReminderPatch, Snooze, cancel, deliver, reschedule, schedule,
    snooze,
};
use crate::Violations;
use crate::task::Due;

/// A command. `at` is the time it was given; `due` is the due date of the reminder's task, which this aggregate does not
/// know by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReminderCommand {
    /// Bring a reminder into being.
    Schedule {
        /// Its id.
        id: Uuid,
        /// The task it reminds of.
        task_id: Uuid,
        /// When it is to ring.
        new: NewReminder,
        /// The task's due.
        due: Option<Due>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Change its time; an empty patch follows a due date that has moved.
    Reschedule {
        /// What to change.
        patch: ReminderPatch,
        /// The task's due.
        due: Option<Due>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Ring later.
    Snooze {
        /// How long, or until when.
        snooze: Snooze,
        /// When.
        at: DateTime<Utc>,
    },
    /// Its time has come.
    Trigger {
        /// When.
        at: DateTime<Utc>,
    },
    /// It was sent.
    MarkSent {
        /// When.
        at: DateTime<Utc>,
    },
    /// It could not be sent.
    MarkFailed {
        /// Why, for people.
        detail: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// It is not to ring. `Deleted` hides it; the other reasons only stop one that is still to ring.
    Cancel {
        /// Why.
        reason: CancelReason,
        /// When.
        at: DateTime<Utc>,
    },
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReminderRejection {
    /// There is no such reminder, or it is deleted.
    #[error("there is no such reminder")]
    NotFound,
    /// A reminder of this id was scheduled before; it may be deleted by now.
    #[error("a reminder with this id exists already")]
    AlreadyExists,
    /// The result would break a rule.
    #[error("the command breaks a rule: {0}")]
    Invalid(Violations),
}

/// The event that `command` makes of `reminder`; `None` where nothing changes.
///
/// # Errors
/// The command does not fit the state; see [`ReminderRejection`].
pub fn decide(reminder: &Reminder, command: &ReminderCommand) -> Result<Option<ReminderEvent>, ReminderRejection> {
    if let ReminderCommand::Schedule { id, task_id, new, due, at } = command {
        return schedule::decide(reminder, *id, *task_id, new, *due, *at);
    }
    if !reminder.exists() {
        return Err(ReminderRejection::NotFound);
    }
    match command {
        ReminderCommand::Schedule { .. } => Err(ReminderRejection::AlreadyExists),
        ReminderCommand::Reschedule { patch, due, at } => reschedule::decide(reminder, patch, *due, *at),
        ReminderCommand::Snooze { snooze, at } => snooze::decide(reminder, snooze, *at),
        ReminderCommand::Trigger { at } => Ok(deliver::trigger(reminder, *at)),
        ReminderCommand::MarkSent { at } => Ok(deliver::sent(reminder, *at)),
        ReminderCommand::MarkFailed { detail, at } => Ok(deliver::failed(reminder, detail, *at)),
        ReminderCommand::Cancel { reason, at } => Ok(cancel::decide(reminder, *reason, *at)),
    }
}
