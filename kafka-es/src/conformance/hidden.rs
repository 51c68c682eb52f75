//! Records that count in the end of the log and that no reader is given.

use std::time::Duration;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::counter::{Counter, CounterCommand, meta};
use super::raw::fresh_topic;
use crate::command::{Expected, Freshness};
use crate::error::ExecuteError;
use crate::options::{StateLocation, StoreOptions};
use crate::settings::KafkaSettings;
use crate::store::EventStore;

/// A foreign program's transaction ends in a mark that readers do not see: refusals and reads behind it are answered
/// all the same.
///
/// # Panics
/// With what it found, and when the broker fails. A broker without transactions fails.
pub async fn hidden_records(settings: &KafkaSettings) {
    let topic = fresh_topic(settings, 1).await;
    let options = StoreOptions::new(settings.clone(), &topic, StateLocation::Memory);
    let store: EventStore<Counter> = EventStore::open(options).await.expect("the store opens");
    store.ready().await.expect("the store gets ready");
    let command = |id: &str, expected| store.execute("h/1", CounterCommand::Add(1), &(), meta(id), expected);
    command("a", Expected::Any).await.expect("committed");

    let (foreign, to) = (settings.clone(), topic.clone());
    tokio::task::spawn_blocking(move || transaction(&foreign, &to)).await.expect("the transaction ends");
    let refused = command("b", Expected::Version(7)).await;
    assert!(matches!(refused, Err(ExecuteError::WrongVersion { actual: 1 })), "{refused:?}");
    let loaded = store.load("h/1", Freshness::Barrier).await.expect("read").expect("there");
    assert_eq!(loaded.sequence, 1);

    let options = StoreOptions::new(settings.clone(), &topic, StateLocation::Memory);
    let started: EventStore<Counter> = EventStore::open(options).await.expect("the store opens");
    let ready = tokio::time::timeout(Duration::from_secs(20), started.ready()).await;
    ready.expect("a store that starts behind the mark gets ready").expect("nothing stops it");
    started.close().await.expect("the store closes");
    assert_eq!(command("c", Expected::Version(1)).await.expect("committed").sequence, 2);
    store.close().await.expect("the store closes");
}

fn transaction(settings: &KafkaSettings, topic: &str) {
    let mut config = settings.producer(Duration::from_secs(10), Duration::ZERO);
    config.set("transactional.id", format!("foreign-{topic}"));
    let producer: BaseProducer = config.create().expect("a producer");
    let patience = Duration::from_secs(20);
    producer.init_transactions(patience).expect("transactions");
    producer.begin_transaction().expect("begun");
    let record = BaseRecord::to(topic).partition(0).key("foreign").payload("hello");
    producer.send(record).map_err(|(error, _)| error).expect("queued");
    producer.commit_transaction(patience).expect("committed");
}
