//! A reminder before the due date goes where that goes.

use chrono::{DateTime, Utc};

use super::{Reminder, ReminderEvent, ReminderRescheduled, ReminderStatus, ReminderTime, TaskDue};

/// One that is to ring follows wherever the due date goes; one that rang rings again, if its new time is still to come. A wall time stays,
/// and so does a reminder whose task has no due date any more.
pub(super) fn decide(reminder: &Reminder, task: Option<TaskDue>, at: DateTime<Utc>) -> Option<ReminderEvent> {
    let time = reminder.time.clone().filter(|time| matches!(time, ReminderTime::BeforeDue { .. }))?;
    let remind_utc = time.utc(task?.due).ok().filter(|remind_utc| *remind_utc != reminder.remind_utc)?;
    let follows = match reminder.status {
        ReminderStatus::Scheduled => true,
        ReminderStatus::Triggered | ReminderStatus::Sent | ReminderStatus::Failed => remind_utc > at,
        ReminderStatus::Cancelled => false,
    };
    let repeat = reminder.repeat.clone();
    follows.then_some(ReminderEvent::Rescheduled(ReminderRescheduled { time, remind_utc, repeat, rescheduled_at: at }))
}

#[cfg(test)]
mod tests {
    use super::super::ReminderCommand::Follow;
    use super::super::given::*;
    use super::*;
    use crate::task::Due;
    use serde_json::json;

    fn half_an_hour_before_due() -> Vec<ReminderEvent> {
        given([]).when(schedule(json!({"before_due":"PT30M"}), Some(timed_due()))).events
    }

    fn a_day_later() -> Due {
        Due::At { due_at: "2026-12-02T09:00:00".parse().unwrap(), time_zone: chrono_tz::Tz::Europe__Berlin }
    }

    fn follow(due: Option<Due>) -> super::super::ReminderCommand {
        Follow { task: Some(TaskDue { due }), at: now() }
    }

    #[test]
    fn given_before_due_when_the_due_date_moves_then_it_follows() {
        let moved = given(half_an_hour_before_due()).when(follow(Some(a_day_later()))).state();
        assert_eq!(moved.remind_utc, instant("2026-12-02T07:30:00Z"));
        given(half_an_hour_before_due()).when(follow(Some(timed_due()))).then_nothing();
        given(half_an_hour_before_due()).when(follow(None)).then_nothing();
        given(half_an_hour_before_due()).when(Follow { task: None, at: now() }).then_nothing();
    }

    #[test]
    fn given_one_that_rang_when_the_due_date_moves_then_it_rings_again_where_that_is_still_to_come() {
        for rang in [vec![triggered()], vec![triggered(), sent()]] {
            let events = [half_an_hour_before_due(), rang].concat();
            let again = given(events.clone()).when(follow(Some(a_day_later()))).state();
            assert_eq!((again.status, again.rings_at()), (ReminderStatus::Scheduled, instant("2026-12-02T07:30:00Z")));
            let earlier = Due::Date { due_date: "2026-11-01".parse().unwrap() };
            given(events).when(follow(Some(earlier))).then_nothing();
        }
    }

    #[test]
    fn given_a_cancelled_one_or_a_wall_time_when_the_due_date_moves_then_nothing() {
        let cancelled = [half_an_hour_before_due(), vec![task_completed()]].concat();
        given(cancelled).when(follow(Some(a_day_later()))).then_nothing();
        given([scheduled()]).when(follow(Some(a_day_later()))).then_nothing();
    }
}
