//! A reminder that was cancelled along with its task rings after all: the task is there again, or open again.

use chrono::{DateTime, Utc};

use super::{CancelReason, Reminder, ReminderEvent, ReminderRescheduled, ReminderStatus, TaskDue};

pub(super) fn decide(reminder: &Reminder, task: Option<TaskDue>, at: DateTime<Utc>) -> Option<ReminderEvent> {
    let with_its_task = matches!(reminder.cancel_reason, Some(CancelReason::TaskCompleted | CancelReason::TaskDeleted));
    if reminder.status != ReminderStatus::Cancelled || !with_its_task {
        return None;
    }
    let (time, TaskDue { due }) = (reminder.time.clone()?, task?);
    // One that hangs on a due date that is gone has no time.
    let remind_utc = time.utc(due).ok().filter(|remind_utc| *remind_utc > at)?;
    let repeat = reminder.repeat.clone();
    Some(ReminderEvent::Rescheduled(ReminderRescheduled { time, remind_utc, repeat, rescheduled_at: at }))
}

#[cfg(test)]
mod tests {
    use super::super::ReminderCommand::Resume;
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    const TASK_WITHOUT_DUE: Option<TaskDue> = Some(TaskDue { due: None });

    #[test]
    fn given_a_reminder_cancelled_with_its_task_when_resumed_then_it_is_to_ring_again() {
        let again = given([scheduled(), task_completed()]).when(Resume { task: TASK_WITHOUT_DUE, at: now() }).state();
        assert_eq!((again.status, again.cancel_reason), (ReminderStatus::Scheduled, None));
        assert_eq!(again.rings_at(), instant("2026-12-01T07:30:00Z"));
    }

    #[test]
    fn given_a_reminder_before_due_when_resumed_then_it_follows_the_due_date_of_now() {
        let before_due = given([]).when(schedule(json!({"before_due":"PT30M"}), Some(timed_due()))).events;
        let later = crate::task::Due::Date { due_date: "2026-12-24".parse().unwrap() };
        let cancelled = [before_due, vec![task_completed()]].concat();
        let resume = |due| Resume { task: Some(TaskDue { due }), at: now() };
        let again = given(cancelled.clone()).when(resume(Some(later))).state();
        assert_eq!(again.rings_at(), instant("2026-12-23T23:30:00Z"));
        given(cancelled).when(resume(None)).then_nothing();
    }

    #[test]
    fn given_a_reminder_whose_time_has_passed_when_resumed_then_it_stays_cancelled() {
        let at = instant("2026-12-01T07:30:00Z");
        given([scheduled(), task_completed()]).when(Resume { task: TASK_WITHOUT_DUE, at }).then_nothing();
    }

    #[test]
    fn given_a_reminder_that_is_not_cancelled_or_has_no_task_when_resumed_then_nothing() {
        let resume = || Resume { task: TASK_WITHOUT_DUE, at: now() };
        given([scheduled()]).when(resume()).then_nothing();
        given([scheduled(), triggered(), sent()]).when(resume()).then_nothing();
        given([scheduled(), task_completed()]).when(Resume { task: None, at: now() }).then_nothing();
    }
}
