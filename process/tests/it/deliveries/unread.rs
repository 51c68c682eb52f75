//! Settings of one tenant that cannot be read: its reminders wait, loudly, and are told of when the settings are mended. Others do not wait.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::reminder::{NewReminder, Reminder, ReminderCommand, ReminderStatus, TaskDue, Told};
use domain::task::{NewTask, TaskAggregate, TaskCommand};
use kafka_es::Expected;
use notification::{Settings, Targets};
use platform::metrics::Metrics;
use process::commands::{Answer, Cause, Order};
use process::delivery::save;
use serde_json::{Value, json};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use uuid::Uuid;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;
use crate::twin::Model;
use crate::world::id;

const OTHER: &str = "other";

/// How many errors of deliveries are logged.
#[derive(Clone, Default)]
struct Errors(Arc<Mutex<usize>>);

impl<S: Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() == Level::ERROR && metadata.target().starts_with("process::delivery") {
            *self.0.lock().unwrap() += 1;
        }
    }
}

/// How often the manager has failed, by what operators scrape.
fn failures(metrics: &Metrics) -> usize {
    let text = metrics.render();
    let count =
        |line: &str| line.strip_prefix("tasklog_process_failures_total{manager=\"notify\"} ")?.parse::<usize>().ok();
    text.lines().find_map(count).unwrap_or_default()
}

fn give<M: Model>(ringing: &Ringing, id: Uuid, command: M::Command) {
    let order = Order {
        tenant: OTHER.to_owned(),
        id,
        command,
        command_id: Uuid::new_v4().to_string(),
        expected: Expected::Any,
        cause: Cause::time("user"),
    };
    let answer = ringing.world.twin.execute::<M>(order).unwrap();
    assert!(matches!(answer, Answer::Done { .. }));
}

/// A reminder of the other tenant, 201, rings.
fn ring_of_other(ringing: &Ringing) {
    let (now, task) = (ringing.world.clock.now(), json!({"title": "y"}));
    let new = NewTask::from_json(task.as_object().unwrap()).unwrap();
    give::<TaskAggregate>(ringing, id(2), TaskCommand::Create { id: id(2), new, at: now });
    let time = json!({"remind_at": "2026-11-30T09:00:00", "time_zone": "UTC"});
    let new = NewReminder::from_json(time.as_object().unwrap()).unwrap();
    let task = Some(TaskDue { due: None });
    give::<Reminder>(ringing, id(201), ReminderCommand::Schedule { id: id(201), task_id: id(2), new, task, at: now });
    ringing.world.advance(TimeDelta::hours(1));
    let at = ringing.world.clock.now();
    give::<Reminder>(ringing, id(201), ReminderCommand::Trigger { at, told: Told::Alone });
}

/// The settings of the other tenant become these.
async fn settings(ringing: &Ringing, settings: &str) {
    let set = sqlx::query(
        "INSERT INTO tasklog_process.settings (tenant, settings) VALUES ($1, $2::jsonb)
         ON CONFLICT (tenant) DO UPDATE SET settings = excluded.settings",
    );
    set.bind(OTHER).bind(settings).execute(&ringing.world.pool).await.unwrap();
}

/// What is due is done; gives how much that was.
async fn work(worker: &Worker) -> usize {
    let fired = worker.fire().await;
    worker.is_done().await;
    fired
}

fn status(ringing: &Ringing) -> ReminderStatus {
    ringing.world.reminder(id(201)).status
}

