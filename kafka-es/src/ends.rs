//! Where a log ends, for whoever reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::asker::{Asker, Client};
use crate::client::{blocking, shape, watermarks};
use crate::error::ReadError;
use crate::settings::KafkaSettings;

const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that is kept is given up after this long: a new one may get the answer, where the old one never will.
const KEPT_TIMEOUT: Duration = Duration::from_millis(500);

/// Asks where logs end, again and again: to make a client takes far longer than to ask, so one is kept until it fails.
///
/// ```no_run
/// # async fn example() -> Result<(), kafka_es::ReadError> {
/// use std::time::Duration;
///
/// let ends = kafka_es::LogEnds::new(kafka_es::KafkaSettings::new("localhost:9092"));
/// loop {
///     let records: i64 = ends.of("accounts").await?.values().sum();
///     println!("{records} records");
///     tokio::time::sleep(Duration::from_secs(1)).await;
/// }
/// # }
/// ```
pub struct LogEnds {
    settings: KafkaSettings,
    /// Not there while it is asked, and back only with an answer: whoever stops waiting for one has no use for the client either.
    kept: Mutex<Option<Client>>,
}

impl fmt::Debug for LogEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogEnds").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl LogEnds {
    /// Connects when it is first asked.
    pub fn new(settings: KafkaSettings) -> Self {
        Self { settings, kept: Mutex::new(None) }
    }

    /// The offset after the last record of each partition of `topic`, 0 for an empty one, asked of Kafka now.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] when Kafka does not answer a new client within ten seconds.
    pub async fn of(&self, topic: &str) -> Result<BTreeMap<i32, i64>, ReadError> {
        if let Some(client) = self.replace(None)
            && let Ok(Ok(ends)) = tokio::time::timeout(KEPT_TIMEOUT, ask(&client, topic)).await
        {
            self.replace(Some(client));
            return Ok(ends);
        }
        let client = Asker::connect(&self.settings).map_err(|e| ReadError::Start(e.to_string()))?;
        let ends = ask(&client, topic).await.map_err(ReadError::Unavailable)?;
        self.replace(Some(client));
        Ok(ends)
    }

    fn replace(&self, client: Option<Client>) -> Option<Client> {
        std::mem::replace(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner), client)
    }
}

async fn ask(client: &Client, topic: &str) -> Result<BTreeMap<i32, i64>, String> {
    let (client, topic) = (client.clone(), topic.to_owned());
    let asked = blocking(move || {
        let client = &**client;
        // What librdkafka has reported since; nothing is assigned, so nothing else comes.
        while client.poll(Duration::ZERO).is_some() {}
        let shape = shape(client, &topic, ASK_TIMEOUT).map_err(|e| e.to_string())?;
        let shape = shape.ok_or_else(|| format!("topic {topic} does not exist"))?;
        let ends =
            (0..shape.partitions).map(|id| watermarks(client, &topic, id, ASK_TIMEOUT).map(|(_, high)| (id, high)));
        ends.collect()
    });
    asked.await?
}

/// The offset after the last record of each partition, 0 for an empty one. To ask again and again, see [`LogEnds`].
///
/// ```no_run
/// # async fn example() -> Result<(), kafka_es::ReadError> {
/// let kafka = kafka_es::KafkaSettings::new("localhost:9092");
/// let records: i64 = kafka_es::end_offsets(&kafka, "accounts").await?.values().sum();
/// println!("{records} records");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ReadError::Unavailable`] when Kafka does not answer within ten seconds.
pub async fn end_offsets(settings: &KafkaSettings, topic: &str) -> Result<BTreeMap<i32, i64>, ReadError> {
    LogEnds::new(settings.clone()).of(topic).await
}
