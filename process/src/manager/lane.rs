//! One manager's way through the log: batch after batch, the checkpoint with the rows.

use std::sync::Arc;
use std::time::Duration;

use kafka_es::{LogRecord, Position};
use platform::postgres::{begin, in_time};
use sqlx::PgPool;

use super::checkpoint::{self, Checkpoint};
use super::{Failure, ProcessManager};
use crate::metric_definitions as metric;

/// The longest a transaction may take.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(30);

/// One manager's way through the log.
pub struct Lane<M> {
    manager: Arc<M>,
    pool: PgPool,
    checkpoint: Checkpoint,
}

impl<M: ProcessManager> Lane<M> {
    /// Goes on where the manager was.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn open(manager: Arc<M>, pool: PgPool, partitions: &[(String, i32)]) -> Result<Self, Failure> {
        let loading = async {
            let mut connection = pool.acquire().await?;
            checkpoint::load(&mut connection, manager.name(), partitions).await
        };
        let checkpoint = in_time(TRANSACTION_TIMEOUT, loading).await?;
        Ok(Self { manager, pool, checkpoint })
    }

    /// The first record of each partition that is still to be handled.
    pub fn next(&self) -> impl Iterator<Item = Position> + '_ {
        self.checkpoint.iter().map(|((topic, partition), at)| Position {
            topic: topic.clone(),
            partition: *partition,
            offset: at + 1,
        })
    }

    /// Handles the records that come next, and moves the checkpoint behind them.
    ///
    /// # Errors
    /// See [`Failure`]. The checkpoint stands where it stood, and so do the rows; commands may have been given.
    pub async fn apply(&mut self, records: &[LogRecord]) -> Result<(), Failure> {
        let changes = self.manager.handle(records).await?;
        let moves = checkpoint::after(records);
        let writing = async {
            if !self.manager.has_rows(&changes) {
                return checkpoint::advance_alone(&self.pool, self.manager.name(), &self.checkpoint, &moves).await;
            }
            let mut transaction = begin(&self.pool).await?;
            if !checkpoint::advance(&mut transaction, self.manager.name(), &self.checkpoint, &moves).await? {
                transaction.rollback().await?;
                return Ok(false);
            }
            self.manager.write(&mut transaction, &changes).await?;
            transaction.commit().await?;
            Ok(true)
        };
        if !in_time(TRANSACTION_TIMEOUT, writing).await? {
            metric::fenced(self.manager.name());
            return Err(Failure::Fenced);
        }
        self.checkpoint.extend(moves);
        metric::handled(self.manager.name(), records.len());
        self.manager.committed(&changes);
        Ok(())
    }
}
