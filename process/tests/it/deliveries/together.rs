//! Many late reminders that people are told of by one of them. It rings first, and whoever was to be told by it asks it: so people are
//! told of all, and once.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, ReminderStatus, Told};
use domain::topics;
use kafka_es::LogRecord;
use process::commands::Commands;
use process::manager::{Failure, ProcessManager as _, fire_all};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::receiver::Says;
use super::worker::Worker;
use super::{Ringing, read};
use crate::crashes::Shared;
use crate::deadlocks::until_waiting;
use crate::faults::{Fault, HeldUp, commands};
use crate::late::begin;
use crate::managers::{put_off, reminders};
use crate::world::id;

/// One more than is told of all together where one of them is put off.
const MANY: u128 = 12;
/// The latest of them.
const TELLER: u128 = 1_000 + MANY - 1;

/// Reminders that are late, of which somebody is to be told.
async fn late() -> Ringing {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(200)]]).await;
    begin(&ringing.world, MANY).await;
    ringing.world.advance(TimeDelta::hours(30));
    ringing
}

/// A clock whose commands are held up.
fn held_up(ringing: &Ringing, inner: Arc<dyn Commands>) -> (Arc<HeldUp<Shared>>, JoinHandle<Result<usize, Failure>>) {
    let held = Arc::new(HeldUp::new(Shared(inner)));
    let (manager, clock) = (reminders(&ringing.world, held.clone()), ringing.world.clock.clone());
    (held, tokio::spawn(async move { fire_all(&*manager, &clock).await }))
}

/// The reminders that a message goes out of, when all is read with these.
async fn told(ringing: &Ringing, commands: Arc<dyn Commands>) -> Vec<Uuid> {
    read(&ringing.world, Arc::new(ringing.notify(commands))).await.unwrap();
    let told = sqlx::query_scalar("SELECT reminder_id FROM tasklog_process.deliveries ORDER BY 1");
    told.fetch_all(&ringing.world.pool).await.unwrap()
}

/// All but the one that was to tell of them.
fn others() -> Vec<Uuid> {
    (1_000..TELLER).map(id).collect()
}

#[tokio::test]
async fn given_late_reminders_that_are_read_while_they_ring_then_one_message_goes_out_and_where_the_one_that_tells_rings_last_one_of_each()
 {
    for fault in [None, Some(Fault::TellersRingLater)] {
        let ringing = late().await;
        let twin = ringing.world.twin.clone();
        let (held, clock) = held_up(&ringing, commands(&twin, fault));
        held.holds(1).await;
        held.may_go.add_permits(1);
        // Now it has rung, and the others are about to.
        held.holds(u32::try_from(MANY - 1).unwrap()).await;
        told(&ringing, Arc::new(twin.clone())).await;
        held.let_all_go();
        clock.await.unwrap().unwrap();
        let mut all = told(&ringing, Arc::new(twin.clone())).await;
        if fault.is_some() {
            let told_for = Told::For(others());
            twin.user::<Reminder>(id(TELLER), ReminderCommand::Trigger { at: twin.now(), told: told_for });
            all = told(&ringing, Arc::new(twin)).await;
        }
        assert_eq!(all, if fault.is_none() { vec![id(TELLER)] } else { [others(), vec![id(TELLER)]].concat() });
    }
}

#[tokio::test]
async fn given_one_that_was_put_off_a_moment_before_it_told_then_the_next_one_tells_and_where_it_counts_as_rung_nobody_does()
 {
    for fault in [None, Some(Fault::TellersRingLater)] {
        let ringing = late().await;
        let world = &ringing.world;
        // The clock's row knows nothing of it yet.
        put_off(world, TELLER);
        fire_all(&*reminders(world, commands(&world.twin, fault)), &world.clock).await.unwrap();
        let all = told(&ringing, Arc::new(world.twin.clone())).await;
        assert_eq!(all, if fault.is_none() { vec![id(TELLER - 1)] } else { others() });
    }
}

#[tokio::test]
async fn given_one_that_was_put_off_before_those_that_it_tells_of_rang_then_each_is_told_of_and_where_nobody_asks_it_none()
 {
    for fault in [None, Some(Fault::RingsAreStale)] {
        let ringing = late().await;
        let twin = ringing.world.twin.clone();
        let (held, clock) = held_up(&ringing, Arc::new(twin.clone()));
        held.holds(1).await;
        held.may_go.add_permits(1);
        held.holds(u32::try_from(MANY - 1).unwrap()).await;
        put_off(&ringing.world, TELLER);
        assert_eq!(told(&ringing, Arc::new(twin.clone())).await, Vec::<Uuid>::new());
        held.let_all_go();
        clock.await.unwrap().unwrap();
        let all = told(&ringing, commands(&twin, fault)).await;
        assert_eq!(all, if fault.is_none() { others() } else { Vec::new() });
    }
}

