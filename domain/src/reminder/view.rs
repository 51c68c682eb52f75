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

    /// What is still to come of it: when it rings next, and how it repeats after that. `None` where it does not ring any more.
    #[must_use]
    pub fn left(&self) -> Option<(DateTime<Utc>, Option<Repeat>)> {
        let first = self.snoozed_until.unwrap_or(self.remind_utc);
        match self.status {
            ReminderStatus::Scheduled => Some((first, self.repeat.clone())),
            ReminderStatus::Triggered | ReminderStatus::Sent | ReminderStatus::Failed => {
                let repeat = self.repeat.as_ref()?;
                // All rings that had had their time when it rang were one.
                let rings = repeat.passed(first, self.triggered_at?);
                let next = repeat.after(first, rings)?;
                let times = repeat.times - rings;
                Some((next, (times > 0).then(|| Repeat { every: repeat.every.clone(), times })))
            }
            ReminderStatus::Cancelled => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{ReminderCommand, Told};
    use super::*;
    use serde_json::json;

    fn ring(at: DateTime<Utc>) -> ReminderCommand {
        ReminderCommand::Trigger { at, told: Told::Alone }
    }

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
    fn given_a_reminder_that_repeats_when_viewed_then_what_is_left_is_what_still_rings() {
        let body =
            json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin","repeat":{"every":"PT10M","times":2}});
        let mut events = given([]).when(schedule(body, None)).events;
        let at = |minute: i64| instant("2026-12-01T07:30:00Z") + chrono::TimeDelta::minutes(minute);
        for (minute, times) in [(0, Some(2)), (10, Some(1)), (20, None)] {
            let reminder = given(events.clone()).reminder();
            let (next, repeat) = ReminderView::of(&reminder).left().unwrap();
            assert_eq!((Some(next), repeat.map(|repeat| repeat.times)), (reminder.next_ring(), times));
            events = given(events).when(ring(at(minute))).events;
        }
        assert_eq!(ReminderView::of(&given(events.clone()).reminder()).left(), None);
        let snooze = snooze(json!({"until":"2026-12-01T09:00:00","time_zone":"UTC"}));
        let put_off = given(events).when(snooze).events;
        let (next, repeat) = ReminderView::of(&given(put_off.clone()).reminder()).left().unwrap();
        assert_eq!((next, repeat.unwrap().times), (at(90), 2));
        // Noticed too late for two of them.
        let late = given(put_off).when(ring(at(105))).state();
        assert_eq!(ReminderView::of(&late).left(), Some((at(110), None)));
    }

    #[test]
    fn given_a_reminder_before_due_when_viewed_then_the_length_is_spelled_as_given() {
        let before_due = given([]).when(schedule(json!({"before_due":"PT90M"}), Some(timed_due()))).state();
        assert_eq!(ReminderView::of(&before_due).before_due.as_deref(), Some("PT90M"));
    }
}
