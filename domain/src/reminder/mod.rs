//! The reminder: its state, its commands, its events.

mod status;
pub use status::{CancelReason, ReminderStatus};
mod time;
pub use time::ReminderTime;
mod repeat;
pub use repeat::Repeat;

mod event;
pub use event::{
    ReminderCancelled, ReminderDeliveryFailed, ReminderEvent, ReminderRescheduled, ReminderScheduled, ReminderSent,
    ReminderSnoozed, ReminderTriggered,
};

mod command;
pub use command::{ReminderCommand, ReminderRejection, TaskDue, Told, decide};
mod schedule;
pub use schedule::NewReminder;
mod reschedule;
pub use reschedule::ReminderPatch;
mod snooze;
pub use snooze::Snooze;
mod cancel;
mod deliver;
pub use deliver::is_late;
mod follow;
mod resume;

mod evolve;
pub use evolve::evolve;
mod aggregate;

mod view;
pub use view::ReminderView;
mod id;
pub use id::{following_reminder_id, new_reminder_id};

#[cfg(test)]
pub(crate) mod given;
#[cfg(test)]
mod laws;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A reminder as its events have made it. `Reminder::default()` is the reminder before its first event.
///
/// Always true of a reminder that exists: it has a time; `snoozed_until` is there only while it is to ring or has rung
/// by it; `version` is the number of events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reminder {
    /// Nil before the first event.
    pub id: Uuid,
    /// The task it reminds of.
    pub task_id: Uuid,
    /// When it is to ring, as people said it; `None` only before the first event.
    pub time: Option<ReminderTime>,
    /// The instant that `time` makes.
    pub remind_utc: DateTime<Utc>,
    /// Rings then instead.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// How it rings again after that.
    #[serde(default)]
    pub repeat: Option<Repeat>,
    /// How many rings of its time have passed, the first one too.
    #[serde(default)]
    pub rings: u32,
    /// When it rang last.
    #[serde(default)]
    pub triggered_at: Option<DateTime<Utc>>,
    /// That was more than a minute too late.
    #[serde(default)]
    pub late: bool,
    /// Many were late then, and people were told of this one by that reminder.
    #[serde(default)]
    pub told_by: Option<Uuid>,
    /// How far it is.
    pub status: ReminderStatus,
    /// Why it was cancelled, where it was.
    pub cancel_reason: Option<CancelReason>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// Time of the last event.
    pub updated_at: DateTime<Utc>,
    /// Number of events so far, which is the `sequence` of the last one; 0 before the first.
    pub version: u64,
}

impl Reminder {
    /// Version of its JSON, in which it is kept between two commands.
    pub const SNAPSHOT_VERSION: u32 = 2;

    /// Scheduled once, and not deleted by its owner. A reminder cancelled with its task still exists.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.version > 0 && self.cancel_reason != Some(CancelReason::Deleted)
    }

    /// When it rings for the first time.
    #[must_use]
    pub fn rings_at(&self) -> DateTime<Utc> {
        self.snoozed_until.unwrap_or(self.remind_utc)
    }

    /// When it rings next; `None` where it does not.
    #[must_use]
    pub fn next_ring(&self) -> Option<DateTime<Utc>> {
        match self.status {
            _ if !self.exists() => None,
            ReminderStatus::Scheduled => Some(self.rings_at()),
            ReminderStatus::Triggered | ReminderStatus::Sent | ReminderStatus::Failed => {
                self.repeat.as_ref()?.after(self.rings_at(), self.rings)
            }
            ReminderStatus::Cancelled => None,
        }
    }
}