/// How many messages go out where these records are read one by one, and what is to go out is written down or not.
async fn messages(ringing: &Ringing, records: &[LogRecord], writes: bool) -> usize {
    let notify = ringing.notify(Arc::new(ringing.world.twin.clone()));
    let mut connection = ringing.world.pool.acquire().await.unwrap();
    let mut messages = 0;
    for record in records {
        let deliveries = notify.handle(std::slice::from_ref(record)).await.unwrap();
        messages += deliveries.len();
        if writes {
            notify.write(&mut connection, &deliveries).await.unwrap();
        }
    }
    messages
}

#[tokio::test]
async fn given_one_that_was_put_off_after_all_rang_then_it_tells_or_each_of_the_others_and_where_that_is_not_written_both()
 {
    for (is_read_last, writes, told) in
        [(false, true, 1), (false, false, MANY), (true, true, MANY - 1), (true, false, MANY)]
    {
        let ringing = late().await;
        let world = &ringing.world;
        let scheduled = world.twin.records(topics::REMINDERS, 0).len();
        fire_all(&*reminders(world, Arc::new(world.twin.clone())), &world.clock).await.unwrap();
        put_off(world, TELLER);
        let mut rings = world.twin.records(topics::REMINDERS, i64::try_from(scheduled).unwrap());
        assert_eq!(rings.len(), usize::try_from(MANY).unwrap() + 1, "each rang, and one was put off");
        if is_read_last {
            // As from another partition.
            rings.rotate_left(1);
        }
        let messages = messages(&ringing, &rings, writes).await;
        assert_eq!(messages, usize::try_from(told).unwrap(), "read last: {is_read_last}, written: {writes}");
    }
}

#[tokio::test]
async fn given_one_that_was_put_off_after_all_rang_when_they_are_read_together_then_it_tells_of_all() {
    let ringing = late().await;
    let world = &ringing.world;
    fire_all(&*reminders(world, Arc::new(world.twin.clone())), &world.clock).await.unwrap();
    put_off(world, TELLER);
    assert_eq!(told(&ringing, Arc::new(world.twin.clone())).await, [id(TELLER)]);
}

/// Whoever is about to hold a delivery back waits for whoever has this lock.
const HELD_BACK_LATER: &str = "
    CREATE FUNCTION held_back_later() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(1);
        RETURN NEW;
    END $$;
    CREATE TRIGGER held_back_later BEFORE UPDATE ON tasklog_process.deliveries
        FOR EACH ROW WHEN (NEW.outcome = 'superseded') EXECUTE FUNCTION held_back_later()";

/// The fault: what was held back stays so.
const HELD_BACK_FOR_GOOD: &str = "
    CREATE FUNCTION held_back_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RETURN NULL;
    END $$;
    CREATE TRIGGER held_back_for_good BEFORE UPDATE ON tasklog_process.deliveries
        FOR EACH ROW WHEN (OLD.outcome = 'superseded') EXECUTE FUNCTION held_back_for_good()";

#[tokio::test]
async fn given_one_that_is_held_back_while_others_leave_themselves_to_it_then_it_tells_of_them_and_where_it_stays_so_nobody_does()
 {
    for fault in [None, Some(HELD_BACK_FOR_GOOD)] {
        let ringing = late().await;
        let (pool, twin) = (ringing.world.pool.clone(), ringing.world.twin.clone());
        for sql in [Some(HELD_BACK_LATER), fault].into_iter().flatten() {
            sqlx::raw_sql(sql).execute(&pool).await.unwrap();
        }
        let (held, clock) = held_up(&ringing, Arc::new(twin.clone()));
        held.holds(1).await;
        held.may_go.add_permits(1);
        held.holds(u32::try_from(MANY - 1).unwrap()).await;
        assert_eq!(told(&ringing, Arc::new(twin.clone())).await, [id(TELLER)]);
        put_off(&ringing.world, TELLER);
        let mut holder = platform::postgres::begin(&pool).await.unwrap();
        sqlx::query("SELECT pg_advisory_xact_lock(1)").execute(&mut *holder).await.unwrap();
        let worker = Worker::new(&ringing);
        assert_eq!(worker.fire().await, 1);
        // None of the others has rung: there is nobody to tell of, which is about to be written.
        until_waiting(&pool, 1).await;
        held.let_all_go();
        clock.await.unwrap().unwrap();
        assert_eq!(told(&ringing, Arc::new(twin.clone())).await, [id(TELLER)], "one speaks for itself");
        holder.rollback().await.unwrap();
        worker.is_done().await;
        worker.fire().await;
        worker.is_done().await;
        let received: Vec<usize> = ringing.received().into_values().collect();
        let ends: Vec<ReminderStatus> = others().into_iter().map(|id| ringing.world.reminder(id).status).collect();
        let (times, end) =
            if fault.is_none() { (vec![1], ReminderStatus::Sent) } else { (vec![], ReminderStatus::Triggered) };
        assert_eq!((received, ends), (times, vec![end; others().len()]));
    }
}
