//! The log as a rebuild reads it: what is there, or exactly up to where another generation is.

use std::sync::Arc;

use kafka_es::LogRecord;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::projector::checkpoint::Checkpoint;
use crate::source::{ByPartition, Log, SourceError};

/// Batches that wait, already read, while one is applied and another is read.
const AHEAD: usize = 1;

/// Records of one topic, in order within each partition. A task of its own reads them: while Postgres writes a batch, the next ones
/// are taken apart.
pub(super) struct Feed {
    batches: mpsc::Receiver<Result<Vec<LogRecord>, SourceError>>,
    /// Given by the reader and not given on yet.
    held: Vec<LogRecord>,
    _reader: AbortOnDropHandle<()>,
}

impl Feed {
    /// Reads `topic` from after `applied` on, at most `max` records at a time.
    pub(super) async fn open(
        log: &Arc<dyn Log>,
        topic: &str,
        applied: &Checkpoint,
        max: usize,
    ) -> Result<Self, SourceError> {
        let from: ByPartition<i64> =
            applied.iter().map(|(partition, at)| ((topic.to_owned(), *partition), at + 1)).collect();
        let mut source = log.open(from).await?;
        let (give, batches) = mpsc::channel(AHEAD);
        let reader = tokio::spawn(async move {
            loop {
                let batch = source.next_batch(max).await;
                let failed = batch.is_err();
                if give.send(batch).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { batches, held: Vec::new(), _reader: AbortOnDropHandle::new(reader) })
    }

    /// Waits for records.
    pub(super) async fn next(&mut self) -> Result<Vec<LogRecord>, SourceError> {
        if self.held.is_empty() { self.read().await } else { Ok(std::mem::take(&mut self.held)) }
    }

    async fn read(&mut self) -> Result<Vec<LogRecord>, SourceError> {
        let batch = self.batches.recv().await;
        batch.unwrap_or_else(|| Err(SourceError::Unavailable("the reader has stopped".to_owned())))
    }

    /// Waits for records and gives those up to `ceiling`, perhaps none; the others are held back.
    pub(super) async fn next_up_to(&mut self, ceiling: &Checkpoint) -> Result<Vec<LogRecord>, SourceError> {
        let below = |record: &LogRecord| {
            ceiling.get(&record.position.partition).is_some_and(|end| record.position.offset <= *end)
        };
        let (given, held): (Vec<_>, Vec<_>) = std::mem::take(&mut self.held).into_iter().partition(below);
        self.held = held;
        if !given.is_empty() {
            return Ok(given);
        }
        let (given, held): (Vec<_>, Vec<_>) = self.read().await?.into_iter().partition(below);
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
        Feed::open(&log, "t", &[(0, -1)].into(), 9).await.unwrap()
    }

    fn offsets(records: &[LogRecord]) -> Vec<i64> {
        records.iter().map(|record| record.position.offset).collect()
    }

    #[tokio::test]
    async fn given_a_ceiling_when_read_up_to_then_what_is_above_comes_later_and_in_order() {
        let mut feed = filled(6).await;
        assert_eq!(offsets(&feed.next_up_to(&[(0, 1)].into()).await.unwrap()), [0, 1]);
        assert_eq!(offsets(&feed.next_up_to(&[(0, 3)].into()).await.unwrap()), [2, 3]);
        assert_eq!(offsets(&feed.next().await.unwrap()), [4, 5]);
    }
}
