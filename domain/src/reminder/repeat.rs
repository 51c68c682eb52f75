//! A reminder that rings again and again until something is done about its task.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Violation;
use crate::limits::REPEAT_TIMES_MAX;
use crate::read::{self, Field, Reader};
use crate::time::{self, IsoDuration};

/// How a reminder rings again after it has rung, as `DURATION` and `REPEAT` of an iCalendar alarm do (RFC 5545 section 3.6.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Repeat {
    /// How long after each ring the next one comes; ISO 8601.
    #[schemars(with = "String", extend("examples" = ["PT10M"]))]
    #[schema(value_type = String, example = "PT10M")]
    pub every: IsoDuration,
    /// How many rings come after the first.
    #[schema(minimum = 1, maximum = 100, example = 3)]
    pub times: u32,
}

impl Repeat {
    /// When the last ring comes, counted from the time of the first.
    #[must_use]
    pub fn last(&self, first: DateTime<Utc>) -> DateTime<Utc> {
        self.after(first, self.times).unwrap_or(first)
    }

    /// When the ring after `rings` others comes, counted from the time of the first; `None` where that was the last.
    pub(super) fn after(&self, first: DateTime<Utc>, rings: u32) -> Option<DateTime<Utc>> {
        let wait = TimeDelta::seconds(self.every.seconds().checked_mul(i64::from(rings))?);
        (rings <= self.times).then(|| first + wait)
    }

    /// How many rings have had their time by `at`, the first one too.
    pub(super) fn passed(&self, first: DateTime<Utc>, at: DateTime<Utc>) -> u32 {
        let later = (at - first).num_seconds().max(0) / self.every.seconds().max(1);
        u32::try_from(later).unwrap_or(u32::MAX).min(self.times).saturating_add(1)
    }
}

/// What a merge patch says inside `repeat`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RepeatPatch {
    every: Option<IsoDuration>,
    times: Option<u32>,
}

impl RepeatPatch {
    /// Reads `repeat` from the object of a reminder.
    pub(super) fn read(reader: &mut Reader<'_>) -> Field<Self> {
        match reader.raw("repeat") {
            None => Field::Absent,
            Some(Value::Null) => Field::Null,
            Some(Value::Object(object)) => {
                let mut inner = reader.inside(object, "repeat.");
                let patch =
                    Self { every: inner.take_not_null("every", every), times: inner.take_not_null("times", times) };
                if let Err(violations) = inner.finish("repeat", &[]) {
                    reader.merge(violations);
                }
                Field::Set(patch)
            }
            Some(other) => {
                let detail = format!(
                    "must be an object such as {{\"every\":\"PT10M\",\"times\":3}}, or null, not {}",
                    read::type_of(other)
                );
                reader.violation("repeat", detail);
                Field::Absent
            }
        }
    }

    /// The repetition after the patch, field by field as RFC 7396 says.
    ///
    /// # Errors
    /// One of the two, neither given nor there already.
    pub(super) fn apply(&self, current: Option<&Repeat>) -> Result<Repeat, Violation> {
        let needed = |field: &str, detail: &str| Violation { field: field.to_owned(), detail: detail.to_owned() };
        let every = self.every.clone().or_else(|| current.map(|old| old.every.clone()));
        let times = self.times.or(current.map(|old| old.times));
        Ok(Repeat {
            every: every.ok_or_else(|| needed("repeat.every", "is needed, such as \"PT10M\""))?,
            times: times.ok_or_else(|| needed("repeat.times", "is needed: how many rings come after the first"))?,
        })
    }
}

fn every(value: &Value) -> Result<IsoDuration, String> {
    let every = time::duration(value)?;
    if every.seconds() == 0 { Err("must be longer than nothing".to_owned()) } else { Ok(every) }
}

fn times(value: &Value) -> Result<u32, String> {
    let times = value.as_u64().and_then(|times| u32::try_from(times).ok());
    times
        .filter(|times| (1..=REPEAT_TIMES_MAX).contains(times))
        .ok_or_else(|| format!("must be a whole number from 1 to {REPEAT_TIMES_MAX}"))
}

#[cfg(test)]
mod tests {
    use super::super::ReminderCommand::{Cancel, MarkSent, Trigger};
    use super::super::given::*;
    use super::super::{CancelReason, NewReminder, Reminder, ReminderEvent, ReminderStatus};
    use crate::Violations;
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;
    use serde_json::json;

    /// At 08:30 in Berlin, and three times more.
    fn repeating() -> ReminderEvent {
        let body =
            json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin","repeat":{"every":"PT10M","times":3}});
        given([]).when(schedule(body, None)).events.remove(0)
    }

    fn minutes(minutes: i64) -> DateTime<Utc> {
        instant("2026-12-01T07:30:00Z") + TimeDelta::minutes(minutes)
    }

    fn next_ring(events: &[ReminderEvent]) -> Option<DateTime<Utc>> {
        given(events.iter().cloned()).reminder().next_ring()
    }

    #[test]
    fn given_a_repeating_reminder_when_each_time_comes_then_it_rings_once_more_and_then_no_more() {
        let mut events = vec![repeating()];
        for ring in 0..4 {
            assert_eq!(next_ring(&events), Some(minutes(10 * ring)));
            given(events.clone()).when(ring_at(minutes(10 * ring) - TimeDelta::seconds(1))).then_nothing();
            events = given(events).when(ring_at(minutes(10 * ring))).events;
            let Some(ReminderEvent::Triggered(event)) = events.last() else { panic!("{events:?}") };
            assert_eq!((event.ring, event.scheduled_for), (ring as u32 + 1, Some(minutes(10 * ring))));
            given(events.clone()).when(ring_at(minutes(10 * ring))).then_nothing();
            // Delivered or not, the next one comes.
            if ring % 2 == 0 {
                events = given(events).when(MarkSent { at: minutes(10 * ring) }).events;
            }
        }
        assert_eq!(next_ring(&events), None);
        given(events).when(ring_at(minutes(1_000))).then_nothing();
    }

