//! A reminder rings and is sent. Each step happens once: asked again, nothing changes.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Reminder, ReminderDeliveryFailed, ReminderEvent, ReminderSent, ReminderStatus, ReminderTriggered, Told};

/// A reminder that rings so much after its time is told to be late: whoever reads it may have to act otherwise.
const LATE_AFTER: TimeDelta = TimeDelta::seconds(60);

/// Whether a reminder that was to ring at `scheduled_for` is late at `at`.
#[must_use]
pub fn is_late(scheduled_for: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    at - scheduled_for > LATE_AFTER
}

/// Not before its time: whoever says that it has come may not know yet that it was put off. Where it repeats, all rings that have had
/// their time are this one.
pub(super) fn trigger(reminder: &Reminder, at: DateTime<Utc>, told: &Told) -> Option<ReminderEvent> {
    let scheduled_for = reminder.next_ring().filter(|ring| *ring <= at)?;
    let ring = reminder.repeat.as_ref().map_or(1, |repeat| repeat.passed(reminder.rings_at(), at));
    let late = is_late(scheduled_for, at);
    let (told_by, tells_of) = match told {
        Told::By(other) if late => (Some(*other), Vec::new()),
        Told::For(others) if late => (None, others.clone()),
        Told::Alone | Told::By(_) | Told::For(_) => (None, Vec::new()),
    };
    let scheduled_for = Some(scheduled_for);
    Some(ReminderEvent::Triggered(ReminderTriggered { triggered_at: at, scheduled_for, late, ring, told_by, tells_of }))
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
    use super::super::ReminderCommand::{MarkFailed, MarkSent};
    use super::super::ReminderStatus;
    use super::super::given::*;
    use super::super::{ReminderCommand, ReminderEvent, ReminderTriggered, Told};
    use chrono::{DateTime, Utc};
    use serde_json::json;

    fn trigger(at: DateTime<Utc>) -> ReminderCommand {
        ReminderCommand::Trigger { at, told: Told::Alone }
    }

    #[test]
    fn given_one_of_many_when_triggered_then_only_a_late_one_is_told_along_with_others() {
        let (at, other) = (instant("2026-12-01T07:30:00Z"), uuid::Uuid::from_u128(7));
        for told in [Told::By(other), Told::For(vec![other])] {
            let rings =
                |at| match given([scheduled()]).when(ReminderCommand::Trigger { at, told: told.clone() }).outcome {
                    Ok(Some(ReminderEvent::Triggered(event))) => (event.told_by, event.tells_of),
                    other => panic!("{other:?}"),
                };
            assert_eq!(rings(at), (None, Vec::new()));
            let by_itself = matches!(told, Told::For(_));
            let expected = if by_itself { (None, vec![other]) } else { (Some(other), Vec::new()) };
            assert_eq!(rings(at + chrono::TimeDelta::hours(1)), expected);
        }
    }

    #[test]
    fn given_a_scheduled_reminder_when_triggered_twice_then_it_rings_once() {
        let at = instant("2026-12-01T07:30:00Z");
        let rang = given([scheduled()]).when(trigger(at));
        let event = ReminderTriggered { triggered_at: at, scheduled_for: Some(at), ..rang_once(at) };
        rang.then(&ReminderEvent::Triggered(event));
        given(rang.events).when(trigger(at)).then_nothing();
    }

    #[test]
    fn given_a_reminder_that_was_put_off_when_triggered_before_its_time_then_it_does_not_ring() {
        let almost = instant("2026-12-01T07:29:59Z");
        given([scheduled()]).when(trigger(almost)).then_nothing();
        let put_off = given([scheduled()]).when(snooze(json!({"until":"2026-12-01T09:00:00","time_zone":"UTC"})));
        given(put_off.events).when(trigger(instant("2026-12-01T08:59:59Z"))).then_nothing();
    }

    #[test]
    fn given_a_reminder_when_triggered_long_after_its_time_then_it_is_late() {
        for (at, late) in [("2026-12-01T07:31:00Z", false), ("2026-12-01T07:31:01Z", true)] {
            let Ok(Some(ReminderEvent::Triggered(event))) = given([scheduled()]).when(trigger(instant(at))).outcome
            else {
                panic!("it does not ring at {at}")
            };
            assert_eq!((event.late, event.scheduled_for), (late, Some(instant("2026-12-01T07:30:00Z"))), "{at}");
        }
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
        given([scheduled(), task_completed()]).when(trigger(instant("2026-12-02T00:00:00Z"))).then_nothing();
    }
}
