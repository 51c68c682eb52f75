//! Reminders that ring again and again until something is done about their task.

use chrono::TimeDelta;
use domain::reminder::ReminderStatus;
use serde_json::json;

use crate::world::*;

/// At four in the afternoon, and three times more.
async fn with_repeating_reminder() -> World {
    let world = World::new().await;
    world.create(1, json!({"title": "x", "due_at": "2026-11-30T18:00:00", "time_zone": "UTC"}));
    let body =
        json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC", "repeat": {"every": "PT10M", "times": 3}});
    world.remind(101, id(1), body);
    world.settle().await;
    world
}

async fn after(world: &World, time: TimeDelta) -> usize {
    world.advance(time);
    world.settle().await;
    world.rings(101).len()
}

#[tokio::test]
async fn given_a_task_about_which_nothing_is_done_then_its_reminder_rings_as_often_as_it_says() {
    let world = with_repeating_reminder().await;
    let hours = TimeDelta::hours(8);
    let minutes = TimeDelta::minutes(10);
    let mut rings = vec![after(&world, hours).await];
    for _ in 0..5 {
        rings.push(after(&world, minutes - TimeDelta::seconds(1)).await);
        rings.push(after(&world, TimeDelta::seconds(1)).await);
    }
    assert_eq!(rings, [1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4]);
    assert_eq!(world.rings(101).iter().map(|ring| ring.ring).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn given_a_task_that_is_done_after_the_first_ring_then_there_is_no_second() {
    for settled in [true, false] {
        let world = with_repeating_reminder().await;
        assert_eq!(after(&world, TimeDelta::hours(8)).await, 1);
        world.complete(id(1));
        if settled {
            world.settle().await;
            assert_eq!(world.reminder(id(101)).status, ReminderStatus::Cancelled);
        }
        world.advance(TimeDelta::minutes(10));
        // The clock's row may know nothing of it yet.
        world.tick_reminders().await;
        world.settle().await;
        assert_eq!(world.rings(101).len(), 1);
    }
}

#[tokio::test]
async fn given_hours_without_the_clock_when_it_is_back_then_all_rings_that_passed_are_one() {
    let world = with_repeating_reminder().await;
    assert_eq!(after(&world, TimeDelta::hours(8) + TimeDelta::minutes(25)).await, 1);
    let ring = world.rings(101).remove(0);
    assert_eq!((ring.ring, ring.late), (3, true));
    assert_eq!(after(&world, TimeDelta::minutes(5)).await, 2);
}

#[tokio::test]
async fn given_a_clock_that_goes_back_when_it_ticks_then_no_ring_comes_twice() {
    let world = with_repeating_reminder().await;
    for hours in [8, -8, 9, -20, 40] {
        after(&world, TimeDelta::hours(hours)).await;
    }
    assert_eq!(world.rings(101).iter().map(|ring| ring.ring).collect::<Vec<_>>(), [1, 4]);
}
