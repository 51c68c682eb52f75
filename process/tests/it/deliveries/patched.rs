//! A reminder that rings, and whose repetition alone is changed meanwhile: people are told of it all the same.

use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, ReminderPatch, ReminderStatus};
use process::commands::Answer;
use serde_json::json;

use super::Ringing;
use super::receiver::Says;
use super::worker::Worker;
use crate::world::id;

/// How far the message has come when the repetition is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    NobodyHasRead,
    BeforeItIsSent,
    WhileItIsSent,
    BetweenAttempts,
}

fn repeat(ringing: &Ringing) {
    let patch = json!({"repeat": {"every": "PT10M", "times": 3}});
    let patch = ReminderPatch::from_json(patch.as_object().unwrap()).unwrap();
    let at = ringing.world.clock.now();
    let answer = ringing.world.twin.user::<Reminder>(id(101), ReminderCommand::Reschedule { patch, task: None, at });
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
            repeat(&ringing);
        }
        ringing.read().await;
        if when == When::BeforeItIsSent {
            repeat(&ringing);
        }
        let worker = Worker::new(&ringing);
        assert_eq!(worker.fire().await, 1, "{when:?}");
        if when == When::WhileItIsSent {
            ringing.receiver.comes().await;
            repeat(&ringing);
        }
        ringing.receiver.answer();
        worker.is_done().await;
        if when == When::BetweenAttempts {
            repeat(&ringing);
            ringing.passes(TimeDelta::seconds(10)).await;
            assert_eq!(worker.fire().await, 1);
            worker.is_done().await;
        }
        assert_eq!(ringing.received().len(), 1, "{when:?}");
        assert_eq!(ringing.ends(101), ["tasklog.reminder.sent.v1"], "{when:?}");
        assert_eq!(ringing.world.reminder(id(101)).status, ReminderStatus::Sent, "{when:?}");
    }
}
