//! While very many reminders ring, few deliveries are made at the same time.

use std::sync::Arc;

use chrono::TimeDelta;
use process::manager::{Rush, Timed as _};
use process::reminders::Reminders;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;
use crate::deadlocks::until_waiting;
use crate::faults::HeldUp;
use crate::managers::with_reminders;

const WAITING: usize = 20;
/// How many attempts are made at the same time in a rush.
const FEW: usize = 8;

#[tokio::test]
async fn given_very_many_that_ring_when_deliveries_are_due_then_few_are_taken_up_until_that_is_over_and_by_one_that_gives_no_way_all()
 {
    for gives_way in [true, false] {
        let ringing = Ringing::new().await;
        ringing.told_over(&[vec![Says::Later(200); WAITING]]).await;
        ringing.ring(WAITING as u128);
        ringing.read().await;
        let rush = Rush::default();
        let worker = Worker::new(&ringing);
        let worker = if gives_way { worker.giving_way(rush.clone()) } else { worker };
        let very_many = rush.begin();
        let at_first = if gives_way { FEW } else { WAITING };
        assert_eq!((worker.fire().await, worker.fire().await), (at_first, 0));
        drop(very_many);
        assert_eq!(worker.fire().await, WAITING - at_first);
        for _ in 0..WAITING {
            ringing.receiver.comes().await;
            ringing.receiver.answer();
        }
        worker.is_done().await;
        assert!(ringing.written().await.values().eq(&[1; WAITING]));
    }
}

#[tokio::test]
async fn given_as_many_as_one_look_takes_when_they_ring_then_it_says_so_until_it_is_done_and_of_fewer_it_says_nothing()
{
    for (many, is_rush) in [(1_000, true), (999, false)] {
        let world = with_reminders(many).await;
        world.advance(TimeDelta::hours(8));
        let held = Arc::new(HeldUp::new(world.twin.clone()));
        let rush = Rush::default();
        let reminders = Reminders::new(held.clone(), world.pool.clone(), world.clock.clone()).saying(rush.clone());
        let now = world.clock.now();
        let look = tokio::spawn(async move { reminders.fire(now).await.unwrap().rows });
        held.holds(1).await;
        assert_eq!(rush.is_on(), is_rush);
        held.let_all_go();
        assert_eq!((look.await.unwrap() as u128, rush.is_on()), (many, false));
    }
}

/// Whoever takes or notes rows waits for this lock.
const WAITS: &str = "
    CREATE FUNCTION waits_for_us() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(1);
        RETURN NULL;
    END $$;
    CREATE TRIGGER waits_for_us BEFORE UPDATE ON tasklog_process.reminders FOR EACH STATEMENT EXECUTE FUNCTION waits_for_us()";

#[tokio::test]
async fn given_a_look_that_found_all_it_takes_when_the_next_one_takes_rows_then_it_says_so_already_and_the_first_and_the_last_do_not()
 {
    let world = with_reminders(1_100).await;
    world.advance(TimeDelta::hours(8));
    sqlx::raw_sql(WAITS).execute(&world.pool).await.unwrap();
    let rush = Rush::default();
    let reminders = Reminders::new(Arc::new(world.twin.clone()), world.pool.clone(), world.clock.clone());
    let reminders = reminders.saying(rush.clone());
    for (is_rush, found) in [(false, 1_000), (true, 100), (false, 0)] {
        let mut lock = platform::postgres::begin(&world.pool).await.unwrap();
        sqlx::query("SELECT pg_advisory_xact_lock(1)").execute(&mut *lock).await.unwrap();
        let (looking, now) = (reminders.clone(), world.clock.now());
        let look = tokio::spawn(async move { looking.fire(now).await.unwrap().rows });
        until_waiting(&world.pool, 1).await;
        assert_eq!(rush.is_on(), is_rush, "before the look that finds {found}");
        lock.rollback().await.unwrap();
        assert_eq!((look.await.unwrap(), rush.is_on()), (found, false));
    }
}
