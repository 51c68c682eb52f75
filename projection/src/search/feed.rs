//! Reads the log ahead of a lane, so that reading goes on while documents are written.

use std::sync::Arc;

use kafka_es::LogRecord;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::store::NextOffsets;
use crate::source::{Log, SourceError};

/// Records taken at once: what one hand-over to the index holds at most.
const BATCH_MAX: usize = 512;
/// Batches read ahead.
const AHEAD: usize = 2;

/// Batches of records from given positions on. Dropping it ends the reading.
pub(super) struct Feed {
    batches: mpsc::Receiver<Result<Vec<LogRecord>, SourceError>>,
    pump: JoinHandle<()>,
}

impl Feed {
    /// Starts to read.
    ///
    /// # Errors
    /// When the log cannot be opened now.
    pub(super) async fn open(log: &Arc<dyn Log>, from: NextOffsets) -> Result<Self, SourceError> {
        let mut source = log.open(from).await?;
        let (send, batches) = mpsc::channel(AHEAD);
        let pump = tokio::spawn(async move {
            loop {
                let batch = source.next_batch(BATCH_MAX).await;
                let failed = batch.is_err();
                if send.send(batch).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { batches, pump })
    }

    /// The next records; after an error, open a new feed. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<Vec<LogRecord>, SourceError> {
        match self.batches.recv().await {
            Some(batch) => batch,
            None => Err(SourceError::Unavailable("the reader has ended".to_owned())),
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.pump.abort();
    }
}
