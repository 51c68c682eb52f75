//! Where projections read the log from. [`KafkaLog`] reads the real one, [`MemoryLog`] stands beside it for tests; whoever
//! reads cannot tell them apart.

mod kafka;
mod memory;

use std::collections::BTreeMap;

use async_trait::async_trait;
pub use kafka::KafkaLog;
use kafka_es::LogRecord;
pub use memory::MemoryLog;

/// A value for each partition of each topic.
pub type ByPartition<T> = BTreeMap<(String, i32), T>;

/// The log: its partitions, how far they reach, and readers from any place in them.
#[async_trait]
pub trait Log: Send + Sync + 'static {
    /// The offset after the last record of every partition of `topics`. Its keys are all partitions there are.
    async fn end_offsets(&self, topics: &[&str]) -> Result<ByPartition<i64>, SourceError>;

    /// A reader of exactly these partitions, each from the given offset on.
    async fn open(&self, from: ByPartition<i64>) -> Result<Box<dyn Source>, SourceError>;
}

/// A reader of some partitions. Records of one partition come in order; across partitions no order is promised.
#[async_trait]
pub trait Source: Send {
    /// Waits until there is a record, then gives those that are there, at most `max`. Never empty.
    ///
    /// Cancelling it may lose the records it was about to give: after that, open a new source.
    async fn next_batch(&mut self, max: usize) -> Result<Vec<LogRecord>, SourceError>;
}

/// Why the log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Not now; trying again later is right.
    #[error("the log cannot be read: {0}")]
    Unavailable(String),
    /// The log has lost what was to be read next. Going on would skip events: an operator must look.
    #[error("{0}")]
    Lost(String),
}
