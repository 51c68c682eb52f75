//! A clock takes its rows and locks none: others leave them alone while it is at work, and what the log tells of them is written all the
//! same. Without that, whoever reads the log waits, or rows are taken twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use process::commands::Commands;
use process::manager::{Timed as _, fire_all};
use process::recurrence::Recurrence;
use serde_json::json;

use crate::faults::{Broken, Fault, HeldUp};
use crate::managers::{put_off, reminders, with_reminders};
use crate::mortal::{BlockedOn, Fuse, Mortal};
use crate::world::*;

/// The fault: rows that a clock has taken are free all the same.
pub(crate) const NO_LEASE: &str = "
    CREATE FUNCTION no_lease() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.taken_until := NULL;
        RETURN NEW;
    END $$;
    CREATE TRIGGER no_lease BEFORE UPDATE ON tasklog_process.reminders FOR EACH ROW EXECUTE FUNCTION no_lease()";

/// The same fault of the rows of series.
const NO_LEASE_OF_SERIES: &str = "
    CREATE FUNCTION no_lease_of_series() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.taken_until := NULL;
        RETURN NEW;
    END $$;
    CREATE TRIGGER no_lease_of_series BEFORE UPDATE ON tasklog_process.series
        FOR EACH ROW EXECUTE FUNCTION no_lease_of_series()";

#[tokio::test]
async fn given_a_clock_that_is_held_up_then_another_takes_what_is_left_and_without_the_lease_all_and_nothing_rings_twice()
 {
    const MANY: usize = 1_100;
    for leased in [true, false] {
        let world = with_reminders(MANY as u128).await;
        if !leased {
            sqlx::raw_sql(NO_LEASE).execute(&world.pool).await.unwrap();
        }
        world.advance(TimeDelta::hours(8));
        let held = Arc::new(HeldUp::new(world.twin.clone()));
        let (slow, clock) = (reminders(&world, held.clone()), world.clock.clone());
        let slow = tokio::spawn(async move { slow.fire(clock.now()).await.unwrap().rows });
        held.holds(1).await;
        let other = reminders(&world, Arc::new(world.twin.clone()));
        let taken = fire_all(&*other, &world.clock).await.unwrap();
        held.let_all_go();
        let held_up = slow.await.unwrap();
        assert!(held_up > 0 && taken > 0, "one waits for the other: {held_up}, {taken}");
        assert_eq!(held_up + taken == MANY, leased, "{held_up} and {taken}");
        let rings: Vec<usize> = world.all_rings().values().map(Vec::len).collect();
        assert_eq!(rings, vec![1; MANY]);
        assert_eq!(other.earliest().await.unwrap(), None);
    }
}

