//! A clock notes what it did in rows that the lane writes as well. Who writes them in another order than the lane waits for it while it
//! waits for them, and Postgres ends one of the two.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use process::manager::fire_all;
use process::recurrence::Recurrence;
use serde_json::json;
use sqlx::PgPool;

use crate::faults::HeldUp;
use crate::world::*;

/// A row of a batch of the lane that it has to wait for, between one that it has written and one that it will write.
const MIDDLE: u128 = 2;

/// Three series; their times come in another order than the lane writes them.
async fn with_series() -> World {
    let world = World::new().await;
    let pattern = json!({"rrule": "FREQ=DAILY", "generate": "when_due", "missed": "collapse"});
    for n in 1..=3 {
        let due = format!("2026-12-01T0{}:00:00", 9 - n);
        world.create(n, json!({"title": "x", "due_at": due, "time_zone": "UTC", "recurrence_pattern": pattern}));
    }
    world.settle().await;
    world.advance(TimeDelta::hours(25));
    world
}

/// Waits until so many transactions wait for others.
pub(crate) async fn until_waiting(pool: &PgPool, many: i64) {
    let waiting = "SELECT count(DISTINCT pid) >= $1 FROM pg_locks WHERE NOT granted AND pid IN
                       (SELECT pid FROM pg_stat_activity WHERE datname = current_database())";
    let waits = async {
        while !sqlx::query_scalar::<_, bool>(waiting).bind(many).fetch_one(pool).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("nobody waits: this test proves nothing");
}

/// A clock that writes the rows in the order of their times.
async fn notes_in_order_of_times(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut transaction = platform::postgres::begin(pool).await?;
    for n in [3, MIDDLE] {
        let note = sqlx::query("UPDATE tasklog_process.series SET taken_until = NULL WHERE task_id = $1").bind(id(n));
        note.execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

#[tokio::test]
async fn given_a_clock_and_the_lane_at_the_same_rows_then_one_waits_for_the_other_and_in_another_order_they_deadlock() {
    for ordered in [true, false] {
        let world = Arc::new(with_series().await);
        let held = Arc::new(HeldUp::new(world.twin.clone()));
        let (clock, time) =
            (Recurrence::new(held.clone(), world.pool.clone(), world.clock.clone()), world.clock.clone());
        let clock = tokio::spawn(async move { fire_all(&clock, &time).await });
        held.holds(3).await;
        (1..=3).for_each(|n| world.update(id(n), json!({"title": "y"})));
        let mut blocker = platform::postgres::begin(&world.pool).await.unwrap();
        let lock = sqlx::query("SELECT 1 FROM tasklog_process.series WHERE task_id = $1 FOR UPDATE").bind(id(MIDDLE));
        lock.execute(&mut *blocker).await.unwrap();
        let lane = tokio::spawn({
            let world = world.clone();
            async move { world.read_series().await }
        });
        until_waiting(&world.pool, 1).await;
        let rival = if ordered {
            held.let_all_go();
            None
        } else {
            let pool = world.pool.clone();
            Some(tokio::spawn(async move { notes_in_order_of_times(&pool).await }))
        };
        until_waiting(&world.pool, 2).await;
        blocker.rollback().await.unwrap();
        let lane = lane.await.unwrap();
        match rival {
            None => {
                lane.unwrap();
                assert_eq!(clock.await.unwrap().unwrap(), 3);
                world.settle().await;
                assert_eq!(world.open_days(), [vec!["2026-12-01"; 3], vec!["2026-12-02"; 3]].concat());
            }
            Some(rival) => {
                let failed = format!("{:?} {:?}", lane.err(), rival.await.unwrap().err());
                assert!(failed.contains("deadlock"), "{failed}");
            }
        }
    }
}
