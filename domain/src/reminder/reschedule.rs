//! A reminder's time changes: its owner says so, or its task's due date moved.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::time::TimePatch;
use super::{
    Reminder, ReminderEvent, ReminderRejection, ReminderRescheduled, ReminderStatus, ReminderTime, TaskDue, schedule,
};
use crate::Violations;
use crate::read::Reader;

/// A JSON Merge Patch (RFC 7396) of a reminder. Giving one kind of time replaces the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReminderPatch {
    time: TimePatch,
}

impl ReminderPatch {
    /// Reads a merge patch of `remind_at`, `time_zone` and `before_due`.
    ///
    /// # Errors
    /// Every field that is unknown, read-only or not valid.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::of_patch(object);
        let time = TimePatch::read(&mut reader);
        reader.finish("a reminder", schedule::READ_ONLY)?;
        Ok(Self { time })
    }
}

impl ReminderPatch {
    /// The patch that gives a reminder before the due date the time that it has: one that rang rings again, before what the due date is
    /// now. `None` for a wall time, which has passed.
    #[must_use]
    pub fn same_time_again(time: &ReminderTime) -> Option<Self> {
        match time {
            ReminderTime::BeforeDue { before_due } => Some(Self { time: TimePatch::before_due(before_due.clone()) }),
            ReminderTime::At { .. } => None,
        }
    }
}

pub(super) fn decide(
    reminder: &Reminder,
    patch: &ReminderPatch,
    task: Option<TaskDue>,
    at: DateTime<Utc>,
) -> Result<Option<ReminderEvent>, ReminderRejection> {
    // What asks for nothing follows the due date of a reminder that is to ring; it brings none back to life.
    if patch.time.is_empty() && reminder.status != ReminderStatus::Scheduled {
        return Ok(None);
    }
    let time = patch.time.apply(reminder.time.as_ref()).map_err(ReminderRejection::Invalid)?;
    let remind_utc = match utc_of(&time, task) {
        Ok(utc) => utc,
        // The task is gone or lost its due date. That is no fault of a patch that says nothing of it.
        Err(_) if patch.time.is_empty() => return Ok(None),
        Err(rejection) => return Err(rejection),
    };
    if reminder.time.as_ref() == Some(&time) && reminder.remind_utc == remind_utc {
        return Ok(None);
    }
    Ok(Some(ReminderEvent::Rescheduled(ReminderRescheduled { time, remind_utc, rescheduled_at: at })))
}

/// The instant of a time. A wall time stands by itself, whatever became of the task.
fn utc_of(time: &ReminderTime, task: Option<TaskDue>) -> Result<DateTime<Utc>, ReminderRejection> {
    let due = match (time, task) {
        (ReminderTime::At { .. }, _) => None,
        (ReminderTime::BeforeDue { .. }, Some(TaskDue { due })) => due,
        (ReminderTime::BeforeDue { .. }, None) => return Err(ReminderRejection::NoTask),
    };
    time.utc(due).map_err(|violation| ReminderRejection::Invalid(Violations(vec![violation])))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_wall_time_when_only_the_zone_changes_then_the_wall_time_stays() {
        let moved = given([scheduled()]).when(reschedule(json!({"time_zone":"Asia/Tokyo"}), None)).state();
        assert_eq!(moved.remind_utc, instant("2026-11-30T23:30:00Z"));
    }

    #[test]
    fn given_a_wall_time_when_before_due_is_given_then_it_replaces_it() {
        let moved = given([scheduled()]).when(reschedule(json!({"before_due":"PT1H"}), Some(timed_due()))).state();
        assert_eq!(moved.remind_utc, instant("2026-12-01T07:00:00Z"));
        assert_eq!(serde_json::to_value(&moved.time).unwrap(), json!({"before_due":"PT1H"}));
    }

    #[test]
    fn given_before_due_when_the_due_date_moves_then_an_empty_patch_follows_it() {
        let before_due = given([]).when(schedule(json!({"before_due":"PT30M"}), Some(timed_due())));
        let mut later = timed_due();
        if let crate::task::Due::At { due_at, .. } = &mut later {
            *due_at += chrono::Duration::days(1);
        }
        let moved = given(before_due.events.clone()).when(reschedule(json!({}), Some(later))).state();
        assert_eq!(moved.remind_utc, instant("2026-12-02T07:30:00Z"));
        given(before_due.events.clone()).when(reschedule(json!({}), Some(timed_due()))).then_nothing();
        given(before_due.events).when(reschedule(json!({}), None)).then_nothing();
    }

    #[test]
    fn given_a_reminder_that_rang_when_it_gets_another_time_then_it_is_scheduled_again() {
        for rang in [
            vec![scheduled(), triggered()],
            vec![scheduled(), triggered(), sent()],
            vec![scheduled(), task_completed()],
        ] {
            let again = given(rang).when(reschedule(json!({"remind_at":"2026-12-05T08:30:00"}), None)).state();
            assert_eq!((again.status, again.cancel_reason), (ReminderStatus::Scheduled, None));
        }
    }

    #[test]
    fn given_a_reminder_that_is_not_to_ring_when_its_due_date_moves_then_an_empty_patch_does_not_revive_it() {
        let before_due = given([]).when(schedule(json!({"before_due":"PT30M"}), Some(timed_due()))).events;
        let later = crate::task::Due::Date { due_date: "2026-12-24".parse().unwrap() };
        for end in [vec![triggered()], vec![triggered(), sent()], vec![task_completed()]] {
            let events = [before_due.clone(), end].concat();
            given(events).when(reschedule(json!({}), Some(later))).then_nothing();
        }
    }

    #[test]
    fn given_a_deleted_task_when_its_reminder_gets_another_time_then_only_one_before_due_needs_the_task() {
        let at = without_task(reschedule(json!({"remind_at":"2026-12-05T08:30:00"}), None));
        assert_eq!(given([scheduled()]).when(at).state().remind_utc, instant("2026-12-05T07:30:00Z"));
        let before_due = without_task(reschedule(json!({"before_due":"PT1H"}), None));
        given([scheduled()]).when(before_due).then_rejected(ReminderRejection::NoTask);
        let scheduled = given([]).when(schedule(json!({"before_due":"PT30M"}), Some(timed_due()))).events;
        given(scheduled).when(without_task(reschedule(json!({}), None))).then_nothing();
    }

    #[test]
    fn given_a_reminder_when_the_patch_changes_nothing_then_no_event() {
        let same = json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin"});
        given([scheduled()]).when(reschedule(same, None)).then_nothing();
        given([scheduled()]).when(reschedule(json!({"before_due":null}), None)).then_nothing();
    }

    #[test]
    fn given_a_reminder_when_the_patch_leaves_no_time_then_refused() {
        given([scheduled()]).when(reschedule(json!({"remind_at":null}), None)).then_invalid(&["remind_at"]);
        given([scheduled()]).when(reschedule(json!({"time_zone":null}), None)).then_invalid(&["time_zone"]);
        given([scheduled()]).when(reschedule(json!({"before_due":"PT5M"}), None)).then_invalid(&["before_due"]);
    }
}
