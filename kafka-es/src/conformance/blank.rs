//! A barrier by record in a partition that holds no event to copy.

use std::path::Path;

use super::counter::{Counter, CounterCommand, meta};
use super::raw::{fresh_topic, read_all};
use crate::command::{Expected, Freshness, Outcome};
use crate::envelope::EnvelopeError;
use crate::mutation::Mutations;
use crate::options::{Barrier, StateLocation, StoreOptions};
use crate::settings::KafkaSettings;
use crate::store::EventStore;

/// Refusals and reads are answered, each after a record that no reader takes for an event; a writer whose last applied record
/// is such a one goes on from there after a restart.
///
/// # Panics
/// With what it found, and when the broker fails.
pub async fn barrier_without_events(settings: &KafkaSettings, folder: &Path, mutations: Mutations) {
    let topic = fresh_topic(settings, 1).await;
    let open = async || {
        let options = StoreOptions::new(settings.clone(), &topic, StateLocation::Folder(folder.join("blank")));
        let options = StoreOptions { barrier: Barrier::Record, mutations, ..options };
        let store: EventStore<Counter> = EventStore::open(options).await.expect("the store opens");
        store.ready().await.expect("the store gets ready");
        store
    };
    let store = open().await;
    let looked = store.execute("b/1", CounterCommand::Look, &(), meta("a"), Expected::Any).await.expect("looked");
    assert_eq!((looked.outcome, looked.sequence), (Outcome::Unchanged, 0));
    assert!(store.load("b/1", Freshness::Barrier).await.expect("loaded").is_none());
    store.close().await.expect("the store closes");
    // The folder is free once nobody holds the store.
    drop(store);

    let store = open().await;
    let added = store.execute("b/1", CounterCommand::Add(1), &(), meta("b"), Expected::Any).await.expect("committed");
    assert_eq!(added.sequence, 1);
    store.close().await.expect("the store closes");
    let log = read_all(settings, &topic).await;
    let blank = log.iter().filter(|record| record.content == Err(EnvelopeError::Blank)).count();
    assert_eq!((blank, log.len()), (2, 3), "a barrier by record leaves one, and nothing else does");
}
