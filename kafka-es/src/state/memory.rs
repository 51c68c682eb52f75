//! State that is gone with the process: for tests and short-lived tools.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Batch, Commands, PartitionRow, StateError, StateStore, StreamRow};

#[derive(Default)]
struct Rows {
    partitions: HashMap<i32, PartitionRow>,
    streams: HashMap<String, StreamRow>,
    /// By sequence of their last event.
    filed: HashMap<String, BTreeMap<u64, Commands>>,
}

/// Rows in maps.
#[derive(Default)]
pub(crate) struct MemoryState {
    rows: Mutex<Rows>,
}

impl MemoryState {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for MemoryState {
    fn partition(&self, partition: i32) -> Result<Option<PartitionRow>, StateError> {
        Ok(self.rows().partitions.get(&partition).copied())
    }

    fn stream(&self, stream: &str) -> Result<Option<StreamRow>, StateError> {
        Ok(self.rows().streams.get(stream).cloned())
    }

    fn filed(&self, stream: &str) -> Result<Vec<Commands>, StateError> {
        Ok(self.rows().filed.get(stream).into_iter().flat_map(BTreeMap::values).cloned().collect())
    }

    fn write(&self, batch: &Batch<'_>) -> Result<(), StateError> {
        let mut rows = self.rows();
        for (stream, row) in &batch.streams {
            rows.streams.insert((*stream).to_owned(), row.clone());
        }
        for (stream, commands) in &batch.filed {
            let filed = rows.filed.entry((*stream).to_owned()).or_default();
            filed.insert(commands.last_sequence(), (*commands).clone());
        }
        if let Some((partition, row)) = batch.partition {
            rows.partitions.insert(partition, row);
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), StateError> {
        Ok(())
    }
}
