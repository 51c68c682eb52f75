//! A reminder rings and is sent. Each step happens once: asked again, nothing changes.

use chrono::{DateTime, Utc};

use super::{Reminder, ReminderDeliveryFailed, ReminderEvent, ReminderSent, ReminderStatus, ReminderTriggered};

pub(super) fn trigger(reminder: &Reminder, at: DateTime<Utc>) -> Option<ReminderEvent> {
    (reminder.status == ReminderStatus::Scheduled)
        .then_some(ReminderEvent::Triggered(ReminderTriggered { triggered_at: at }))
}

pub(super) fn sent(reminder: &Reminder, at: DateTime<Utc>) -> Option<ReminderEvent> {
    (reminder.status == ReminderStatus::Triggered).then_some(ReminderEvent::Sent(ReminderSent { sent_at: at }))
}

pub(super) fn failed(reminder: &Reminder, detail: &str, at: DateTime<Utc>) -> Option<ReminderEvent> {
    (reminder.status == ReminderStatus::Triggered)
        .then(|| ReminderEvent::DeliveryFailed(ReminderDeliveryFailed { failed_at: at, detail: detail.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::super::ReminderCommand::{MarkFailed, MarkSent, Trigger};
    use super::super::ReminderStatus;
    use super::super::given::*;

    #[test]
    fn given_a_scheduled_reminder_when_triggered_twice_then_it_rings_once() {
        let rang = given([scheduled()]).when(Trigger { at: now() });
        rang.then(&triggered());
        given(rang.events).when(Trigger { at: now() }).then_nothing();
    }

    #[test]
    fn given_a_triggered_reminder_when_sent_then_sent_and_no_second_outcome() {
        let done = given([scheduled(), triggered()]).when(MarkSent { at: now() });
        done.then(&sent());
        given(done.events).when(MarkFailed { detail: "late".to_owned(), at: now() }).then_nothing();
    }

    #[test]
    fn given_a_triggered_reminder_when_it_fails_then_failed_with_the_reason() {
        let failed = given([scheduled(), triggered()]).when(MarkFailed { detail: "no route".to_owned(), at: now() });
        assert_eq!(failed.state().status, ReminderStatus::Failed);
    }

    #[test]
    fn given_a_reminder_that_has_not_rung_when_sent_then_nothing() {
        given([scheduled()]).when(MarkSent { at: now() }).then_nothing();
        given([scheduled(), task_completed()]).when(Trigger { at: now() }).then_nothing();
    }
}
