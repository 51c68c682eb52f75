//! Records that stand in the log twice: librdkafka may send one again under a new producer epoch, where the broker does
//! not know the first copy, and the acknowledgement is then the second one's.

use cqrs_es::EventStore as _;

use super::counter::{Counter, CounterCommand, CounterEvent, meta};
use super::raw::{fresh_topic, read_all};
use crate::command::{Expected, Outcome};
use crate::mutation::Mutations;
use crate::options::{StateLocation, StoreOptions};
use crate::settings::KafkaSettings;
use crate::store::EventStore;

/// A command whose record is written twice is committed once, and its caller is told so, also through cqrs-es, which
/// would decide again under another id if it heard of a conflict.
///
/// # Panics
/// With what it found, and when the broker fails.
pub async fn written_twice(settings: &KafkaSettings, mutations: Mutations) {
    let topic = fresh_topic(settings, 1).await;
    let mutations = Mutations { writes_twice: true, ..mutations };
    let options = StoreOptions::new(settings.clone(), &topic, StateLocation::Memory);
    let store: EventStore<Counter> =
        EventStore::open(StoreOptions { mutations, ..options }).await.expect("the store opens");
    store.ready().await.expect("the store gets ready");

    let first = store.execute("w/1", CounterCommand::AddEach(2), &(), meta("a"), Expected::Version(0)).await;
    let first = first.expect("the command is committed");
    assert_eq!((first.outcome, first.sequence, first.position.offset), (Outcome::Appended, 2, 0));
    let again = store.execute("w/1", CounterCommand::AddEach(2), &(), meta("a"), Expected::Version(0)).await;
    assert_eq!(again.expect("replayed").outcome, Outcome::Replayed);

    let loaded = store.load_aggregate("w/1").await.expect("loaded");
    let committed = store.commit(vec![CounterEvent::Added { by: 5 }], loaded, [].into()).await;
    assert_eq!(committed.expect("no conflict: the event is in the log").len(), 1);
    let loaded = store.load_aggregate("w/1").await.expect("loaded");
    assert_eq!((loaded.sequence, loaded.aggregate.value), (3, 7));
    store.close().await.expect("the store closes");
    assert_eq!(read_all(settings, &topic).await.len(), 4, "each record stands there twice");
}
