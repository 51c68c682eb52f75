//! Records that the log no longer holds, wanted along with others that it does.

use futures::future::join_all;

use super::counter::{Counter, CounterCommand, CounterRefusal, meta};
use super::raw::fresh_topic;
use crate::command::{Committed, Expected, Outcome};
use crate::error::ExecuteError;
use crate::mutation::Mutations;
use crate::options::{StateLocation, StoreOptions};
use crate::settings::KafkaSettings;
use crate::store::EventStore;

/// So many streams lose the record of their first command, and as many keep it.
const LOST: i64 = 10;

/// A command that is given again when its stream has gone on is answered as at first, whatever the log has lost of other streams. Where the
/// record is its own, it is told so. `lose` has the broker delete the records of partition 0 of a topic below an offset.
///
/// # Panics
/// With what it found, and when the broker fails.
pub async fn lost_records(settings: &KafkaSettings, mutations: Mutations, lose: impl AsyncFnOnce(&str, i64)) {
    let topic = fresh_topic(settings, 1).await;
    let options = StoreOptions::new(settings.clone(), &topic, StateLocation::Memory);
    let store: EventStore<Counter> =
        EventStore::open(StoreOptions { mutations, ..options }).await.expect("the store opens");
    store.ready().await.expect("the store gets ready");
    for number in 0..2 * LOST {
        let first = give(&store, number, "first").await.expect("the command is committed");
        assert_eq!(first.position.offset, number);
    }
    for number in 0..2 * LOST {
        give(&store, number, "second").await.expect("the command is committed");
    }
    lose(&topic, LOST).await;

    // By turns: whoever reads for some of them at once has both kinds.
    let numbers = (0..LOST).flat_map(|number| [number, LOST + number]);
    let again = numbers.map(async |number| (number, give(&store, number, "first").await));
    let answers = join_all(again).await;
    let (lost, held): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(number, _)| *number < LOST);
    for (_, answer) in held {
        let again = answer.expect("what the log holds is answered");
        assert_eq!((again.outcome, again.sequence, again.aggregate.value), (Outcome::Replayed, 1, 1));
    }
    for (number, answer) in lost {
        let why = answer.expect_err("its record is gone").to_string();
        assert!(why.ends_with(&format!("no longer holds offset {number}")), "{why}");
    }
    store.close().await.expect("the store closes");
}

async fn give(
    store: &EventStore<Counter>,
    number: i64,
    id: &str,
) -> Result<Committed<Counter>, ExecuteError<CounterRefusal>> {
    let stream = format!("lost/{number}");
    store.execute(&stream, CounterCommand::Add(1), &(), meta(id), Expected::Any).await
}
