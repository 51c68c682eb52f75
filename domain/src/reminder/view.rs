//! A reminder as the API shows it.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Reminder, ReminderStatus, ReminderTime, Repeat};

/// A reminder in the API's JSON. Every key is always there, `null` where it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Reminder)]
pub struct ReminderView {
    /// Id of the reminder.
    pub id: Uuid,
    /// The task it reminds of.
    pub task_id: Uuid,
    /// The wall time it is to ring, with `time_zone`.
    #[schema(required = true, value_type = Option<String>, example = "2026-12-01T08:30:00")]
    pub remind_at: Option<NaiveDateTime>,
    /// IANA name of the zone of `remind_at`.
    #[schema(required = true, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Or how long before the task is due; ISO 8601.
    #[schema(required = true, example = "PT30M")]
    pub before_due: Option<String>,
    /// The instant of either.
    pub remind_utc: DateTime<Utc>,
    /// Rings then instead.
    #[schema(required = true)]
    pub snoozed_until: Option<DateTime<Utc>>,
    /// How it rings again after that, until something is done about the task.
    #[schema(required = true)]
    pub repeat: Option<Repeat>,
    /// How far it is.
    pub status: ReminderStatus,
    /// When it rang last.
    #[schema(required = true)]
    pub triggered_at: Option<DateTime<Utc>>,
    /// That was more than a minute too late.
    #[serde(default)]
    #[schema(required = true)]
    pub late: bool,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Number of changes so far, from 1; the `ETag` in quotes.
    pub version: u64,
}

impl ReminderView {
    /// The view of a reminder.
    #[must_use]
    pub fn of(reminder: &Reminder) -> Self {
        let (remind_at, time_zone, before_due) = match &reminder.time {
            None => (None, None, None),
            Some(ReminderTime::At { remind_at, time_zone }) => {
                (Some(*remind_at), Some(time_zone.name().to_owned()), None)
            }
            Some(ReminderTime::BeforeDue { before_due }) => (None, None, Some(before_due.to_string())),
        };
        Self {
            id: reminder.id,
            task_id: reminder.task_id,
            remind_at,
            time_zone,
            before_due,
            remind_utc: reminder.remind_utc,
            snoozed_until: reminder.snoozed_until,
            repeat: reminder.repeat.clone(),
            status: reminder.status,
            triggered_at: reminder.triggered_at,
            late: reminder.late,
            created_at: reminder.created_at,
            updated_at: reminder.updated_at,
            version: reminder.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_reminder_when_viewed_then_every_key_is_there_in_order() {
        let view = ReminderView::of(&given([scheduled()]).reminder());
        let text = serde_json::to_string(&view).unwrap();
        assert_eq!(
            text,
            format!(
                "{{\"id\":\"{REMINDER}\",\"task_id\":\"{TASK}\",\"remind_at\":\"2026-12-01T08:30:00\",\
                 \"time_zone\":\"Europe/Berlin\",\"before_due\":null,\"remind_utc\":\"2026-12-01T07:30:00Z\",\
                 \"snoozed_until\":null,\"repeat\":null,\"status\":\"scheduled\",\"triggered_at\":null,\"late\":false,\"created_at\":\"2026-11-23T12:00:00Z\",\
                 \"updated_at\":\"2026-11-23T12:00:00Z\",\"version\":1}}"
            )
        );
    }

    #[test]
    fn given_a_reminder_before_due_when_viewed_then_the_length_is_spelled_as_given() {
        let before_due = given([]).when(schedule(json!({"before_due":"PT90M"}), Some(timed_due()))).state();
        assert_eq!(ReminderView::of(&before_due).before_due.as_deref(), Some("PT90M"));
    }
}
