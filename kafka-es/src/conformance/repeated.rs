//! A command id that a foreign program has used twice in one stream.

use std::path::Path;

use super::counter::{Counter, CounterCommand, meta};
use super::raw::{fresh_topic, raw_envelope, write_raw};
use crate::command::{Expected, Freshness, Outcome};
use crate::envelope::{Envelope, record_value};
use crate::options::{StateLocation, StoreOptions};
use crate::settings::KafkaSettings;
use crate::store::EventStore;

const STREAM: &str = "r/1";

/// Both are events, since sequences decide and nothing else: the history has both, and a repetition is answered with the later one.
///
/// # Panics
/// With what it found, and when the broker or the folder fails.
pub async fn repeated_command_id(settings: &KafkaSettings, folder: &Path) {
    let topic = fresh_topic(settings, 1).await;
    for sequence in 1..=3 {
        let id = if sequence == 2 { "another" } else { "twice" };
        let event = raw_envelope(STREAM, sequence, "counter.added.v1", r#"{"by":1}"#);
        let (value, _) = record_value(&[Envelope { commandid: id.to_owned(), ..event }]).expect("JSON");
        write_raw(settings, &topic, 0, STREAM, Some(&value)).await;
    }
    let open = || async {
        let options = StoreOptions::new(settings.clone(), &topic, StateLocation::Folder(folder.join("state")));
        let store: EventStore<Counter> = EventStore::open(options).await.expect("the store opens");
        store.ready().await.expect("the store gets ready");
        store
    };
    open().await.close().await.expect("the store closes");

    let store = open().await;
    let history = store.history(STREAM, Freshness::Barrier).await.expect("the history is read");
    let sequences: Vec<u64> = history.iter().map(|(_, event)| event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3]);
    let again = store.execute(STREAM, CounterCommand::Add(1), &(), meta("twice"), Expected::Any).await;
    let again = again.expect("a command that is there is answered");
    assert_eq!((again.outcome, again.sequence, again.aggregate.value), (Outcome::Replayed, 3, 3));
    store.close().await.expect("the store closes");
}
