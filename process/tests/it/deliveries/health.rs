//! How a channel fares is written down when that has changed, not with each delivery over it: there is one row of a channel, for which all
//! its deliveries would wait.

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, Told};
use serde_json::json;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;
use crate::world::id;

/// Counts the rows that are written of how channels fare.
const COUNTED: &str = "
    CREATE SEQUENCE health_written;
    CREATE FUNCTION count_health() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('health_written');
        RETURN NULL;
    END $$;
    CREATE TRIGGER count_health AFTER INSERT OR UPDATE ON tasklog_process.channels
        FOR EACH ROW EXECUTE FUNCTION count_health()";

/// What has failed is not due again, however long the test takes.
const TIME_STANDS_STILL: &str = "
    CREATE FUNCTION time_stands_still() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.due_at := NEW.due_at + interval '1 day';
        RETURN NEW;
    END $$;
    CREATE TRIGGER time_stands_still BEFORE UPDATE ON tasklog_process.deliveries
        FOR EACH ROW WHEN (NEW.attempts > OLD.attempts AND NEW.outcome IS NULL) EXECUTE FUNCTION time_stands_still()";

/// Reminders that can ring, from 101 on, of which somebody is to be told over a hook that gives these answers.
pub(super) async fn told_over_one(answers: &[Says]) -> Ringing {
    let ringing = Ringing::new().await;
    ringing.told_over(&[answers.to_vec()]).await;
    for sql in [COUNTED, TIME_STANDS_STILL] {
        sqlx::raw_sql(sql).execute(&ringing.world.pool).await.unwrap();
    }
    ringing.world.create(1, json!({"title": "x"}));
    for n in (101..).take(answers.len()) {
        ringing.world.remind(n, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
    }
    ringing.world.advance(TimeDelta::hours(8));
    ringing
}

/// These reminders ring, and their deliveries are taken up.
pub(super) async fn ring(ringing: &Ringing, worker: &Worker, reminders: &[u128]) {
    for n in reminders {
        let command = ReminderCommand::Trigger { at: ringing.world.clock.now(), told: Told::Alone };
        ringing.world.twin.user::<Reminder>(id(*n), command);
    }
    ringing.read().await;
    assert_eq!(worker.fire().await, reminders.len());
}

/// How often it was written how the channel fares.
async fn written(ringing: &Ringing) -> i64 {
    let written = sqlx::query_scalar("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM health_written");
    written.fetch_one(&ringing.world.pool).await.unwrap()
}

/// Whether every attempt over the channel has failed of late.
async fn is_ill(ringing: &Ringing) -> bool {
    let ill = sqlx::query_scalar("SELECT count(*) > 0 FROM tasklog_process.channels WHERE failing_since IS NOT NULL");
    ill.fetch_one(&ringing.world.pool).await.unwrap()
}

#[tokio::test]
async fn given_a_channel_that_is_well_falls_ill_and_gets_well_then_each_change_is_written_once_and_nothing_in_between()
{
    let story = [
        (Says::Now(200), 0),
        (Says::Now(200), 0),
        (Says::Now(500), 1),
        (Says::Now(500), 1),
        (Says::Now(200), 2),
        (Says::Now(200), 2),
        (Says::Now(500), 3),
    ];
    let ringing = told_over_one(&story.map(|(answer, _)| answer)).await;
    let worker = Worker::new(&ringing);
    for (n, (answer, times)) in (101..).zip(story) {
        ring(&ringing, &worker, &[n]).await;
        worker.is_done().await;
        assert_eq!(written(&ringing).await, times, "the answer to {n} was {answer:?}");
        assert_eq!(is_ill(&ringing).await, answer == Says::Now(500), "the answer to {n} was {answer:?}");
    }
    assert_eq!(ringing.received().len(), story.len(), "some never came: this test proves nothing");
}

#[tokio::test]
async fn given_a_channel_that_falls_ill_and_gets_well_in_turn_then_that_is_written_each_time() {
    let answers = [Says::Now(500), Says::Now(200)].repeat(3);
    let ringing = told_over_one(&answers).await;
    let worker = Worker::new(&ringing);
    for (n, (answer, times)) in (101..).zip(answers.iter().zip(1..)) {
        ring(&ringing, &worker, &[n]).await;
        worker.is_done().await;
        let ill = *answer == Says::Now(500);
        assert_eq!((written(&ringing).await, is_ill(&ringing).await), (times, ill), "the answer to {n} was {answer:?}");
    }
}

/// The fault: a channel that has fallen ill is never seen well again.
const STAYS_ILL: &str = "
    CREATE FUNCTION stays_ill() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.failing_since := OLD.failing_since;
        RETURN NEW;
    END $$;
    CREATE TRIGGER stays_ill BEFORE UPDATE ON tasklog_process.channels FOR EACH ROW EXECUTE FUNCTION stays_ill()";

#[tokio::test]
async fn given_deliveries_that_began_while_the_channel_was_ill_when_all_go_well_then_one_writes_that_and_where_none_sees_it_each_does()
 {
    for seen in [true, false] {
        let ringing = told_over_one(&[Says::Now(500), Says::Later(200), Says::Later(200), Says::Later(200)]).await;
        if !seen {
            sqlx::raw_sql(STAYS_ILL).execute(&ringing.world.pool).await.unwrap();
        }
        let worker = Worker::new(&ringing);
        ring(&ringing, &worker, &[101]).await;
        ringing.receiver.comes().await;
        worker.is_done().await;
        assert_eq!((written(&ringing).await, is_ill(&ringing).await), (1, true));
        ring(&ringing, &worker, &[102, 103, 104]).await;
        for _ in 0..3 {
            ringing.receiver.comes().await;
        }
        // Each has seen a channel that is ill.
        for _ in 0..3 {
            ringing.receiver.answer();
        }
        worker.is_done().await;
        let fares = (written(&ringing).await, is_ill(&ringing).await);
        assert_eq!(fares, if seen { (2, false) } else { (4, true) });
        assert_eq!(ringing.written().await.len(), 4, "some were not written down: this test proves nothing");
    }
}
