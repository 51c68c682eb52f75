//! A reminder is not to ring: its owner deleted it, or its task is done or gone.

use chrono::{DateTime, Utc};

use super::{CancelReason, Reminder, ReminderCancelled, ReminderEvent};

pub(super) fn decide(reminder: &Reminder, reason: CancelReason, at: DateTime<Utc>) -> Option<ReminderEvent> {
    let still_to_ring = reminder.next_ring().is_some();
    (still_to_ring || reason == CancelReason::Deleted)
        .then_some(ReminderEvent::Cancelled(ReminderCancelled { cancelled_at: at, reason }))
}

#[cfg(test)]
mod tests {
    use super::super::ReminderCommand::Cancel;
    use super::super::given::*;
    use super::super::{ReminderRejection, ReminderStatus};
    use super::*;

    #[test]
    fn given_any_reminder_when_deleted_then_it_is_gone() {
        for events in [vec![scheduled()], vec![scheduled(), triggered(), sent()], vec![scheduled(), task_completed()]] {
            let gone = given(events).when(Cancel { reason: CancelReason::Deleted, at: now() });
            assert!(!gone.clone().state().exists());
            given(gone.events)
                .when(Cancel { reason: CancelReason::Deleted, at: now() })
                .then_rejected(ReminderRejection::NotFound);
        }
    }

    #[test]
    fn given_a_scheduled_reminder_when_its_task_is_completed_then_cancelled_and_still_shown() {
        let cancelled = given([scheduled()]).when(Cancel { reason: CancelReason::TaskCompleted, at: now() }).state();
        assert_eq!(cancelled.status, ReminderStatus::Cancelled);
        assert!(cancelled.exists());
    }

    #[test]
    fn given_a_reminder_that_rang_when_its_task_is_completed_then_nothing() {
        given([scheduled(), triggered(), sent()])
            .when(Cancel { reason: CancelReason::TaskCompleted, at: now() })
            .then_nothing();
    }
}
