//! What [`Commands`] promises, asked of both that keep it: the twin, which all the other tests stand on, and the event stores on a log of
//! their own. A case that passes on a write side that breaks its promise would prove nothing: each is shown to notice.

mod cases;
mod stores;

use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kafka_es::{Envelope, Position};
use process::commands::Commands;

use crate::faults::{Broken, Fault};
use crate::twin::Twin;
use crate::world::start;

/// A write side, and what another writer may do to its log.
#[async_trait]
pub(crate) trait Side: Sync {
    /// What is asked.
    fn commands(&self) -> &dyn Commands;

    /// Appends a record as it is, whatever the rule says of it; where it stands.
    async fn put(&self, topic: &'static str, envelope: Envelope) -> Position;
}

#[async_trait]
impl Side for Twin {
    fn commands(&self) -> &dyn Commands {
        self
    }

    async fn put(&self, topic: &'static str, envelope: Envelope) -> Position {
        Self::put(self, topic, envelope)
    }
}

#[async_trait]
impl Side for Broken<Twin> {
    fn commands(&self) -> &dyn Commands {
        self
    }

    async fn put(&self, topic: &'static str, envelope: Envelope) -> Position {
        self.inner.put(topic, envelope)
    }
}

type Case = (&'static str, fn(&dyn Side) -> BoxFuture<'_, ()>);

const CASES: [Case; 11] = [
    ("a command id counts once in its stream", |side| cases::a_command_id_counts_once(side).boxed()),
    ("a command id means nothing in another stream", |side| cases::an_id_is_of_its_stream(side).boxed()),
    ("the same command from many at once is done once", |side| cases::many_at_once(side).boxed()),
    ("what changes nothing is done and leaves no event", |side| cases::what_changes_nothing(side).boxed()),
    ("an order for another version changes nothing", |side| cases::another_version(side).boxed()),
    ("what is refused leaves no event", |side| cases::what_is_refused(side).boxed()),
    ("a task is as the log has it at this moment", |side| cases::as_the_log_has_it(side).boxed()),
    ("events come back in order, with what they follow from", |side| cases::events_in_order(side).boxed()),
    ("a record that lost the race does not count", |side| cases::void_records(side).boxed()),
    ("a log ends behind its last record", |side| cases::ends_of_the_log(side).boxed()),
    ("a stream that cannot be read is blocked, and no other", |side| cases::blocked_stream(side).boxed()),
];

#[tokio::test]
async fn given_the_twin_when_asked_then_it_keeps_every_promise() {
    for (name, case) in CASES {
        let held = AssertUnwindSafe(case(&Twin::at(start()))).catch_unwind().await;
        assert!(held.is_ok(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn given_event_stores_on_a_log_when_asked_then_they_keep_every_promise() {
    let stores = stores::Stores::open().await;
    for (name, case) in CASES {
        let held = AssertUnwindSafe(case(&stores)).catch_unwind().await;
        assert!(held.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn given_a_write_side_that_breaks_a_promise_when_asked_then_the_case_notices() {
    for (fault, noticed_by) in [
        (Fault::IdsFollowFromNothing, "a command id counts once in its stream"),
        (Fault::IdsFollowFromNothing, "the same command from many at once is done once"),
        (Fault::NoVersionIsExpected, "an order for another version changes nothing"),
        (Fault::TasksAreStale, "a task is as the log has it at this moment"),
        (Fault::EventsComeBackwards, "events come back in order, with what they follow from"),
        (Fault::VoidRecordsCount, "a record that lost the race does not count"),
        (Fault::LogEndsEarly, "a log ends behind its last record"),
        (Fault::BlockedIsAnyFailure, "a stream that cannot be read is blocked, and no other"),
    ] {
        let broken = Broken { inner: Twin::at(start()), fault };
        let (_, case) = CASES.iter().find(|(name, _)| *name == noticed_by).unwrap();
        let held = AssertUnwindSafe(case(&broken)).catch_unwind().await;
        assert!(held.is_err(), "{fault:?} was not noticed by: {noticed_by}");
    }
}