#[tokio::test]
async fn given_settings_that_cannot_be_read_when_reminders_ring_then_others_are_told_and_these_when_the_settings_are_mended()
 {
    for unreadable in ["[]", r#"{"channels": [{"type": "pigeon"}]}"#] {
        for channels in [1, 0] {
            let (errors, metrics) = (Errors::default(), Metrics::install());
            let _default = tracing::subscriber::set_default(tracing_subscriber::registry().with(errors.clone()));
            // Other tests may share the process.
            let failed_before = failures(&metrics);
            let ringing = Ringing::new().await;
            ringing.told_over(&[vec![Says::Now(200)]]).await;
            settings(&ringing, unreadable).await;
            ring_of_other(&ringing);
            ringing.ring(1);
            ringing.read().await;
            let worker = Worker::new(&ringing);
            assert_eq!(work(&worker).await, 2, "{unreadable}");
            assert_eq!(ringing.ends(101), ["tasklog.reminder.sent.v1"], "others do not wait for {unreadable}");
            assert_eq!((status(&ringing), ringing.received().len()), (ReminderStatus::Triggered, 1), "{unreadable}");
            // When it rang, and when it was looked at again.
            assert!(*errors.0.lock().unwrap() >= 2, "{unreadable}: nobody is told");
            assert!(failures(&metrics) >= failed_before + 2, "{}", metrics.render());
            assert_eq!(work(&worker).await, 0, "it does not stand in the way of others");

            let url = ringing.receiver.hook("mended", &[Says::Now(200)]);
            let hook = json!({"type": "webhook", "url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
            let body: Value = json!({"channels": vec![hook; channels]});
            let mended = Settings::from_json(body.as_object().unwrap(), &Settings::default(), Targets::Any).unwrap();
            save(&ringing.world.pool, OTHER, &mended).await.unwrap();
            ringing.passes(TimeDelta::minutes(1)).await;
            assert_eq!(work(&worker).await, 1, "{unreadable}");
            assert_eq!(work(&worker).await, channels, "{unreadable}");
            assert_eq!((status(&ringing), ringing.received().len()), (ReminderStatus::Sent, 1 + channels));
            assert_eq!(work(&worker).await, 0, "nothing is left to do");
        }
    }
}

#[tokio::test]
async fn given_settings_that_cannot_be_read_any_more_when_a_delivery_is_due_then_it_waits_and_goes_out_when_they_are_mended()
 {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(200)]]).await;
    ringing.ring(1);
    ringing.read().await;
    let worker = Worker::new(&ringing);
    let spoil = "UPDATE tasklog_process.settings SET settings = '[]'";
    sqlx::query(spoil).execute(&ringing.world.pool).await.unwrap();
    assert_eq!((work(&worker).await, ringing.received().len()), (1, 0));
    ringing.leases_run_out().await;
    assert_eq!(work(&worker).await, 0, "it does not stand in the way of others");
    ringing.told_over(&[vec![Says::Now(200)]]).await;
    ringing.passes(TimeDelta::minutes(1)).await;
    assert_eq!(work(&worker).await, 1);
    assert_eq!(ringing.ends(101), ["tasklog.reminder.sent.v1"]);
}

#[tokio::test]
async fn given_settings_that_cannot_be_read_when_another_has_taken_up_the_delivery_meanwhile_then_it_is_left_to_that_one()
 {
    for attempts in [0_i32, 1] {
        let ringing = Ringing::new().await;
        ringing.told_over(&[vec![Says::Now(200)]]).await;
        ringing.ring(1);
        ringing.read().await;
        let pool = &ringing.world.pool;
        sqlx::query("UPDATE tasklog_process.settings SET settings = '[]'").execute(pool).await.unwrap();
        // Whoever is at work on it stands still before it reads the settings.
        let mut still = platform::postgres::begin(pool).await.unwrap();
        let lock = "LOCK TABLE tasklog_process.settings IN ACCESS EXCLUSIVE MODE";
        sqlx::query(lock).execute(&mut *still).await.unwrap();
        let worker = Worker::new(&ringing);
        assert_eq!(worker.fire().await, 1);
        let waits =
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'tasklog_process.settings'::regclass
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
        let waiting = async {
            while !sqlx::query_scalar::<_, bool>(waits).fetch_one(pool).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("nobody reads the settings");
        let take = "UPDATE tasklog_process.deliveries
             SET attempts = attempts + $1, due_at = now(), taken_until = now() + interval '30 seconds' RETURNING due_at";
        let due_at: DateTime<Utc> = sqlx::query_scalar(take).bind(attempts).fetch_one(pool).await.unwrap();
        still.rollback().await.unwrap();
        worker.is_done().await;
        let left = sqlx::query_as("SELECT taken_until > now(), due_at FROM tasklog_process.deliveries");
        let (is_taken, due): (Option<bool>, DateTime<Utc>) = left.fetch_one(pool).await.unwrap();
        assert_eq!(is_taken, Some(true), "{attempts} more attempts");
        assert_eq!(due == due_at, attempts > 0, "what has come to something since stays as it is");
    }
}
