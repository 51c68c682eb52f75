//! A log whose reading can be held up, broken and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use kafka_es::LogRecord;
use projection::source::{ByPartition, Log, MemoryLog, Source, SourceError};
use tokio::sync::watch;

#[derive(Clone)]
pub(crate) struct Tampered {
    log: MemoryLog,
    held: Arc<watch::Sender<bool>>,
    fills_held: Arc<watch::Sender<bool>>,
    fills_fail: Arc<AtomicBool>,
    broken: Arc<AtomicBool>,
    readers: Arc<AtomicUsize>,
    readers_most: Arc<AtomicUsize>,
}

impl Tampered {
    pub(crate) fn over(log: MemoryLog) -> Self {
        let (fills_fail, broken, readers, readers_most) = Default::default();
        let (held, fills_held) = (Arc::new(watch::Sender::new(false)), Arc::new(watch::Sender::new(false)));
        Self { log, held, fills_held, fills_fail, broken, readers, readers_most }
    }

    /// Readers get nothing while it is held.
    pub(crate) fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Readers that begin where the log begins get nothing while they are held.
    pub(crate) fn hold_fills(&self, held: bool) {
        self.fills_held.send_replace(held);
    }

    /// None can be opened that begins where the log begins.
    pub(crate) fn fail_fills(&self, fail: bool) {
        self.fills_fail.store(fail, Ordering::Relaxed);
    }

    /// The next reader that has something to give panics.
    pub(crate) fn break_next(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Readers there are.
    pub(crate) fn readers(&self) -> usize {
        self.readers.load(Ordering::Relaxed)
    }

    /// Readers there ever were at once.
    pub(crate) fn readers_most(&self) -> usize {
        self.readers_most.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Log for Tampered {
    async fn end_offsets(&self, topics: &[&str]) -> Result<ByPartition<i64>, SourceError> {
        self.log.end_offsets(topics).await
    }

    async fn open(&self, from: ByPartition<i64>) -> Result<Box<dyn Source>, SourceError> {
        let fills = from.values().all(|next| *next == 0);
        if fills && self.fills_fail.load(Ordering::Relaxed) {
            return Err(SourceError::Unavailable("a fault".to_owned()));
        }
        let source = self.log.open(from).await?;
        let readers = self.readers.fetch_add(1, Ordering::Relaxed) + 1;
        self.readers_most.fetch_max(readers, Ordering::Relaxed);
        Ok(Box::new(Reader { source, fills, log: self.clone() }))
    }
}

struct Reader {
    source: Box<dyn Source>,
    /// It began where the log begins.
    fills: bool,
    log: Tampered,
}

#[async_trait]
impl Source for Reader {
    async fn next_batch(&mut self, max: usize) -> Result<Vec<LogRecord>, SourceError> {
        let batch = self.source.next_batch(max).await?;
        let _ = self.log.held.subscribe().wait_for(|held| !held).await;
        if self.fills {
            let _ = self.log.fills_held.subscribe().wait_for(|held| !held).await;
        }
        assert!(!self.log.broken.swap(false, Ordering::Relaxed), "a fault");
        Ok(batch)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.log.readers.fetch_sub(1, Ordering::Relaxed);
    }
}
