//! What has happened to a reminder. These are the `data` of the CloudEvents on the topic `reminders`; they are a public
//! contract, so a field may be added, never renamed or given another meaning.

use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CancelReason, ReminderTime, Repeat};

/// An event of a reminder. `type` and `data` are those of its CloudEvent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum ReminderEvent {
    /// It came to be.
    #[serde(rename = "tasklog.reminder.scheduled.v1")]
    Scheduled(ReminderScheduled),
    /// It rings at another time, and again if it had rung.
    #[serde(rename = "tasklog.reminder.rescheduled.v1")]
    Rescheduled(ReminderRescheduled),
    /// It rings later, and again if it had rung.
    #[serde(rename = "tasklog.reminder.snoozed.v1")]
    Snoozed(ReminderSnoozed),
    /// Its time came.
    #[serde(rename = "tasklog.reminder.triggered.v1")]
    Triggered(ReminderTriggered),
    /// It was sent.
    #[serde(rename = "tasklog.reminder.sent.v1")]
    Sent(ReminderSent),
    /// It could not be sent.
    #[serde(rename = "tasklog.reminder.delivery_failed.v1")]
    DeliveryFailed(ReminderDeliveryFailed),
    /// It will not ring.
    #[serde(rename = "tasklog.reminder.cancelled.v1")]
    Cancelled(ReminderCancelled),
}

/// A new reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderScheduled {
    /// Id of the reminder.
    pub id: Uuid,
    /// The task it reminds of.
    pub task_id: Uuid,
    /// When it is to ring, as people said it.
    pub time: ReminderTime,
    /// The instant that makes.
    pub remind_utc: DateTime<Utc>,
    /// How it rings again after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Repeat")]
    pub repeat: Option<Repeat>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
}

/// Another time, given by its owner or following from the task's due date, which ends a snooze; or, with the time that it had, another
/// repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderRescheduled {
    /// When it is to ring, as people said it.
    pub time: ReminderTime,
    /// The instant that makes.
    pub remind_utc: DateTime<Utc>,
    /// How it rings again after that; left out: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Repeat")]
    pub repeat: Option<Repeat>,
    /// When it was changed.
    pub rescheduled_at: DateTime<Utc>,
}

/// It rings later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderSnoozed {
    /// Rings then.
    pub snoozed_until: DateTime<Utc>,
    /// When it was snoozed.
    pub snoozed_at: DateTime<Utc>,
}

/// Its time came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderTriggered {
    /// When it was noticed.
    pub triggered_at: DateTime<Utc>,
    /// When that was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DateTime<Utc>")]
    pub scheduled_for: Option<DateTime<Utc>>,
    /// It was noticed more than a minute too late.
    #[serde(default, skip_serializing_if = "is_not")]
    pub late: bool,
    /// Which ring of its time it is, where it repeats. Those that passed unnoticed are counted, and do not ring.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub ring: u32,
    /// Many were late at the same time, and people are told of this one by that reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Uuid")]
    pub told_by: Option<Uuid>,
    /// Many were late at the same time, and people are told of these by this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tells_of: Vec<Uuid>,
}

/// It was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderSent {
    /// When.
    pub sent_at: DateTime<Utc>,
}

/// It could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderDeliveryFailed {
    /// When it was given up.
    pub failed_at: DateTime<Utc>,
    /// Why, for people.
    pub detail: String,
}

/// It will not ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReminderCancelled {
    /// When.
    pub cancelled_at: DateTime<Utc>,
    /// Why.
    pub reason: CancelReason,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_not(late: &bool) -> bool {
    !*late
}

const fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_first(ring: &u32) -> bool {
    *ring == 1
}

impl ReminderEvent {
    /// The CloudEvents types, in the order of the variants.
    pub const TYPES: [&str; 7] = [
        "tasklog.reminder.scheduled.v1",
        "tasklog.reminder.rescheduled.v1",
        "tasklog.reminder.snoozed.v1",
        "tasklog.reminder.triggered.v1",
        "tasklog.reminder.sent.v1",
        "tasklog.reminder.delivery_failed.v1",
        "tasklog.reminder.cancelled.v1",
    ];

    /// Its CloudEvents type, one of [`Self::TYPES`].
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        let index = match self {
            Self::Scheduled(_) => 0,
            Self::Rescheduled(_) => 1,
            Self::Snoozed(_) => 2,
            Self::Triggered(_) => 3,
            Self::Sent(_) => 4,
            Self::DeliveryFailed(_) => 5,
            Self::Cancelled(_) => 6,
        };
        Self::TYPES[index]
    }

    /// Its business time.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Scheduled(event) => event.created_at,
            Self::Rescheduled(event) => event.rescheduled_at,
            Self::Snoozed(event) => event.snoozed_at,
            Self::Triggered(event) => event.triggered_at,
            Self::Sent(event) => event.sent_at,
            Self::DeliveryFailed(event) => event.failed_at,
            Self::Cancelled(event) => event.cancelled_at,
        }
    }
}

impl DomainEvent for ReminderEvent {
    fn event_type(&self) -> String {
        self.type_name().to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