#[tokio::test]
async fn given_a_clock_of_series_that_is_held_up_then_another_takes_what_is_left_and_without_the_lease_the_same_and_each_is_followed_once()
 {
    // More than one round takes.
    const MANY: usize = 540;
    for leased in [true, false] {
        let world = World::new().await;
        let pattern = json!({"rrule": "FREQ=DAILY", "generate": "when_due"});
        for n in 1..=MANY as u128 {
            world.create(n, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": pattern}));
        }
        world.settle().await;
        if !leased {
            sqlx::raw_sql(NO_LEASE_OF_SERIES).execute(&world.pool).await.unwrap();
        }
        world.advance(TimeDelta::hours(20));
        let held = Arc::new(HeldUp::new(world.twin.clone()));
        let slow = Recurrence::new(held.clone(), world.pool.clone(), world.clock.clone());
        let clock = world.clock.clone();
        let slow = tokio::spawn(async move { slow.fire(clock.now()).await.unwrap().rows });
        held.holds(1).await;
        let other = Recurrence::new(Arc::new(world.twin.clone()), world.pool.clone(), world.clock.clone());
        let taken = fire_all(&other, &world.clock).await.unwrap();
        held.let_all_go();
        let held_up = slow.await.unwrap();
        assert!(held_up > 0 && taken > 0, "one waits for the other: {held_up}, {taken}");
        assert_eq!(held_up + taken == MANY, leased, "{held_up} and {taken}");
        world.settle().await;
        let mut series = BTreeMap::<_, usize>::new();
        for task in world.tasks().into_values() {
            *series.entry(task.series_id).or_default() += 1;
        }
        assert_eq!(series.into_values().collect::<Vec<_>>(), vec![2; MANY]);
    }
}

#[tokio::test]
async fn given_a_clock_that_fails_then_its_rows_are_free_at_once_and_those_of_one_that_died_when_their_lease_ends() {
    for died in [false, true] {
        let world = with_reminders(3).await;
        world.advance(TimeDelta::hours(8));
        let blocked = BlockedOn { inner: world.twin.clone(), task: id(1) };
        let failing = Arc::new(Broken { inner: blocked, fault: Fault::BlockedIsAnyFailure });
        let fuse = Fuse::after(0);
        let dying = Arc::new(Mortal { inner: world.twin.clone(), fuse: fuse.clone() });
        let commands: Arc<dyn Commands> = if died { dying } else { failing };
        let clock = reminders(&world, commands);
        assert!(fuse.burns_at(fire_all(&*clock, &world.clock)).await.is_err());
        world.tick_reminders().await;
        assert_eq!(world.rings(101).len(), usize::from(!died));
        world.leases_run_out().await;
        world.tick_reminders().await;
        assert!((101..104).all(|n| world.rings(n).len() == 1));
    }
}

#[tokio::test]
async fn given_a_clock_that_is_held_up_when_its_rows_change_then_they_are_written_meanwhile_and_stay_as_they_are() {
    let world = with_reminders(2).await;
    world.advance(TimeDelta::hours(8));
    let held = Arc::new(HeldUp::new(world.twin.clone()));
    let (slow, clock) = (reminders(&world, held.clone()), world.clock.clone());
    let slow = tokio::spawn(async move { fire_all(&*slow, &clock).await });
    held.holds(2).await;
    put_off(&world, 101);
    // The lane goes on, though the clock has the row.
    world.settle().await;
    held.let_all_go();
    slow.await.unwrap().unwrap();
    world.settle().await;
    assert_eq!((world.rings(101).len(), world.rings(102).len()), (0, 1));
    world.advance(TimeDelta::hours(1));
    world.settle().await;
    assert_eq!((world.rings(101).len(), world.rings(102).len()), (1, 1));
}

#[tokio::test]
async fn given_rows_that_are_locked_rather_than_taken_then_whoever_writes_what_the_log_tells_waits_for_them() {
    let world = Arc::new(with_reminders(2).await);
    let mut clock = platform::postgres::begin(&world.pool).await.unwrap();
    sqlx::query("SELECT 1 FROM tasklog_process.reminders FOR UPDATE").execute(&mut *clock).await.unwrap();
    put_off(&world, 101);
    let lane = tokio::spawn({
        let world = world.clone();
        async move { world.settle().await }
    });
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid IN
                     (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&world.pool).await.unwrap() {
        assert!(!lane.is_finished(), "the rows were written though they are locked: this test proves nothing");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    clock.rollback().await.unwrap();
    lane.await.unwrap();
}

#[tokio::test]
async fn given_a_clock_that_is_held_up_when_its_series_changes_then_that_is_written_meanwhile_and_it_is_followed_once()
{
    let world = World::new().await;
    let pattern = json!({"rrule": "FREQ=DAILY", "generate": "when_due", "missed": "collapse"});
    world.create(1, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": pattern}));
    world.settle().await;
    world.advance(TimeDelta::hours(20));
    let held = Arc::new(HeldUp::new(world.twin.clone()));
    let (slow, clock) = (Recurrence::new(held.clone(), world.pool.clone(), world.clock.clone()), world.clock.clone());
    let slow = tokio::spawn(async move { fire_all(&slow, &clock).await });
    held.holds(1).await;
    world.update(id(1), json!({"title": "y"}));
    world.settle().await;
    held.let_all_go();
    slow.await.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.open_days(), ["2026-12-01", "2026-12-02"]);
    let version: i64 = sqlx::query_scalar("SELECT version FROM tasklog_process.series WHERE task_id = $1")
        .bind(id(1))
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(version, 2, "the row went back");
}

#[tokio::test]
async fn given_a_clock_that_is_slower_than_its_lease_when_another_makes_the_same_later_then_it_is_the_same_occurrence()
{
    let world = World::new().await;
    let pattern = json!({"rrule": "FREQ=DAILY", "generate": "when_due", "missed": "collapse"});
    world.create(1, json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": pattern}));
    world.settle().await;
    world.advance(TimeDelta::hours(20));
    let held = Arc::new(HeldUp::new(world.twin.clone()));
    let (slow, clock) = (Recurrence::new(held.clone(), world.pool.clone(), world.clock.clone()), world.clock.clone());
    let slow = tokio::spawn(async move { fire_all(&slow, &clock).await });
    held.holds(1).await;
    world.leases_run_out().await;
    // By now it would be another day that comes next.
    world.advance(TimeDelta::days(3));
    world.tick_recurrence().await;
    assert_eq!(world.open_days(), ["2026-12-01", "2026-12-02"]);
    held.let_all_go();
    slow.await.unwrap().unwrap();
    assert_eq!(world.open_days(), ["2026-12-01", "2026-12-02"]);
}
