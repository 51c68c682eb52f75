//! A reminder gets another time or another repetition from its owner.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::repeat::RepeatPatch;
use super::time::TimePatch;
use super::{
    Reminder, ReminderEvent, ReminderRejection, ReminderRescheduled, ReminderStatus, ReminderTime, Repeat, TaskDue,
    schedule,
};
use crate::Violations;
use crate::read::{Field, Reader};

/// A JSON Merge Patch (RFC 7396) of a reminder. Giving one kind of time replaces the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReminderPatch {
    time: TimePatch,
    repeat: Field<RepeatPatch>,
}

impl ReminderPatch {
    /// Reads a merge patch of `remind_at`, `time_zone`, `before_due` and `repeat`.
    ///
    /// # Errors
    /// Every field that is unknown, read-only or not valid.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::of_patch(object);
        let time = TimePatch::read(&mut reader);
        let repeat = RepeatPatch::read(&mut reader);
        reader.finish("a reminder", schedule::READ_ONLY)?;
        Ok(Self { time, repeat })
    }
}

pub(super) fn decide(
    reminder: &Reminder,
    patch: &ReminderPatch,
    task: Option<TaskDue>,
    at: DateTime<Utc>,
) -> Result<Option<ReminderEvent>, ReminderRejection> {
    let repeat = repeat_of(reminder, patch)?;
    let (time, remind_utc) = match &reminder.time {
        // What says nothing of the time leaves it alone, whatever became of the task.
        Some(time) if patch.time.is_empty() => (time.clone(), reminder.remind_utc),
        current => {
            let time = patch.time.apply(current.as_ref()).map_err(ReminderRejection::Invalid)?;
            let remind_utc = utc_of(&time, task)?;
            (time, remind_utc)
        }
    };
    let same_time = reminder.time.as_ref() == Some(&time) && reminder.remind_utc == remind_utc;
    if same_time && reminder.repeat == repeat {
        return Ok(None);
    }
    if same_time && reminder.status == ReminderStatus::Cancelled {
        let detail = "is cancelled, and does not repeat; give it another time";
        return Err(ReminderRejection::Invalid(Violations::one("status", detail)));
    }
    Ok(Some(ReminderEvent::Rescheduled(ReminderRescheduled { time, remind_utc, repeat, rescheduled_at: at })))
}

fn repeat_of(reminder: &Reminder, patch: &ReminderPatch) -> Result<Option<Repeat>, ReminderRejection> {
    match &patch.repeat {
        Field::Absent => Ok(reminder.repeat.clone()),
        Field::Null => Ok(None),
        Field::Set(repeat) => {
            let invalid = |violation| ReminderRejection::Invalid(Violations(vec![violation]));
            repeat.apply(reminder.repeat.as_ref()).map(Some).map_err(invalid)
        }
    }
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
    fn given_a_cancelled_reminder_when_only_its_repetition_changes_then_refused() {
        let repeat = json!({"repeat":{"every":"PT5M","times":1}});
        given([scheduled(), task_completed()]).when(reschedule(repeat, None)).then_invalid(&["status"]);
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
