//! What can be asked of a reminder, and the one pure function that answers.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    CancelReason, NewReminder, Reminder, ReminderEvent, ReminderPatch, Snooze, cancel, deliver, follow, reschedule,
    resume, schedule, snooze,
};
use crate::Violations;
use crate::task::Due;

/// What a reminder needs to know of its task, which this aggregate does not know by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskDue {
    /// When the task is due.
    pub due: Option<Due>,
}

/// How people are told of a reminder that rings late, along with many others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Told {
    /// By itself.
    #[default]
    Alone,
    /// By this reminder, which rings at the same time.
    By(Uuid),
    /// By itself, and for these as well.
    For(Vec<Uuid>),
}

/// A command. `at` is the time it was given; `task` is the reminder's task as it was then, `None` where there is none or
/// it is deleted. That is for `decide` to judge, not for who gives the command: a command that is repeated is answered
/// as it was the first time, whatever became of the task since.
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
        /// The task.
        task: Option<TaskDue>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Change its time, or how it repeats.
    Reschedule {
        /// What to change.
        patch: ReminderPatch,
        /// The task.
        task: Option<TaskDue>,
        /// When.
        at: DateTime<Utc>,
    },
    /// The due date of its task may have moved: what rings before that moves along.
    Follow {
        /// The task.
        task: Option<TaskDue>,
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
        /// How people are told, where it is late.
        told: Told,
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
    /// Its task is there again, or open again: what was cancelled along with it rings after all, unless its time has passed.
    Resume {
        /// The task.
        task: Option<TaskDue>,
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
    /// The task to remind of is not there, or it is deleted.
    #[error("there is no such task")]
    NoTask,
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
    if let ReminderCommand::Schedule { id, task_id, new, task, at } = command {
        return schedule::decide(reminder, *id, *task_id, new, *task, *at);
    }
    if !reminder.exists() {
        return Err(ReminderRejection::NotFound);
    }
    match command {
        ReminderCommand::Schedule { .. } => Err(ReminderRejection::AlreadyExists),
        ReminderCommand::Reschedule { patch, task, at } => reschedule::decide(reminder, patch, *task, *at),
        ReminderCommand::Follow { task, at } => Ok(follow::decide(reminder, *task, *at)),
        ReminderCommand::Snooze { snooze, at } => snooze::decide(reminder, snooze, *at),
        ReminderCommand::Trigger { at, told } => Ok(deliver::trigger(reminder, *at, told)),
        ReminderCommand::MarkSent { at } => Ok(deliver::sent(reminder, *at)),
        ReminderCommand::MarkFailed { detail, at } => Ok(deliver::failed(reminder, detail, *at)),
        ReminderCommand::Resume { task, at } => Ok(resume::decide(reminder, *task, *at)),
        ReminderCommand::Cancel { reason, at } => Ok(cancel::decide(reminder, *reason, *at)),
    }
}
