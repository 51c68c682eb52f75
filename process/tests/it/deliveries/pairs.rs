//! What protects deliveries, switched on and off.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::reminder::{Reminder, ReminderCommand, ReminderStatus, Snooze, Told};
use process::commands::Commands;
use serde_json::json;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;
use crate::faults::{Broken, Fault, HeldUp};
use crate::world::id;

/// The fault: a delivery that was taken up is free all the same.
pub(super) const NO_LEASE: &str = "
    CREATE FUNCTION no_lease() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.taken_until := NULL;
        RETURN NEW;
    END $$;
    CREATE TRIGGER no_lease BEFORE UPDATE ON tasklog_process.deliveries FOR EACH ROW EXECUTE FUNCTION no_lease()";

#[tokio::test]
async fn given_a_delivery_that_has_ended_while_the_log_is_told_then_nobody_else_tells_it_and_without_the_lease_somebody_does()
 {
    for leased in [true, false] {
        let ringing = Ringing::new().await;
        if !leased {
            sqlx::raw_sql(NO_LEASE).execute(&ringing.world.pool).await.unwrap();
        }
        ringing.told_over(&[vec![Says::Now(200)]]).await;
        ringing.ring(1);
        ringing.read().await;
        let held = Arc::new(HeldUp::new(ringing.world.twin.clone()));
        let (one, other) = (Worker::with(&ringing, held.clone()), Worker::new(&ringing));
        assert_eq!(one.fire().await, 1);
        held.holds(1).await;
        assert_eq!(other.fire().await, usize::from(!leased));
        other.is_done().await;
        held.let_all_go();
        // Whoever is done has all that is left of it.
        drop(held);
        one.is_done().await;
        assert_eq!(ringing.received().into_values().collect::<Vec<_>>(), [1]);
        assert_eq!(ringing.ends(101), [SENT]);
    }
}

/// The fault: nobody can say that the work goes on.
const NOT_RENEWED: &str = "
    CREATE FUNCTION not_renewed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RETURN NULL;
    END $$;
    CREATE TRIGGER not_renewed BEFORE UPDATE ON tasklog_process.deliveries
        FOR EACH ROW WHEN (NEW.taken_until > OLD.taken_until) EXECUTE FUNCTION not_renewed()";

/// The lease of the one delivery that there is ends so much sooner; gives when that is.
async fn ages(ringing: &Ringing, seconds: i64) -> DateTime<Utc> {
    let sooner = sqlx::query_scalar(
        "UPDATE tasklog_process.deliveries SET taken_until = taken_until - $1 * interval '1 second'
         RETURNING taken_until",
    );
    sooner.bind(seconds).fetch_one(&ringing.world.pool).await.unwrap()
}

/// Waits until whoever is at work on the delivery has said so again: its lease ended then.
async fn until_renewed(ringing: &Ringing, before: DateTime<Utc>) {
    let renewed = async {
        loop {
            let until = sqlx::query_scalar("SELECT taken_until FROM tasklog_process.deliveries");
            let until: DateTime<Utc> = until.fetch_one(&ringing.world.pool).await.unwrap();
            if until > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), renewed).await.expect("the lease is not renewed");
}

#[tokio::test]
async fn given_an_attempt_that_takes_longer_than_its_lease_then_nobody_else_takes_it_up_and_where_that_is_not_renewed_somebody_does()
 {
    for renewed in [true, false] {
        let ringing = Ringing::new().await;
        ringing.told_over(&[vec![Says::Later(200)]]).await;
        ringing.ring(1);
        ringing.read().await;
        let (one, other) = (Worker::new(&ringing), Worker::new(&ringing));
        assert_eq!(one.fire().await, 1);
        ringing.receiver.comes().await;
        if !renewed {
            sqlx::raw_sql(NOT_RENEWED).execute(&ringing.world.pool).await.unwrap();
        }
        // Half a lease, again and again, until it would be over.
        for _ in 0..3 {
            let before = ages(&ringing, 5).await;
            if renewed {
                until_renewed(&ringing, before).await;
            }
        }
        if !renewed {
            let end = "DROP TRIGGER not_renewed ON tasklog_process.deliveries";
            sqlx::raw_sql(end).execute(&ringing.world.pool).await.unwrap();
        }
        assert_eq!(other.fire().await, usize::from(!renewed));
        if !renewed {
            ringing.receiver.comes().await;
            ringing.receiver.answer();
        }
        ringing.receiver.answer();
        one.is_done().await;
        other.is_done().await;
        let times: Vec<usize> = ringing.received().into_values().collect();
        assert_eq!(times, [if renewed { 1 } else { 2 }]);
        assert_eq!(ringing.ends(101), [SENT]);
    }
}

