//! When records were written: looked up in the log, for those that a projection has not come to yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use kafka_es::Position;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::{ByPartition, Log, SourceError};

/// Records taken from the log at once, until there is one of each partition.
const BATCH_MAX_RECORDS: usize = 64;

/// When records were written; `None` for one that does not say.
pub type Written = BTreeMap<Position, Option<DateTime<Utc>>>;

/// Looks records up, one question at a time however many ask. What was asked last is known: of a projection that stands still the log is
/// asked once.
pub struct WrittenAt {
    log: Arc<dyn Log>,
    known: Mutex<Written>,
}

impl WrittenAt {
    /// Knows nothing yet.
    pub fn new(log: Arc<dyn Log>) -> Self {
        Self { log, known: Mutex::default() }
    }

    /// When these records were written, as far as that can be found out before `until`; the others are left out.
    pub async fn of(&self, wanted: &BTreeSet<Position>, until: Instant) -> Written {
        let Ok(mut known) = timeout_at(until, self.known.lock()).await else { return Written::new() };
        known.retain(|position, _| wanted.contains(position));
        while let Some(round) = next_round(wanted, &known) {
            match timeout_at(until, self.look(round, &mut known)).await {
                Ok(Ok(())) => {}
                // Who asks is told what is known; that the log cannot be read is said elsewhere.
                Ok(Err(_)) | Err(_) => break,
            }
        }
        known.clone()
    }

    async fn look(&self, mut left: ByPartition<i64>, known: &mut Written) -> Result<(), SourceError> {
        let mut source = self.log.open(left.clone()).await?;
        while !left.is_empty() {
            for record in source.next_batch(BATCH_MAX_RECORDS).await? {
                let place = (record.position.topic, record.position.partition);
                if let Some(offset) = left.remove(&place) {
                    let at = record.timestamp_ms.and_then(DateTime::from_timestamp_millis);
                    let (topic, partition) = place;
                    known.insert(Position { topic, partition, offset }, at);
                }
            }
        }
        Ok(())
    }
}

/// Where a reader begins to find what is not known: it has one place in each partition, so what is further on in one is left to the next round.
fn next_round(wanted: &BTreeSet<Position>, known: &Written) -> Option<ByPartition<i64>> {
    let mut round = ByPartition::new();
    for Position { topic, partition, offset } in wanted.iter().filter(|position| !known.contains_key(*position)) {
        round.entry((topic.clone(), *partition)).or_insert(*offset);
    }
    (!round.is_empty()).then_some(round)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kafka_es::{EnvelopeError, LogRecord};

    use super::super::MemoryLog;
    use super::*;

    fn at(partition: i32, offset: i64) -> Position {
        Position { topic: "t".to_owned(), partition, offset }
    }

    /// A log of two partitions with three records each, written at 0, 1 and 2 seconds, the last one at a time that it does not say.
    fn log() -> MemoryLog {
        let log = MemoryLog::new(&["t"], 2);
        for partition in 0..2 {
            for timestamp_ms in [Some(0), Some(1_000), None] {
                let content = Err(EnvelopeError::Empty);
                let position = at(partition, 0);
                log.append(LogRecord {
                    position,
                    key: None,
                    timestamp_ms,
                    traceparent: None,
                    content,
                    raw: Vec::new(),
                });
            }
        }
        log
    }

    async fn asked(written: &WrittenAt, wanted: &[Position]) -> Vec<(Position, Option<i64>)> {
        let wanted: BTreeSet<Position> = wanted.iter().cloned().collect();
        let found = written.of(&wanted, Instant::now() + Duration::from_millis(200)).await;
        found.into_iter().map(|(position, at)| (position, at.map(|at| at.timestamp_millis()))).collect()
    }

    #[tokio::test]
    async fn given_records_in_some_partitions_when_asked_then_each_tells_when_it_was_written() {
        let written = WrittenAt::new(Arc::new(log()));
        let found = asked(&written, &[at(0, 0), at(0, 1), at(1, 2)]).await;
        assert_eq!(found, [(at(0, 0), Some(0)), (at(0, 1), Some(1_000)), (at(1, 2), None)]);
        // Of what was asked last it remembers what is asked again.
        assert_eq!(asked(&written, &[at(0, 1)]).await, [(at(0, 1), Some(1_000))]);
    }

    #[tokio::test]
    async fn given_a_record_that_is_not_there_when_asked_then_the_others_are_told_without_it() {
        let written = WrittenAt::new(Arc::new(log()));
        assert_eq!(asked(&written, &[at(0, 1), at(1, 3)]).await, [(at(0, 1), Some(1_000))]);
    }
}
