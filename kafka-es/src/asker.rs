//! The client that asks Kafka where the log ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaResult;

use crate::client::{PutAway, QuietContext, blocking, watermarks};
use crate::settings::KafkaSettings;

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// First offset and offset after the last.
pub(crate) type Ends = (i64, i64);

/// A client of Kafka that reads nothing.
pub(crate) type Client = Arc<PutAway<BaseConsumer<QuietContext>>>;

/// Asks about one topic; its client can be replaced.
pub(crate) struct Asker {
    topic: String,
    client: Mutex<Client>,
}

impl Asker {
    /// A client that has not asked anything yet.
    pub(crate) fn connect(settings: &KafkaSettings) -> KafkaResult<Client> {
        Ok(Arc::new(PutAway::new(settings.consumer(1024).create_with_context(QuietContext)?)))
    }

    pub(crate) fn new(topic: &str, client: Client) -> Self {
        Self { topic: topic.to_owned(), client: Mutex::new(client) }
    }

    /// The ends of a partition's log, asked of Kafka now.
    pub(crate) async fn ends(&self, partition: i32) -> Result<Ends, String> {
        let client = self.lock().clone();
        self.ends_by(client, partition).await
    }

    /// The same, asked by another client.
    pub(crate) async fn ends_by(&self, client: Client, partition: i32) -> Result<Ends, String> {
        let topic = self.topic.clone();
        blocking(move || watermarks(&**client, &topic, partition, TIMEOUT)).await?
    }

    /// Asks with `client` from now on.
    pub(crate) fn replace(&self, client: Client) {
        *self.lock() = client;
    }

    /// Takes away what librdkafka reports while brokers are away; nothing is assigned, so nothing else comes.
    pub(crate) fn poll(&self) {
        let client = self.lock().clone();
        let _ = client.poll(Duration::ZERO);
    }

    fn lock(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