    #[test]
    fn given_rings_that_nobody_noticed_when_triggered_then_they_are_one_ring() {
        let rang = given([repeating()]).when(ring_at(minutes(25)));
        let Ok(Some(ReminderEvent::Triggered(event))) = &rang.outcome else { panic!("{:?}", rang.outcome) };
        assert_eq!((event.ring, event.scheduled_for, event.late), (3, Some(minutes(0)), true));
        assert_eq!(next_ring(&rang.events), Some(minutes(30)));
    }

    #[test]
    fn given_a_repeating_reminder_when_its_task_is_done_then_the_rest_does_not_ring() {
        let rang = given([repeating()]).when(ring_at(minutes(0))).events;
        let done = given(rang).when(Cancel { reason: CancelReason::TaskCompleted, at: minutes(5) });
        assert_eq!(done.clone().state().status, ReminderStatus::Cancelled);
        given(done.events).when(ring_at(minutes(10))).then_nothing();
    }

    #[test]
    fn given_a_reminder_that_has_rung_for_the_last_time_when_its_task_is_done_then_nothing() {
        let rang = given([repeating()]).when(ring_at(minutes(40))).events;
        given(rang).when(Cancel { reason: CancelReason::TaskCompleted, at: minutes(45) }).then_nothing();
    }

    #[test]
    fn given_a_reminder_that_rang_when_put_off_then_it_repeats_from_there() {
        let rang = given([repeating()]).when(ring_at(minutes(0))).events;
        let until = json!({"until":"2026-12-01T09:00:00","time_zone":"UTC"});
        let put_off = given(rang).when(snooze(until)).events;
        assert_eq!(next_ring(&put_off), Some(minutes(90)));
        let again = given(put_off).when(ring_at(minutes(90))).events;
        assert_eq!(next_ring(&again), Some(minutes(100)));
    }

    #[test]
    fn given_a_reminder_that_rang_when_it_shall_not_repeat_then_it_stays_as_it_is_and_rings_no_more() {
        let rang = given([repeating()]).when(ring_at(minutes(0))).events;
        let quiet = given(rang.clone()).when(reschedule(json!({"repeat":null}), None));
        assert_eq!(quiet.clone().state().status, ReminderStatus::Triggered);
        assert_eq!(next_ring(&quiet.events), None);
        let fewer = given(rang).when(reschedule(json!({"repeat":{"every":"PT1H"}}), None)).events;
        assert_eq!(next_ring(&fewer), Some(minutes(60)));
    }

    #[test]
    fn given_a_patch_of_another_time_when_rescheduled_then_it_repeats_as_before() {
        let moved = given([repeating()]).when(reschedule(json!({"remind_at":"2026-12-01T09:30:00"}), None)).state();
        assert_eq!(moved.repeat, given([repeating()]).reminder().repeat);
        assert_eq!(moved.next_ring(), Some(minutes(60)));
    }

    #[test]
    fn given_bad_bodies_when_read_then_each_names_its_field() {
        for (repeat, field) in [
            (json!("daily"), "repeat"),
            (json!({"every":"PT10M"}), "repeat.times"),
            (json!({"times":3}), "repeat.every"),
            (json!({"every":"PT0S","times":3}), "repeat.every"),
            (json!({"every":"10m","times":3}), "repeat.every"),
            (json!({"every":"PT10M","times":0}), "repeat.times"),
            (json!({"every":"PT10M","times":101}), "repeat.times"),
            (json!({"every":"PT10M","times":1.5}), "repeat.times"),
            (json!({"every":"PT10M","times":3,"until":"noon"}), "repeat.until"),
        ] {
            let body = json!({"remind_at":"2026-12-01T08:30:00","time_zone":"UTC","repeat":repeat});
            let Err(Violations(violations)) = NewReminder::from_json(body.as_object().unwrap()) else {
                panic!("{body}")
            };
            let named: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
            assert_eq!(named, [field], "{body}");
        }
    }

    proptest! {
        /// However often and whenever the clock looks: never more rings than there are, each later than the one before, and after the
        /// last look nothing is left that has had its time.
        #[test]
        fn given_looks_of_a_clock_at_any_times_when_it_rings_then_at_most_so_often_and_nothing_is_left(
            every in 1_i64..5_000,
            times in 1_u32..20,
            mut looks in proptest::collection::vec(0_i64..100_000, 1..40),
        ) {
            looks.sort_unstable();
            let body = json!({"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin",
                "repeat":{"every":format!("PT{every}S"),"times":times}});
            let mut reminder: Reminder = given(given([]).when(schedule(body, None)).events).reminder();
            let mut rings = Vec::new();
            for look in looks {
                let at = minutes(0) + TimeDelta::seconds(look);
                let event = super::super::decide(&reminder, &ring_at(at)).unwrap();
                if let Some(ReminderEvent::Triggered(triggered)) = &event {
                    rings.push(triggered.ring);
                }
                event.iter().for_each(|event| super::super::evolve(&mut reminder, event));
                prop_assert!(reminder.next_ring().is_none_or(|next| next > at));
            }
            prop_assert!(rings.is_sorted_by(|one, next| one < next), "{rings:?}");
            prop_assert!(rings.iter().all(|ring| *ring <= times + 1), "{rings:?}");
        }
    }

    fn ring_at(at: DateTime<Utc>) -> super::super::ReminderCommand {
        Trigger { at, told: super::super::Told::Alone }
    }
}
