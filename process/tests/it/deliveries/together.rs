//! Many late reminders that people are told of by one of them. It rings first, and whoever was to be told by it asks it: so people are
//! told of all, and once.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, Told};
use process::commands::Commands;
use process::manager::{Failure, fire_all};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::receiver::Says;
use super::{Ringing, read};
use crate::crashes::Shared;
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