/// A worker that is slower than its lease; meanwhile another is at the same, and done. The hook gives these answers in turn. What has come
/// since can be made up for before the slow one writes down what came of its attempt. All is done then.
async fn slower_than_its_lease(answers: &[Says], meanwhile: Option<&str>) -> Ringing {
    let ringing = Ringing::mortal().await;
    ringing.told_over(&[answers.to_vec()]).await;
    ringing.ring(1);
    ringing.read().await;
    let (slow, other) = (Worker::new(&ringing), Worker::new(&ringing));
    slow.fire().await;
    ringing.receiver.comes().await;
    ringing.leases_run_out().await;
    assert_eq!(other.fire().await, 1);
    other.is_done().await;
    if let Some(meanwhile) = meanwhile {
        sqlx::raw_sql(meanwhile).execute(&ringing.world.pool).await.unwrap();
    }
    ringing.receiver.answer();
    slow.is_done().await;
    ringing
}

/// The fault: the delivery is what whoever is late takes it for.
const AS_IT_WAS: &str = "
    UPDATE tasklog_process.attempts SET number = number + 100;
    UPDATE tasklog_process.deliveries SET attempts = 0, outcome = NULL";

/// The fault: what is delivered late is not written down.
const NOT_DELIVERED: &str = "
    CREATE FUNCTION not_delivered() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RETURN NULL;
    END $$;
    CREATE TRIGGER not_delivered BEFORE UPDATE ON tasklog_process.deliveries
        FOR EACH ROW WHEN (NEW.outcome = 'delivered') EXECUTE FUNCTION not_delivered()";

/// How often the receiver got it, how many attempts are written down, and what the log was told.
async fn came_of_it(ringing: &Ringing) -> (Vec<usize>, Vec<usize>, Vec<String>) {
    ringing.live().await.unwrap();
    (ringing.received().into_values().collect(), ringing.written().await.into_values().collect(), ringing.ends(101))
}

const SENT: &str = "tasklog.reminder.sent.v1";
const FAILED: &str = "tasklog.reminder.delivery_failed.v1";

#[tokio::test]
async fn given_a_worker_that_was_slower_than_its_lease_when_its_attempt_fails_then_what_another_delivered_stays_and_uncompared_it_goes_out_again()
 {
    let answers = [Says::Later(500), Says::Now(200)];
    for (fault, received, written) in [(None, 2, 1), (Some(AS_IT_WAS), 3, 3)] {
        let ringing = slower_than_its_lease(&answers, fault).await;
        assert_eq!(came_of_it(&ringing).await, (vec![received], vec![written], vec![SENT.to_owned()]));
    }
}

#[tokio::test]
async fn given_a_worker_that_was_slower_than_its_lease_when_it_is_refused_then_others_go_on_trying_and_uncompared_it_is_given_up()
 {
    let answers = [Says::Later(410), Says::Now(500), Says::Now(200)];
    for (fault, received, written, end) in [(None, 3, 2, SENT), (Some(AS_IT_WAS), 2, 2, FAILED)] {
        let ringing = slower_than_its_lease(&answers, fault).await;
        assert_eq!(came_of_it(&ringing).await, (vec![received], vec![written], vec![end.to_owned()]));
    }
}

#[tokio::test]
async fn given_a_worker_that_was_slower_than_its_lease_when_it_has_delivered_then_nobody_tries_again_and_unwritten_somebody_does()
 {
    let answers = [Says::Later(200), Says::Now(500), Says::Now(200)];
    for (fault, received) in [(None, 2), (Some(NOT_DELIVERED), 3)] {
        let ringing = slower_than_its_lease(&answers, fault).await;
        if fault.is_some() {
            let end = "DROP TRIGGER not_delivered ON tasklog_process.deliveries";
            sqlx::raw_sql(end).execute(&ringing.world.pool).await.unwrap();
        }
        assert_eq!(came_of_it(&ringing).await, (vec![received], vec![2], vec![SENT.to_owned()]));
    }
}

#[tokio::test]
async fn given_a_delivery_of_an_earlier_ring_when_it_ends_then_the_newer_ring_is_told_and_without_its_version_it_is_not()
 {
    for versioned in [true, false] {
        let ringing = Ringing::new().await;
        let twin = ringing.world.twin.clone();
        ringing.told_over(&[vec![Says::Later(200), Says::Now(200)]]).await;
        ringing.ring(1);
        ringing.read().await;
        let unversioned = Broken { inner: twin.clone(), fault: Fault::NoVersionIsExpected };
        let commands: Arc<dyn Commands> = if versioned { Arc::new(twin.clone()) } else { Arc::new(unversioned) };
        let worker = Worker::with(&ringing, commands);
        worker.fire().await;
        ringing.receiver.comes().await;
        // While it is under way, it is put off and rings again.
        let snooze = Snooze::from_json(json!({"for": "PT1H"}).as_object().unwrap()).unwrap();
        twin.user::<Reminder>(id(101), ReminderCommand::Snooze { snooze, at: ringing.world.clock.now() });
        ringing.world.advance(TimeDelta::hours(1));
        twin.user::<Reminder>(id(101), ReminderCommand::Trigger { at: ringing.world.clock.now(), told: Told::Alone });
        ringing.receiver.answer();
        worker.is_done().await;
        let status = if versioned { ReminderStatus::Triggered } else { ReminderStatus::Sent };
        assert_eq!(ringing.world.reminder(id(101)).status, status);
        ringing.read().await;
        worker.fire().await;
        worker.is_done().await;
        assert_eq!(ringing.received().len(), if versioned { 2 } else { 1 });
    }
}
