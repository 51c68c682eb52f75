//! A reminder comes to be.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::repeat::RepeatPatch;
use super::time::TimePatch;
use super::{Reminder, ReminderEvent, ReminderRejection, ReminderScheduled, ReminderTime, Repeat, TaskDue};
use crate::Violations;
use crate::read::Reader;

/// Fields of a reminder that the service sets itself.
pub(super) const READ_ONLY: &[&str] = &[
    "id",
    "task_id",
    "remind_utc",
    "snoozed_until",
    "status",
    "triggered_at",
    "late",
    "created_at",
    "updated_at",
    "version",
];

/// The checked fields of a reminder to schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReminder {
    /// When it is to ring.
    pub time: ReminderTime,
    /// How it rings again after that.
    pub repeat: Option<Repeat>,
}

impl NewReminder {
    /// Reads the body of a create: `remind_at` with `time_zone`, or `before_due`; and `repeat`.
    ///
    /// # Errors
    /// Every field that is unknown, read-only or not valid, and a missing time.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(object);
        let time = TimePatch::read(&mut reader).apply(None);
        // What is wrong only together says nothing new where one of its fields is wrong by itself.
        if let (Err(violations), false) = (&time, reader.violates(&["remind_at", "time_zone", "before_due"])) {
            reader.merge(violations.clone());
        }
        let repeat = RepeatPatch::read(&mut reader).null_is_none().map(|patch| patch.apply(None)).transpose();
        if let (Err(violation), false) = (&repeat, reader.violates(&["repeat"])) {
            reader.merge(Violations(vec![violation.clone()]));
        }
        reader.finish("a reminder", READ_ONLY)?;
        Ok(Self { time: time?, repeat: repeat.map_err(|violation| Violations(vec![violation]))? })
    }
}

pub(super) fn decide(
    reminder: &Reminder,
    id: Uuid,
    task_id: Uuid,
    new: &NewReminder,
    task: Option<TaskDue>,
    at: DateTime<Utc>,
) -> Result<Option<ReminderEvent>, ReminderRejection> {
    if reminder.version > 0 {
        return Err(ReminderRejection::AlreadyExists);
    }
    let TaskDue { due } = task.ok_or(ReminderRejection::NoTask)?;
    let remind_utc = new.time.utc(due).map_err(|violation| ReminderRejection::Invalid(Violations(vec![violation])))?;
    let (time, repeat) = (new.time.clone(), new.repeat.clone());
    Ok(Some(ReminderEvent::Scheduled(ReminderScheduled { id, task_id, time, remind_utc, repeat, created_at: at })))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use crate::task::Due;
    use serde_json::json;

    #[test]
    fn given_nothing_when_scheduled_at_a_wall_time_then_the_event_carries_the_instant() {
        let event =
            given([]).when(schedule(json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin"}), None));
        let Ok(Some(ReminderEvent::Scheduled(event))) = event.outcome else { panic!("{:?}", event.outcome) };
        assert_eq!(event.remind_utc, instant("2026-12-01T07:30:00Z"));
        assert_eq!((event.id, event.task_id, event.created_at), (REMINDER, TASK, now()));
    }

    #[test]
    fn given_a_timed_task_when_scheduled_before_due_then_it_counts_back_from_the_instant() {
        let scheduled = given([]).when(schedule(json!({"before_due":"PT30M"}), Some(timed_due()))).state();
        assert_eq!(scheduled.remind_utc, instant("2026-12-01T07:30:00Z"));
    }

    #[test]
    fn given_a_whole_day_task_when_scheduled_before_due_then_it_counts_back_from_midnight_utc() {
        let day = Due::Date { due_date: "2026-12-01".parse().unwrap() };
        let scheduled = given([]).when(schedule(json!({"before_due":"P1D"}), Some(day))).state();
        assert_eq!(scheduled.remind_utc, instant("2026-11-30T00:00:00Z"));
    }

    #[test]
    fn given_a_task_without_due_when_scheduled_before_due_then_refused() {
        given([]).when(schedule(json!({"before_due":"PT30M"}), None)).then_invalid(&["before_due"]);
    }

    #[test]
    fn given_no_task_when_scheduled_then_refused_at_a_wall_time_too() {
        for body in [json!({"before_due":"PT30M"}), json!({"remind_at":"2026-12-01T08:30:00","time_zone":"UTC"})] {
            given([]).when(without_task(schedule(body, None))).then_rejected(ReminderRejection::NoTask);
        }
    }

    #[test]
    fn given_a_reminder_when_scheduled_again_then_it_exists() {
        let again = schedule(json!({"remind_at":"2026-12-01T08:30:00","time_zone":"UTC"}), None);
        given([scheduled()]).when(again).then_rejected(ReminderRejection::AlreadyExists);
    }

    #[test]
    fn given_bad_bodies_when_read_then_each_names_its_fields() {
        for (body, fields) in [
            (json!({}), vec!["remind_at"]),
            (json!({"remind_at":"2026-12-01T08:30:00"}), vec!["time_zone"]),
            (json!({"time_zone":"Europe/Berlin"}), vec!["time_zone"]),
            (json!({"remind_at":"2026-12-01T08:30:00Z","time_zone":"Europe/Berlin"}), vec!["remind_at"]),
            (json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Berlin"}), vec!["time_zone"]),
            (json!({"remind_at":"2026-12-01T08:30:00","time_zone":"UTC","before_due":"PT5M"}), vec!["before_due"]),
            (json!({"remind_at":"9999-12-31T23:59:59","time_zone":"America/New_York"}), vec!["remind_at"]),
            (json!({"before_due":"30 minutes"}), vec!["before_due"]),
            (json!({"before_due":"P1M"}), vec!["before_due"]),
            (json!({"before_due":"P400D"}), vec!["before_due"]),
            (json!({"before_due":"PT5M","id":"x","color":"red"}), vec!["color", "id"]),
        ] {
            let Err(Violations(violations)) = NewReminder::from_json(body.as_object().unwrap()) else {
                panic!("{body}")
            };
            let mut named: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
            named.sort_unstable();
            assert_eq!(named, fields, "{body}");
        }
    }
}
