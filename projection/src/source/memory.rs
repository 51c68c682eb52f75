//! A log in memory, for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use kafka_es::LogRecord;
use tokio::sync::watch;

use super::{ByPartition, Log, Source, SourceError};

/// A log that lives in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryLog {
    partitions: Arc<Mutex<ByPartition<Vec<LogRecord>>>>,
    changed: Arc<watch::Sender<u64>>,
}

impl MemoryLog {
    /// An empty log with `count` partitions in each topic.
    pub fn new(topics: &[&str], count: i32) -> Self {
        let partitions = topics
            .iter()
            .flat_map(|topic| (0..count).map(|partition| (((*topic).to_owned(), partition), Vec::new())))
            .collect();
        Self { partitions: Arc::new(Mutex::new(partitions)), changed: Arc::new(watch::Sender::new(0)) }
    }

    /// Puts `record` at the end of the partition its position names and sets its offset, which is returned.
    pub fn append(&self, mut record: LogRecord) -> i64 {
        let offset = {
            let mut partitions = self.lock();
            let records = partitions.entry((record.position.topic.clone(), record.position.partition)).or_default();
            let offset = records.len() as i64;
            record.position.offset = offset;
            records.push(record);
            offset
        };
        self.changed.send_modify(|count| *count += 1);
        offset
    }

    fn lock(&self) -> MutexGuard<'_, ByPartition<Vec<LogRecord>>> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Log for MemoryLog {
    async fn end_offsets(&self, topics: &[&str]) -> Result<ByPartition<i64>, SourceError> {
        let partitions = self.lock();
        let wanted = partitions.iter().filter(|((topic, _), _)| topics.contains(&topic.as_str()));
        Ok(wanted.map(|(partition, records)| (partition.clone(), records.len() as i64)).collect())
    }

    async fn open(&self, from: ByPartition<i64>) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(MemorySource { log: self.clone(), next: from, changed: self.changed.subscribe() }))
    }
}

struct MemorySource {
    log: MemoryLog,
    next: ByPartition<i64>,
    changed: watch::Receiver<u64>,
}

impl MemorySource {
    fn take(&mut self, max: usize) -> Vec<LogRecord> {
        let partitions = self.log.lock();
        let mut batch = Vec::new();
        for (partition, next) in &mut self.next {
            let records = partitions.get(partition).map(Vec::as_slice).unwrap_or_default();
            let from = usize::try_from(*next).unwrap_or(0).min(records.len());
            let fresh = &records[from..records.len().min(from + max - batch.len())];
            *next += fresh.len() as i64;
            batch.extend(fresh.iter().cloned());
        }
        batch
    }
}

#[async_trait]
impl Source for MemorySource {
    async fn next_batch(&mut self, max: usize) -> Result<Vec<LogRecord>, SourceError> {
        loop {
            self.changed.borrow_and_update();
            let batch = self.take(max);
            if !batch.is_empty() {
                return Ok(batch);
            }
            self.changed
                .changed()
                .await
                .map_err(|_| SourceError::Unavailable("the log in memory is gone".to_owned()))?;
        }
    }
}
