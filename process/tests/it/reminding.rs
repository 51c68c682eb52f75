//! What becomes of reminders when their time comes, and when something happens to their tasks.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderStatus, Snooze};
use domain::topics;
use process::manager::{Timed as _, fire_all};
use process::reminders::Reminders;
use serde_json::json;
use uuid::Uuid;

use crate::mortal::BlockedOn;
use crate::twin::Twin;
use crate::world::*;

/// Eight hours from the beginning.
const AT_FOUR: fn() -> serde_json::Value = || json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"});

async fn with_reminder(body: serde_json::Value) -> World {
    let world = World::new().await;
    world.create(1, json!({"title": "x", "due_at": "2026-11-30T18:00:00", "time_zone": "UTC"}));
    world.remind(101, id(1), body);
    world.settle().await;
    world
}

/// A task that repeats daily, due at six in the evening, with a reminder an hour before. Nobody has read of them yet.
pub(crate) async fn daily_with_reminder() -> World {
    let world = World::new().await;
    let daily = json!({"rrule": "FREQ=DAILY"});
    world.create(
        1,
        json!({"title": "x", "due_at": "2026-11-30T18:00:00", "time_zone": "UTC", "recurrence_pattern": daily}),
    );
    world.remind(101, id(1), json!({"before_due": "PT1H"}));
    world
}

/// The reminders of a task.
pub(crate) fn reminders_of(world: &World, task: Uuid) -> Vec<Reminder> {
    let all = world.twin.all::<Reminder>().into_values().map(|(reminder, _)| reminder);
    all.filter(|reminder| reminder.task_id == task).collect()
}

fn rings(world: &World, n: u128) -> usize {
    world.rings(n).len()
}

#[tokio::test]
async fn given_a_reminder_when_its_time_comes_then_it_rings_once_and_not_before() {
    let world = with_reminder(AT_FOUR()).await;
    world.advance(TimeDelta::hours(8) - TimeDelta::milliseconds(1));
    world.settle().await;
    assert_eq!(rings(&world, 101), 0);
    world.advance(TimeDelta::milliseconds(1));
    world.settle().await;
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
    assert_eq!(world.reminder(id(101)).status, ReminderStatus::Triggered);
}

#[tokio::test]
async fn given_a_reminder_that_was_put_off_a_moment_ago_when_the_clock_finds_the_old_time_then_it_does_not_ring() {
    let world = with_reminder(AT_FOUR()).await;
    world.advance(TimeDelta::hours(8));
    let snooze = Snooze::from_json(json!({"for": "PT1H"}).as_object().unwrap()).unwrap();
    let at = world.twin.now();
    world.twin.user::<Reminder>(id(101), domain::reminder::ReminderCommand::Snooze { snooze, at });
    // The clock's row knows nothing of it yet.
    world.tick_reminders().await;
    assert_eq!(rings(&world, 101), 0);
    world.settle().await;
    world.advance(TimeDelta::hours(1));
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
}

#[tokio::test]
async fn given_a_task_that_is_done_or_gone_when_the_time_comes_then_nothing_rings_even_from_an_old_row() {
    for (gone, settled) in [(false, true), (true, true), (false, false), (true, false)] {
        let world = with_reminder(AT_FOUR()).await;
        if gone {
            world.delete(id(1));
        } else {
            world.complete(id(1));
        }
        if settled {
            world.settle().await;
        }
        world.advance(TimeDelta::hours(9));
        world.tick_reminders().await;
        world.settle().await;
        assert_eq!((rings(&world, 101), world.reminder(id(101)).status), (0, ReminderStatus::Cancelled));
    }
}

#[tokio::test]
async fn given_a_task_that_is_open_again_before_the_time_then_its_reminder_rings() {
    let world = with_reminder(AT_FOUR()).await;
    world.complete(id(1));
    world.settle().await;
    world.update(id(1), json!({"status": "pending"}));
    world.settle().await;
    assert_eq!(world.reminder(id(101)).status, ReminderStatus::Scheduled);
    world.delete(id(1));
    world.settle().await;
    world.restore(id(1));
    world.settle().await;
    world.advance(TimeDelta::hours(8));
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
}

#[tokio::test]
async fn given_a_reminder_before_due_when_the_due_moves_then_it_rings_before_that() {
    let world = with_reminder(json!({"before_due": "PT1H"})).await;
    world.update(id(1), json!({"due_at": "2026-11-30T20:00:00"}));
    world.settle().await;
    world.advance(TimeDelta::hours(10));
    world.settle().await;
    assert_eq!(rings(&world, 101), 0);
    world.advance(TimeDelta::hours(1));
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
}

#[tokio::test]
async fn given_a_reminder_that_is_scheduled_for_a_task_that_is_done_by_then_when_it_is_read_then_it_is_cancelled() {
    let world = World::new().await;
    world.create(1, json!({"title": "x"}));
    world.remind(101, id(1), AT_FOUR());
    world.complete(id(1));
    // All of it is new to the manager.
    world.settle().await;
    assert_eq!(world.reminder(id(101)).status, ReminderStatus::Cancelled);
}

#[tokio::test]
async fn given_a_series_when_the_next_task_comes_then_it_has_the_reminders_before_due() {
    let world = daily_with_reminder().await;
    world.remind(102, id(1), AT_FOUR());
    world.settle().await;
    world.complete(id(1));
    world.settle().await;
    let theirs = reminders_of(&world, world.open()[0].id);
    assert_eq!(theirs.len(), 1);
    assert_eq!(theirs[0].remind_utc, start() + TimeDelta::hours(24 + 9));
}

