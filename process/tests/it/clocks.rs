//! A clock that goes back and forward by hours: nothing rings before its time, by the clock as it is then, and nothing twice.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, ReminderEvent, ReminderStatus, Snooze};
use domain::topics;
use kafka_es::{AdjacentlyTagged, EventCodec as _};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use crate::world::*;

const ROUNDS: usize = 100;
const REMINDERS: u128 = 4;

#[derive(Debug, Clone)]
enum Step {
    /// The clock is set.
    Hours(i64),
    /// Somebody puts a reminder off for an hour.
    PutOff(u128),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (-12..16_i64).prop_map(Step::Hours),
        1 => (0..REMINDERS).prop_map(Step::PutOff),
    ];
    proptest::collection::vec(step, 6..14)
}

/// Looks at everything that rang: not before its time, late where it was late, and once for each time it was given. Gives how many were late,
/// and how many in time.
fn look_at_rings(world: &World, said: &str) -> (usize, usize) {
    let (mut rang, mut late) = (BTreeMap::<String, bool>::new(), Vec::new());
    let records = world.twin.records(topics::REMINDERS, 0);
    for envelope in records.iter().flat_map(|record| record.content.as_ref().unwrap()) {
        let rang = rang.entry(envelope.partitionkey.clone()).or_default();
        match AdjacentlyTagged::decode(&envelope.event_type, &envelope.data).unwrap() {
            ReminderEvent::Triggered(ring) => {
                let after = ring.triggered_at - ring.scheduled_for.unwrap();
                assert!(after >= TimeDelta::zero(), "{said}: it rang before its time: {envelope:?}");
                assert_eq!(ring.late, after > TimeDelta::seconds(60), "{said}: {envelope:?}");
                assert!(!std::mem::replace(rang, true), "{said}: it rang twice: {envelope:?}");
                late.push(ring.late);
            }
            ReminderEvent::Sent(_) | ReminderEvent::DeliveryFailed(_) => {}
            // It has another time.
            _ => *rang = false,
        }
    }
    let times = late.len();
    let late = late.into_iter().filter(|late| *late).count();
    (late, times - late)
}

fn act(world: &World, step: &Step) {
    match step {
        Step::Hours(hours) => world.advance(TimeDelta::hours(*hours)),
        Step::PutOff(n) => {
            let snooze = Snooze::from_json(json!({"for": "PT1H"}).as_object().unwrap()).unwrap();
            world.twin.user::<Reminder>(id(101 + n), ReminderCommand::Snooze { snooze, at: world.twin.now() });
        }
    }
}

#[tokio::test]
async fn given_100_rounds_of_a_clock_that_is_set_back_and_forward_then_each_time_rings_once_and_not_before_it_has_come()
{
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[13; 32]));
    let mut world = World::new().await;
    let (mut late, mut in_time) = (0, 0);
    for round in 0..ROUNDS {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let said = format!("round {round}: {steps:?}");
        world = world.anew().await;
        world.create(1, json!({"title": "x", "due_at": "2026-11-30T20:00:00", "time_zone": "UTC"}));
        for n in 0..REMINDERS {
            let time = start() + TimeDelta::hours(1 + 5 * i64::try_from(n).unwrap());
            let wall = time.format("%Y-%m-%dT%H:%M:%S").to_string();
            world.remind(101 + n, id(1), json!({"remind_at": wall, "time_zone": "UTC"}));
        }
        for step in &steps {
            act(&world, step);
            world.settle().await;
        }
        world.advance(TimeDelta::days(30));
        world.settle().await;
        let looked = look_at_rings(&world, &said);
        (late, in_time) = (late + looked.0, in_time + looked.1);
        for n in 0..REMINDERS {
            assert_eq!(world.reminder(id(101 + n)).status, ReminderStatus::Triggered, "{said}: {n}");
        }
    }
    assert!(late > 50 && in_time > 20, "{late} were late, {in_time} in time: this test proves little");
}

#[tokio::test]
async fn given_a_clock_that_is_set_back_and_forward_then_occurrences_are_made_once_and_not_before_their_time() {
    let world = World::new().await;
    let pattern = json!({"rrule": "FREQ=DAILY;COUNT=5", "generate": "when_due", "missed": "keep"});
    world.create(1, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": pattern}));
    // Hours from the beginning, and how many occurrences there are then: what was made is not taken back.
    for (hours, occurrences) in
        [(15, 1), (16, 2), (-30, 2), (15, 2), (39, 2), (40, 3), (-5, 3), (63, 3), (64, 4), (500, 5), (0, 5), (600, 5)]
    {
        world.advance(start() + TimeDelta::hours(hours) - world.clock.now());
        world.settle().await;
        assert_eq!(world.open().len(), occurrences, "after {hours} hours");
    }
    let mut days = world.open_days();
    days.dedup();
    assert_eq!(days.len(), 5, "{days:?}");
}
