//! Clocks that differ, and clocks that go back. What processes think of the time is no matter: a delivery is held and waits by the clock of
//! the database; and what that has written before it went back does not wait for as much longer.

use chrono::TimeDelta;
use platform::clock::Clock;

use super::Ringing;
use super::pairs::NO_LEASE;
use super::receiver::Says;
use super::worker::Worker;

const SENT: &str = "tasklog.reminder.sent.v1";

#[tokio::test]
async fn given_two_workers_whose_clocks_differ_when_one_is_at_it_then_the_other_leaves_it_alone_and_without_the_lease_it_does_not()
 {
    for seconds in [0, 60, -60, 3_600, -3_600] {
        for leased in [true, false] {
            let ringing = Ringing::new().await;
            if !leased {
                sqlx::raw_sql(NO_LEASE).execute(&ringing.world.pool).await.unwrap();
            }
            ringing.told_over(&[vec![Says::Later(200)]]).await;
            ringing.ring(1);
            ringing.read().await;
            let clock = Clock::fixed(ringing.world.clock.now() + TimeDelta::seconds(seconds));
            let (one, other) = (Worker::new(&ringing), Worker::by(&ringing, clock));
            assert_eq!(one.fire().await, 1);
            ringing.receiver.comes().await;
            assert_eq!(other.fire().await, usize::from(!leased), "{seconds} seconds apart");
            if !leased {
                ringing.receiver.comes().await;
                ringing.receiver.answer();
            }
            ringing.receiver.answer();
            one.is_done().await;
            other.is_done().await;
            let times: Vec<usize> = ringing.received().into_values().collect();
            assert_eq!(times, [if leased { 1 } else { 2 }], "{seconds} seconds apart");
            assert_eq!(ringing.ends(101), [SENT]);
        }
    }
}

/// All clocks go back by six hours. The database's cannot be moved here: what it has written is as it would be then, with or without since
/// when it waits.
async fn all_clocks_go_back(ringing: &Ringing, is_known: bool) {
    let hours = TimeDelta::hours(6);
    ringing.world.advance(-hours);
    let written_later = sqlx::query(
        "UPDATE tasklog_process.deliveries SET due_at = due_at + $1 * interval '1 second',
             waits_since = CASE WHEN $2 THEN waits_since + $1 * interval '1 second' ELSE waits_since END
         WHERE due_at IS NOT NULL",
    );
    let written_later = written_later.bind(hours.num_seconds()).bind(is_known);
    assert_eq!(written_later.execute(&ringing.world.pool).await.unwrap().rows_affected(), 1);
}

#[tokio::test]
async fn given_a_ring_when_all_clocks_go_back_by_hours_then_it_is_told_and_where_nobody_knows_since_when_it_waits_it_is_not()
 {
    for is_known in [true, false] {
        let ringing = Ringing::new().await;
        ringing.told_over(&[vec![Says::Now(200)]]).await;
        ringing.ring(1);
        ringing.read().await;
        all_clocks_go_back(&ringing, is_known).await;
        let worker = Worker::new(&ringing);
        assert_eq!(worker.fire().await, usize::from(is_known));
        worker.is_done().await;
        assert_eq!(ringing.ends(101).len(), usize::from(is_known));
    }
}

#[tokio::test]
async fn given_a_delivery_that_has_failed_when_all_clocks_go_back_by_hours_then_it_is_tried_again_and_with_its_time_alone_it_is_not()
 {
    for is_known in [true, false] {
        let ringing = Ringing::new().await;
        ringing.told_over(&[vec![Says::Now(500), Says::Now(200)]]).await;
        ringing.ring(1);
        ringing.read().await;
        let worker = Worker::new(&ringing);
        assert_eq!(worker.fire().await, 1);
        worker.is_done().await;
        all_clocks_go_back(&ringing, is_known).await;
        assert_eq!(worker.fire().await, usize::from(is_known));
        worker.is_done().await;
        assert_eq!(ringing.ends(101).len(), usize::from(is_known));
    }
}

#[tokio::test]
async fn given_a_clock_that_went_back_in_a_process_alone_then_what_rang_is_told_all_the_same() {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(200)]]).await;
    ringing.ring(1);
    ringing.read().await;
    ringing.world.advance(-TimeDelta::hours(6));
    let worker = Worker::new(&ringing);
    assert_eq!(worker.fire().await, 1);
    worker.is_done().await;
    assert_eq!(ringing.ends(101), [SENT]);
}
