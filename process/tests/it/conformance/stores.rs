//! The event stores, on a broker of their own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::topics;
use kafka_es::{
    Envelope, EventStore, KafkaSettings, LogEnds, Position, StateLocation, StoreOptions, TopicSpec, ensure_topics,
    partition_for,
};
use platform::clock::Clock;
use platform::embedded::broker::Broker;
use platform::lifecycle::Shutdown;
use process::commands::{Commands, StoreCommands};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::Side;
use crate::world::start;

/// Streams of a test are in more than one partition.
const PARTITIONS: i32 = 3;

pub(crate) struct Stores {
    commands: StoreCommands,
    /// Another writer, which knows no rule.
    other: FutureProducer,
    /// The broker's data.
    _folder: tempfile::TempDir,
}

impl Stores {
    /// They live as long as the runtime of their test.
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let broker = Broker::start("127.0.0.1:0".parse().unwrap(), folder.path()).await.unwrap();
        let kafka = KafkaSettings::embedded(broker.bootstrap());
        tokio::spawn(broker.run(Shutdown::new()));
        let specs = [topics::TASKS, topics::REMINDERS].map(|topic| TopicSpec::new(topic, PARTITIONS));
        ensure_topics(&kafka, &specs).await.unwrap();
        let options = |topic| StoreOptions::new(kafka.clone(), topic, StateLocation::Memory);
        let commands = StoreCommands {
            tasks: EventStore::open(options(topics::TASKS)).await.unwrap(),
            reminders: EventStore::open(options(topics::REMINDERS)).await.unwrap(),
            ends: Arc::new(LogEnds::new(kafka.clone())),
            clock: Clock::fixed(start()),
        };
        let other = kafka.producer(Duration::from_secs(10), Duration::ZERO).create().unwrap();
        Self { commands, other, _folder: folder }
    }
}

#[async_trait]
impl Side for Stores {
    fn commands(&self) -> &dyn Commands {
        &self.commands
    }

    async fn put(&self, topic: &'static str, envelope: Envelope) -> Position {
        let (key, payload) = (&envelope.partitionkey, serde_json::to_vec(&envelope).unwrap());
        let partition = partition_for(key.as_bytes(), PARTITIONS);
        let record = FutureRecord::to(topic).partition(partition).key(key.as_bytes()).payload(&payload);
        let sent = self.other.send(record, Duration::from_secs(10)).await.unwrap();
        Position { topic: topic.to_owned(), partition, offset: sent.offset }
    }
}
