//! Where projections read the log from. [`KafkaLog`] reads the real one, [`MemoryLog`] stands beside it for tests; whoever
//! reads cannot tell them apart.

mod kafka;
mod memory;
mod written;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
pub use kafka::KafkaLog;
use kafka_es::LogRecord;
pub use memory::MemoryLog;
pub use written::{Written, WrittenAt};

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

/// A log that seems shorter than what was applied is looked at so many times, a pause apart, before it counts as truncated: a
/// leader that was just elected may not know its own end yet.
const SHORT_LOG_LOOKS: u32 = 6;
const SHORT_LOG_PAUSE: Duration = Duration::from_millis(500);

/// Looks whether the log holds everything before `next`; `ends` is the first look. Gives the ends it has found.
///
/// # Errors
/// [`SourceError::Lost`] when at every look a partition ended before its `next`.
pub async fn whole(
    log: &dyn Log,
    topics: &[&str],
    mut ends: ByPartition<i64>,
    next: &ByPartition<i64>,
) -> Result<ByPartition<i64>, SourceError> {
    for look in 1.. {
        let end_of = |partition: &(String, i32)| ends.get(partition).copied().unwrap_or_default();
        let Some(((topic, partition), wanted)) = next.iter().find(|(partition, next)| **next > end_of(partition))
        else {
            break;
        };
        if look == SHORT_LOG_LOOKS {
            let end = end_of(&(topic.clone(), *partition));
            return Err(SourceError::Lost(format!(
                "{topic}/{partition} ends at offset {end} but {wanted} was to be read next: the log was truncated or the topic \
                 was made anew; restore it, or rebuild the projections from what is left"
            )));
        }
        tokio::time::sleep(SHORT_LOG_PAUSE).await;
        ends = log.end_offsets(topics).await?;
    }
    Ok(ends)
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A log whose leader knows its end only after some questions.
    struct Forgetful {
        questions: AtomicU32,
        knows_after: u32,
    }

    #[async_trait]
    impl Log for Forgetful {
        async fn end_offsets(&self, _topics: &[&str]) -> Result<ByPartition<i64>, SourceError> {
            let asked = self.questions.fetch_add(1, Ordering::Relaxed) + 1;
            Ok([(("t".to_owned(), 0), if asked > self.knows_after { 9 } else { 3 })].into())
        }

        async fn open(&self, _from: ByPartition<i64>) -> Result<Box<dyn Source>, SourceError> {
            Err(SourceError::Unavailable("has no records".to_owned()))
        }
    }

    async fn looked_at(knows_after: u32) -> Result<ByPartition<i64>, SourceError> {
        let log = Forgetful { questions: AtomicU32::new(0), knows_after };
        let first = log.end_offsets(&["t"]).await?;
        whole(&log, &["t"], first, &[(("t".to_owned(), 0), 7)].into()).await
    }

    #[tokio::test]
    async fn given_a_leader_that_does_not_know_its_end_yet_when_looked_at_again_then_nothing_is_lost() {
        assert_eq!(looked_at(SHORT_LOG_LOOKS - 1).await.unwrap().into_values().collect::<Vec<_>>(), [9]);
    }

    #[tokio::test]
    async fn given_a_log_that_stays_short_when_looked_at_again_then_it_is_lost() {
        let lost = looked_at(u32::MAX).await.unwrap_err().to_string();
        assert!(lost.contains("t/0 ends at offset 3 but 7"), "{lost}");
    }
}
