//! The log as a rebuild reads it: what is there, or exactly up to where another generation is.

use std::sync::Arc;

use kafka_es::LogRecord;

use crate::projector::checkpoint::Checkpoint;
use crate::source::{ByPartition, Log, Source, SourceError};

/// Records of one topic, in order within each partition.
pub(super) struct Feed {
    source: Box<dyn Source>,
    /// Read from the source and not given yet.
    held: Vec<LogRecord>,
}

impl Feed {
    /// Reads `topic` from after `applied` on.
    pub(super) async fn open(log: &Arc<dyn Log>, topic: &str, applied: &Checkpoint) -> Result<Self, SourceError> {
        let from: ByPartition<i64> =
            applied.iter().map(|(partition, at)| ((topic.to_owned(), *partition), at + 1)).collect();
        Ok(Self { source: log.open(from).await?, held: Vec::new() })
    }

    /// Waits for records. Cancelling it may lose some: open another feed then.
    pub(super) async fn next(&mut self, max: usize) -> Result<Vec<LogRecord>, SourceError> {
        if self.held.is_empty() { self.source.next_batch(max).await } else { Ok(std::mem::take(&mut self.held)) }
    }

    /// Waits for records and gives those up to `ceiling`, perhaps none; the others are held back.
    pub(super) async fn next_up_to(&mut self, ceiling: &Checkpoint, max: usize) -> Result<Vec<LogRecord>, SourceError> {
        let below = |record: &LogRecord| {
            ceiling.get(&record.position.partition).is_some_and(|end| record.position.offset <= *end)
        };
        let (given, held): (Vec<_>, Vec<_>) = std::mem::take(&mut self.held).into_iter().partition(below);
        self.held = held;
        if !given.is_empty() {
            return Ok(given);
        }
        let (given, held): (Vec<_>, Vec<_>) = self.source.next_batch(max).await?.into_iter().partition(below);
        self.held.extend(held);
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use kafka_es::Position;
    use kafka_es::envelope::parse_record;

    use super::*;
    use crate::source::MemoryLog;

    async fn filled(offsets: i64) -> Feed {
        let log = MemoryLog::new(&["t"], 1);
        for _ in 0..offsets {
            log.append(LogRecord {
                position: Position { topic: "t".to_owned(), partition: 0, offset: 0 },
                key: None,
                timestamp_ms: None,
                traceparent: None,
                content: parse_record(None, None),
                raw: Vec::new(),
            });
        }
        let log: Arc<dyn Log> = Arc::new(log);
        Feed::open(&log, "t", &[(0, -1)].into()).await.unwrap()
    }

    fn offsets(records: &[LogRecord]) -> Vec<i64> {
        records.iter().map(|record| record.position.offset).collect()
    }

    #[tokio::test]
    async fn given_a_ceiling_when_read_up_to_then_what_is_above_comes_later_and_in_order() {
        let mut feed = filled(6).await;
        assert_eq!(offsets(&feed.next_up_to(&[(0, 1)].into(), 9).await.unwrap()), [0, 1]);
        assert_eq!(offsets(&feed.next_up_to(&[(0, 3)].into(), 9).await.unwrap()), [2, 3]);
        assert_eq!(offsets(&feed.next(9).await.unwrap()), [4, 5]);
    }
}
