//! Many reminders that are late at the same time: each rings, and people are told once.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::reminder::ReminderTriggered;
use domain::tenant;
use serde_json::json;
use uuid::Uuid;

use crate::crashes::Shared;
use crate::faults::{Fault, commands};
use crate::mortal::{Fuse, Mortal};
use crate::world::*;

async fn with_reminders(count: u128) -> World {
    let world = World::new().await;
    begin(&world, count).await;
    world
}

/// So many reminders of one task, from 1000 on, a minute apart.
pub(crate) async fn begin(world: &World, count: u128) {
    world.create(1, json!({"title": "x"}));
    for n in 0..count {
        let at = format!("2026-11-30T16:{n:02}:00");
        world.remind(1_000 + n, id(1), json!({"remind_at": at, "time_zone": "UTC"}));
    }
    world.settle().await;
}

/// The ring of each, which is the only one.
fn rings(world: &World, count: u128) -> Vec<(Uuid, ReminderTriggered)> {
    let one = |n: u128| {
        let mut rings = world.rings(1_000 + n);
        assert_eq!(rings.len(), 1, "reminder {n}");
        (id(1_000 + n), rings.remove(0))
    };
    (0..count).map(one).collect()
}

fn told_alone(rings: &[(Uuid, ReminderTriggered)]) -> usize {
    rings.iter().filter(|(_, ring)| ring.told_by.is_none()).count()
}

#[tokio::test]
async fn given_a_few_late_reminders_when_the_clock_is_back_then_people_are_told_of_each() {
    let world = with_reminders(10).await;
    world.advance(TimeDelta::hours(30));
    world.settle().await;
    assert_eq!(told_alone(&rings(&world, 10)), 10);
}

#[tokio::test]
async fn given_many_late_reminders_when_the_clock_is_back_then_the_latest_tells_of_all() {
    let world = with_reminders(12).await;
    world.advance(TimeDelta::hours(30));
    world.settle().await;
    let rings = rings(&world, 12);
    assert_eq!(told_alone(&rings), 1);
    let (latest, ring) = &rings[11];
    assert_eq!(ring.tells_of, rings[..11].iter().map(|(id, _)| *id).collect::<Vec<_>>());
    assert!(rings[..11].iter().all(|(_, ring)| ring.told_by == Some(*latest) && ring.late));
}

#[tokio::test]
async fn given_many_reminders_in_time_when_they_ring_together_then_people_are_told_of_each() {
    let world = World::new().await;
    world.create(1, json!({"title": "x"}));
    for n in 0..40 {
        world.remind(1_000 + n, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
    }
    world.settle().await;
    world.advance(TimeDelta::hours(8));
    world.settle().await;
    assert_eq!(told_alone(&rings(&world, 40)), 40);
}

/// How many are to be told of by one that tells nothing of them.
fn untold(world: &World) -> usize {
    let all = world.all_rings();
    let tells_of = |by: Uuid, id: &Uuid| {
        let rings = all.get(&tenant::stream_id(tenant::DEFAULT, by)).into_iter().flatten();
        rings.flat_map(|ring| &ring.tells_of).any(|told| told == id)
    };
    let is_untold = |(stream, ring): (&String, &ReminderTriggered)| {
        let (_, id) = tenant::parse_stream_id(stream).unwrap();
        ring.told_by.is_some_and(|by| !tells_of(by, &id))
    };
    all.iter()
        .flat_map(|(stream, rings)| rings.iter().map(move |ring| (stream, ring)))
        .filter(|it| is_untold(*it))
        .count()
}

#[tokio::test]
async fn given_a_process_that_dies_after_any_one_step_then_each_rings_once_and_is_told_of_and_where_the_one_that_tells_rings_last_some_are_not()
 {
    const MANY: u128 = 13;
    let mut world = World::new().await;
    for fault in [None, Some(Fault::TellersRingLater)] {
        let mut lost = 0;
        for life in 0.. {
            begin(&world, MANY).await;
            world.advance(TimeDelta::hours(30));
            let fuse = Fuse::after(life);
            let mortal = Arc::new(Mortal { inner: Shared(commands(&world.twin, fault)), fuse: fuse.clone() });
            let died = world.process(mortal, &fuse).await.is_err();
            world.leases_run_out().await;
            world.settle().await;
            if fault.is_none() {
                let alone = told_alone(&rings(&world, MANY));
                assert!(alone < 13, "died after {life} steps: nothing was told together");
            }
            lost += untold(&world);
            world = world.anew().await;
            if !died {
                assert!(life > 10, "there is hardly a step to die at");
                break;
            }
        }
        assert_eq!(lost > 0, fault.is_some(), "{lost} are not told of");
    }
}
