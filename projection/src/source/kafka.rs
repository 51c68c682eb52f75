//! The log in Kafka.

use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join_all;
use kafka_es::{KafkaSettings, LogReader, LogRecord, Position, ReadError};

use super::{ByPartition, Log, Source, SourceError};

/// The log in Kafka.
#[derive(Debug, Clone)]
pub struct KafkaLog {
    settings: KafkaSettings,
}

impl KafkaLog {
    /// Reads through these settings.
    pub fn new(settings: KafkaSettings) -> Self {
        Self { settings }
    }
}

#[async_trait]
impl Log for KafkaLog {
    async fn end_offsets(&self, topics: &[&str]) -> Result<ByPartition<i64>, SourceError> {
        let asked = topics.iter().map(async |topic| {
            let offsets = kafka_es::end_offsets(&self.settings, topic).await?;
            let named = offsets.into_iter().map(|(partition, end)| (((*topic).to_owned(), partition), end));
            Ok::<_, SourceError>(named.collect::<Vec<_>>())
        });
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    async fn open(&self, from: ByPartition<i64>) -> Result<Box<dyn Source>, SourceError> {
        let from = from.into_iter().map(|((topic, partition), offset)| Position { topic, partition, offset });
        Ok(Box::new(LogReader::open(&self.settings, from)?))
    }
}

#[async_trait]
impl Source for LogReader {
    async fn next_batch(&mut self, max: usize) -> Result<Vec<LogRecord>, SourceError> {
        loop {
            // No lingering: what is there is applied at once, and more comes while that is written.
            let batch = LogReader::next_batch(self, max, Duration::ZERO).await?;
            if !batch.is_empty() {
                return Ok(batch);
            }
        }
    }
}

impl From<ReadError> for SourceError {
    fn from(error: ReadError) -> Self {
        match error {
            // Perhaps the end is only not known yet: whoever opens the log again looks more than once.
            ReadError::Truncated { wanted, high, .. } if wanted > high => Self::Unavailable(error.to_string()),
            ReadError::Truncated { .. } => Self::Lost(error.to_string()),
            ReadError::Start(_) | ReadError::Unavailable(_) | ReadError::Fatal(_) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}
