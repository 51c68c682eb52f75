//! Commands that are given again, many at the same time, when their streams have gone on.

use std::time::Duration;

use futures::future::join_all;

use super::counter::{Counter, CounterCommand, CounterRefusal, meta};
use super::raw::fresh_topic;
use crate::command::{Committed, Expected, Outcome};
use crate::error::ExecuteError;
use crate::mutation::Mutations;
use crate::options::{StateLocation, StoreOptions};
use crate::settings::KafkaSettings;
use crate::store::EventStore;

const STREAMS: usize = 1_000;
/// Who asks and goes before there is an answer, as a client does that tries again: so many that to read for them too, one by one, takes
/// longer than a command may, even if a read takes a fraction of a millisecond.
const GONE: usize = 50;

type Answer = Result<Committed<Counter>, ExecuteError<CounterRefusal>>;

/// Each is answered as it was at first, which takes a look at the log; who has gone meanwhile does not stand in the way of the others.
///
/// # Panics
/// With what it found, and when the broker fails.
pub async fn given_again_at_once(settings: &KafkaSettings, mutations: Mutations) {
    let topic = fresh_topic(settings, 2).await;
    let mut options = StoreOptions::new(settings.clone(), &topic, StateLocation::Memory);
    options.mutations = mutations;
    let store: EventStore<Counter> = EventStore::open(options).await.expect("the store opens");
    store.ready().await.expect("the store gets ready");
    for id in ["first", "second"] {
        for answer in all(&store, id).await {
            assert_eq!(answer.expect("the command is committed").outcome, Outcome::Appended);
        }
    }
    for _ in 0..GONE {
        let _ = tokio::time::timeout(Duration::from_millis(20), all(&store, "first")).await;
    }
    for answer in all(&store, "first").await {
        let again = answer.expect("a command that is there is answered");
        assert_eq!((again.outcome, again.sequence, again.aggregate.value), (Outcome::Replayed, 1, 1));
    }
    store.close().await.expect("the store closes");
}

/// Gives each stream the command with this id.
async fn all(store: &EventStore<Counter>, id: &str) -> Vec<Answer> {
    let give = async |number: usize| {
        let stream = format!("again/{number}");
        store.execute(&stream, CounterCommand::Add(1), &(), meta(id), Expected::Any).await
    };
    join_all((0..STREAMS).map(give)).await
}
