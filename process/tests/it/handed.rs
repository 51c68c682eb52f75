//! Rings that are handed over instead of being read from the log: one delivery a channel whatever comes twice, and nothing of what the
//! log does not have.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, ReminderStatus, Snooze};
use domain::{tenant, topics};
use kafka_es::{Envelope, LogRecord};
use notification::{Settings, Targets, Webhooks};
use process::commands::Commands;
use process::delivery::{self, Channels, Handed, Notify};
use process::manager::{Lane, ProcessManager as _};
use serde_json::json;
use sqlx::PgPool;

use crate::mortal::BlockedOn;
use crate::world::*;

/// A world in which the reminder 101 of the task 1 has rung, as its event 2; two channels, unless nobody has set any.
pub(crate) async fn rung(with_channels: bool) -> World {
    let world = World::new().await;
    if with_channels {
        let channels = json!({"channels": [
            {"type": "webhook", "url": "https://example.com/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
            {"type": "email", "address": "ann@example.com"},
        ]});
        let settings = Settings::from_json(channels.as_object().unwrap(), &Settings::default(), Targets::Any).unwrap();
        delivery::save(&world.pool, tenant::DEFAULT, &settings).await.unwrap();
    }
    world.create(1, json!({"title": "x"}));
    world.remind(101, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
    world.settle().await;
    world.advance(TimeDelta::hours(8));
    world.settle().await;
    world
}

pub(crate) fn notify_with(world: &World, commands: Arc<dyn Commands>, pool: PgPool) -> Notify {
    let (targets, webhooks) = (Targets::Any, Webhooks::new(Targets::Any).unwrap());
    Notify::new(commands, pool, world.clock.clone(), Channels { webhooks, mailer: None, binding: None, targets })
}

pub(crate) fn notify(world: &World) -> Notify {
    notify_with(world, Arc::new(world.twin.clone()), world.pool.clone())
}

/// Who gave the command of the event that each delivery tells of.
pub(crate) async fn told(world: &World) -> Vec<String> {
    let told = sqlx::query_scalar("SELECT event->>'actor' FROM tasklog_process.deliveries ORDER BY id");
    told.fetch_all(&world.pool).await.unwrap()
}

/// The stream of the reminder.
pub(crate) fn stream() -> String {
    tenant::stream_id(tenant::DEFAULT, id(101))
}

/// The event of the last record of `reminders`.
pub(crate) fn last(world: &World) -> Envelope {
    world.twin.records(topics::REMINDERS, 0).pop().unwrap().content.unwrap().pop().unwrap()
}

#[tokio::test]
async fn given_a_ring_that_comes_again_from_all_sides_then_each_channel_has_one_delivery() {
    let world = rung(true).await;
    let (one, other, stream) = (notify(&world), notify(&world), stream());
    for _ in 0..3 {
        let (by_one, by_other) = tokio::join!(one.hand(&stream, 2), other.hand(&stream, 2));
        assert_eq!((by_one.unwrap(), by_other.unwrap()), (Handed::Done, Handed::Done));
    }
    // Whoever reads the log itself makes none besides.
    let mut lane = Lane::open(Arc::new(one), world.pool.clone(), &[(topics::REMINDERS.to_owned(), 0)]).await.unwrap();
    lane.apply(&world.twin.records(topics::REMINDERS, 0)).await.unwrap();
    assert_eq!(told(&world).await.len(), 2);
}

#[tokio::test]
async fn given_a_record_that_lost_its_sequence_then_what_is_told_is_what_won_it() {
    let world = rung(true).await;
    let (actor, stream) = (last(&world).actor, stream());
    let lost = Envelope { actor: "somebody".to_owned(), commandid: "lost".to_owned(), ..last(&world) };
    world.twin.put(topics::REMINDERS, lost);
    assert_eq!(notify(&world).hand(&stream, 2).await.unwrap(), Handed::Done);
    assert_eq!(told(&world).await, [actor.clone(), actor]);
    // Read from the log, it is nobody's either.
    let lost: Vec<LogRecord> = world.twin.records(topics::REMINDERS, 0).split_off(2);
    assert!(notify(&world).handle(&lost).await.unwrap().is_empty());
}

#[tokio::test]
async fn given_a_ring_that_was_put_off_since_or_that_lost_to_something_else_then_nobody_is_told() {
    let world = rung(true).await;
    let (ring, stream) = (last(&world), stream());
    let snooze = Snooze::from_json(json!({"for": "PT1H"}).as_object().unwrap()).unwrap();
    world.twin.user::<Reminder>(id(101), ReminderCommand::Snooze { snooze, at: world.twin.now() });
    world.twin.put(topics::REMINDERS, Envelope { id: format!("{stream}@3"), sequence: 3, ..ring });
    for sequence in 1..=3 {
        assert_eq!(notify(&world).hand(&stream, sequence).await.unwrap(), Handed::Done);
    }
    assert!(told(&world).await.is_empty());
    // It rings again when that time has come.
    world.advance(TimeDelta::hours(1));
    world.settle().await;
    assert_eq!(notify(&world).hand(&stream, 4).await.unwrap(), Handed::Done);
    assert_eq!(told(&world).await.len(), 2);
}

#[tokio::test]
async fn given_what_is_not_in_the_log_then_it_is_said_so_and_nobody_is_told() {
    let world = rung(true).await;
    let (stream, absent) = (stream(), tenant::stream_id(tenant::DEFAULT, id(9)));
    for (stream, sequence) in
        [(stream.as_str(), 3), (stream.as_str(), 0), (absent.as_str(), 1), ("nonsense", 1), ("", 1)]
    {
        assert_eq!(notify(&world).hand(stream, sequence).await.unwrap(), Handed::NotInTheLog, "{stream}@{sequence}");
    }
    assert!(told(&world).await.is_empty());
}

#[tokio::test]
async fn given_a_stream_that_nobody_can_read_then_it_alone_is_left() {
    let world = rung(true).await;
    let blocked = Arc::new(BlockedOn { inner: world.twin.clone(), task: id(1) });
    let notify = notify_with(&world, blocked, world.pool.clone());
    assert_eq!(notify.hand(&stream(), 2).await.unwrap(), Handed::Blocked);
    assert_eq!(world.reminder(id(101)).status, ReminderStatus::Triggered);
}