#[tokio::test]
async fn given_hours_without_the_clock_when_it_is_back_then_what_is_late_rings_once_and_says_so() {
    let world = with_reminder(AT_FOUR()).await;
    world.advance(TimeDelta::hours(30));
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
    assert!(world.rings(101)[0].late);
}

#[tokio::test]
async fn given_a_clock_that_goes_back_and_forward_when_it_ticks_then_each_reminder_rings_once() {
    let world = with_reminder(AT_FOUR()).await;
    for hours in [9, -9, 8, -20, 40] {
        world.advance(TimeDelta::hours(hours));
        world.settle().await;
    }
    assert_eq!(rings(&world, 101), 1);
}

#[tokio::test]
async fn given_several_processes_when_many_reminders_are_due_at_once_then_each_rings_once() {
    const MANY: u128 = 2_500;
    let world = World::new().await;
    world.create(1, json!({"title": "x"}));
    for n in 0..MANY {
        world.remind(1_000 + n, id(1), AT_FOUR());
    }
    world.settle().await;
    world.advance(TimeDelta::hours(8));
    let clock = |twin: Twin| {
        let (pool, clock) = (world.pool.clone(), world.clock.clone());
        tokio::spawn(async move {
            let reminders = Reminders::new(Arc::new(twin), pool, clock.clone());
            fire_all(&reminders, &clock).await.unwrap()
        })
    };
    let all: Vec<_> = (0..4).map(|_| clock(world.twin.clone())).collect();
    let mut fired = 0;
    for clock in all {
        fired += clock.await.unwrap();
    }
    // None takes a row that another is busy with.
    assert_eq!(fired as u128, MANY);
    let records = world.twin.records(topics::REMINDERS, 0);
    let events = records.iter().flat_map(|record| record.content.as_ref().unwrap());
    assert_eq!(events.filter(|event| event.event_type.ends_with(".triggered.v1")).count() as u128, MANY);
    let rest = Reminders::new(Arc::new(world.twin.clone()), world.pool.clone(), world.clock.clone());
    assert_eq!(rest.earliest().await.unwrap(), None);
}

#[tokio::test]
async fn given_a_due_that_has_moved_a_moment_ago_when_the_clock_finds_the_old_time_then_it_rings_before_the_new_one_only()
 {
    let world = with_reminder(json!({"before_due": "PT1H"})).await;
    world.advance(TimeDelta::hours(9));
    world.update(id(1), json!({"due_at": "2026-12-01T18:00:00"}));
    // The clock's row knows nothing of it yet.
    world.tick_reminders().await;
    assert_eq!(rings(&world, 101), 0);
    world.settle().await;
    world.advance(TimeDelta::hours(24));
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
}

#[tokio::test]
async fn given_a_completion_that_is_taken_back_at_once_then_the_reminder_rings() {
    let world = with_reminder(AT_FOUR()).await;
    world.complete(id(1));
    world.update(id(1), json!({"status": "pending"}));
    world.settle().await;
    assert_eq!(world.reminder(id(101)).status, ReminderStatus::Scheduled);
}

#[tokio::test]
async fn given_a_reminder_that_rang_when_its_occurrence_is_skipped_then_it_rings_for_the_next_one() {
    let world = daily_with_reminder().await;
    world.settle().await;
    world.advance(TimeDelta::hours(9));
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
    world.skip(id(1));
    world.settle().await;
    assert_eq!(world.reminder(id(101)).rings_at(), start() + TimeDelta::hours(24 + 9));
    world.advance(TimeDelta::hours(24));
    world.settle().await;
    assert_eq!(rings(&world, 101), 2);
}

#[tokio::test]
async fn given_a_reminder_that_rang_when_the_due_moves_then_it_rings_before_that_too() {
    let world = with_reminder(json!({"before_due": "PT1H"})).await;
    world.advance(TimeDelta::hours(9));
    world.settle().await;
    world.update(id(1), json!({"due_at": "2026-12-01T18:00:00"}));
    world.settle().await;
    assert_eq!(world.reminder(id(101)).rings_at(), start() + TimeDelta::hours(24 + 9));
    world.advance(TimeDelta::hours(24));
    world.settle().await;
    assert_eq!(rings(&world, 101), 2);
}

#[tokio::test]
async fn given_a_due_that_was_away_when_the_time_came_when_it_is_back_then_the_reminder_rings() {
    let world = with_reminder(json!({"before_due": "PT1H"})).await;
    world.update(id(1), json!({"due_at": null, "time_zone": null}));
    world.settle().await;
    world.advance(TimeDelta::hours(9) + TimeDelta::minutes(10));
    world.settle().await;
    assert_eq!(rings(&world, 101), 0);
    world.update(id(1), json!({"due_at": "2026-11-30T18:00:00", "time_zone": "UTC"}));
    world.settle().await;
    assert_eq!(rings(&world, 101), 1);
}

#[tokio::test]
async fn given_a_stream_that_nobody_can_read_when_the_time_comes_then_all_the_others_ring() {
    let world = with_reminder(AT_FOUR()).await;
    world.create(2, json!({"title": "y"}));
    world.remind(102, id(2), AT_FOUR());
    world.settle().await;
    world.advance(TimeDelta::hours(8));
    let blocked = Arc::new(BlockedOn { inner: world.twin.clone(), task: id(2) });
    fire_all(&Reminders::new(blocked, world.pool.clone(), world.clock.clone()), &world.clock).await.unwrap();
    assert_eq!((rings(&world, 101), rings(&world, 102)), (1, 0));
    // Somebody has seen to it.
    world.advance(TimeDelta::hours(1));
    world.settle().await;
    assert_eq!(rings(&world, 102), 1);
}
