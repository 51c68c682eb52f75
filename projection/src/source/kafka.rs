//! The log in Kafka.

use async_trait::async_trait;
use kafka_es::{KafkaSettings, LogReader, LogRecord};

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
