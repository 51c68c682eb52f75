//! A reminder that rings, and whose repetition alone is changed meanwhile: people are told of it all the same.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, ReminderPatch, ReminderStatus};
use process::commands::Answer;
use serde_json::json;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;
use crate::faults::HeldUp;
use crate::late::begin;
use crate::world::id;

/// How far the message has come when the repetition is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    NobodyHasRead,
    BeforeItIsSent,
    WhileItIsSent,
    BetweenAttempts,
}

fn repeat(ringing: &Ringing, n: u128) {
    let patch = json!({"repeat": {"every": "PT10M", "times": 3}});
    let patch = ReminderPatch::from_json(patch.as_object().unwrap()).unwrap();
    let at = ringing.world.clock.now();
    let answer = ringing.world.twin.user::<Reminder>(id(n), ReminderCommand::Reschedule { patch, task: None, at });
    assert!(matches!(answer, Answer::Done { has_event: true, .. }), "{answer:?}");
}

#[tokio::test]
async fn given_a_reminder_that_rings_when_its_repetition_is_changed_then_it_is_told_and_ends() {
    for when in [When::NobodyHasRead, When::BeforeItIsSent, When::WhileItIsSent, When::BetweenAttempts] {
        let ringing = Ringing::new().await;
        let first = if when == When::BetweenAttempts { Says::Later(500) } else { Says::Later(200) };
        ringing.told_over(&[vec![first, Says::Now(200)]]).await;
        ringing.ring(1);
        if when == When::NobodyHasRead {
            repeat(&ringing, 101);
        }
        ringing.read().await;
        if when == When::BeforeItIsSent {
            repeat(&ringing, 101);
        }
        let worker = Worker::new(&ringing);
        assert_eq!(worker.fire().await, 1, "{when:?}");
        if when == When::WhileItIsSent {
            ringing.receiver.comes().await;
            repeat(&ringing, 101);
        }
        ringing.receiver.answer();
        worker.is_done().await;
        if when == When::BetweenAttempts {
            repeat(&ringing, 101);
            ringing.passes(TimeDelta::seconds(10)).await;
            assert_eq!(worker.fire().await, 1);
            worker.is_done().await;
        }
        assert_eq!(ringing.received().len(), 1, "{when:?}");
        assert_eq!(ringing.ends(101), ["tasklog.reminder.sent.v1"], "{when:?}");
        assert_eq!(ringing.world.reminder(id(101)).status, ReminderStatus::Sent, "{when:?}");
    }
}

/// So many late reminders that people are told of them by the latest.
const MANY: u32 = 12;

#[tokio::test]
async fn given_one_that_another_tells_of_when_its_repetition_is_changed_as_the_log_is_told_then_it_ends() {
    let ringing = Ringing::new().await;
    ringing.told_over(&[vec![Says::Now(200)]]).await;
    begin(&ringing.world, u128::from(MANY)).await;
    ringing.world.advance(TimeDelta::hours(30));
    ringing.world.settle().await;
    ringing.read().await;
    let held = Arc::new(HeldUp::new(ringing.world.twin.clone()));
    let worker = Worker::with(&ringing, held.clone());
    assert_eq!(worker.fire().await, 1);
    // How the one that tells has ended, and then each of the others.
    held.holds(1).await;
    held.may_go.add_permits(1);
    held.holds(MANY - 1).await;
    repeat(&ringing, 1_000);
    held.let_all_go();
    // Whoever has the commands is at work with them.
    drop(held);
    worker.is_done().await;
    for n in 0..u128::from(MANY) {
        assert_eq!(ringing.world.reminder(id(1_000 + n)).status, ReminderStatus::Sent, "{n}");
    }
}
