//! The barrier: before a refusal or a fresh read, everything that was acknowledged until then is applied.

use std::sync::Arc;
use std::time::Duration;

use crate::append::append_copy;
use crate::asker::Ends;
use crate::blank::blank;
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::error::LoadError;
use crate::partition::Partition;
use crate::shared::Shared;

/// A log that seems shorter than what was applied is looked at so many times, a pause apart, before it counts as truncated:
/// a leader that was just elected may not know its own end yet.
const SHORT_LOG_LOOKS: u32 = 6;
const SHORT_LOG_PAUSE: Duration = Duration::from_millis(500);
/// The end that a leader tells counts records that no reader is given: the marks of a foreign program's transactions. When the
/// tail has not got there after so long, a record of ours behind them tells that it has.
const HIDDEN_RECORDS_PATIENCE: Duration = Duration::from_secs(1);

impl<A: StoredAggregate, C: EventCodec<A::Event>> Shared<A, C> {
    /// Applies everything of the partition's log that was acknowledged to anybody when this call began.
    pub(crate) async fn catch_up(&self, partition: &Arc<Partition<A, C>>) -> Result<(), LoadError> {
        if self.around.mutations.skips_barrier() {
            return Ok(());
        }
        self.around.metrics.barriers.increment(1);
        let barrier = self.barrier(partition.id);
        let end = barrier.end(self.find_end(partition)).await?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        self.around.metrics.tail_lag.set((end - partition.at().next).max(0) as f64);
        let reached = self.wait_for(partition, end);
        if tokio::time::timeout(HIDDEN_RECORDS_PATIENCE, reached).await.is_err() {
            let end = barrier.end(self.end_by_record(partition)).await?;
            self.wait_for(partition, end).await;
        }
        self.check_stopped(partition)
    }

    async fn wait_for(&self, partition: &Partition<A, C>, end: i64) {
        partition.want(end);
        self.wait_until(partition, |progress| progress.next >= end || progress.stopped).await;
    }

    async fn find_end(&self, partition: &Arc<Partition<A, C>>) -> Result<i64, LoadError> {
        let asks_when_empty = self.around.mutations.asks_about_empty_partitions();
        match self.barrier_records && (partition.copy().is_some() || !asks_when_empty) {
            true => self.end_by_record(partition).await,
            false => self.end_by_question(partition).await,
        }
    }

    /// Writes a record without effect: all that was acknowledged before it was sent stands below it.
    async fn end_by_record(&self, partition: &Arc<Partition<A, C>>) -> Result<i64, LoadError> {
        let copy = match partition.copy() {
            Some(copy) => copy,
            None => {
                let blank = blank(partition.id, self.around.partitions);
                Arc::new(blank.map_err(|e| LoadError::State(e.to_string()))?)
            }
        };
        match append_copy(self, partition, &copy).await {
            Ok(offset) => Ok(offset + 1),
            Err(why) => {
                self.around.health.down(partition.id, &why);
                Err(LoadError::Unavailable(why))
            }
        }
    }

    /// The end of the partition's log as its leader tells it. Stops the partition when its log cannot be the one that was
    /// applied.
    pub(crate) async fn end_by_question(&self, partition: &Partition<A, C>) -> Result<i64, LoadError> {
        for look in 1..=SHORT_LOG_LOOKS {
            // What is applied while the question is under way may lie beyond the answer.
            let next = partition.at().next;
            let (low, high) = self.ask(partition.id).await?;
            // A log whose first events were deleted can neither be recognised nor rebuilt from.
            if high >= next && (low == 0 || low < next) {
                return Ok(high);
            }
            tracing::debug!(
                topic = self.options.topic,
                partition = partition.id,
                low,
                high,
                next,
                look,
                "the log does not fit"
            );
            tokio::time::sleep(SHORT_LOG_PAUSE).await;
        }
        partition.stop(format!(
            "{}/{} does not hold offset {}, the next to apply: the log was truncated, its events were deleted, or the topic was created anew. If the log is whole and the right one, delete the state folder and restart: the state is rebuilt from the log",
            self.options.topic,
            partition.id,
            partition.at().next
        ));
        self.check_stopped(partition)?;
        Err(LoadError::Unavailable("the log does not fit".to_owned()))
    }

    async fn ask(&self, partition: i32) -> Result<Ends, LoadError> {
        self.asker.ends(partition).await.map_err(|why| {
            self.around.health.down(partition, &why);
            LoadError::Unavailable(why)
        })
    }
}
