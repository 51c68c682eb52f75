//! State that is gone with the process: for tests and short-lived tools.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Batch, CommandRow, PartitionRow, StateError, StateStore, StreamRow};

#[derive(Default)]
struct Rows {
    partitions: HashMap<i32, PartitionRow>,
    streams: HashMap<String, StreamRow>,
    commands: HashMap<String, HashMap<String, CommandRow>>,
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

    fn commands(&self, stream: &str) -> Result<Vec<CommandRow>, StateError> {
        Ok(self.rows().commands.get(stream).into_iter().flat_map(HashMap::values).cloned().collect())
    }

    fn command(&self, stream: &str, command_id: &str) -> Result<Option<CommandRow>, StateError> {
        Ok(self.rows().commands.get(stream).and_then(|commands| commands.get(command_id)).cloned())
    }

    fn write(&self, batch: &Batch<'_>) -> Result<(), StateError> {
        let mut rows = self.rows();
        for (stream, row) in &batch.streams {
            rows.streams.insert((*stream).to_owned(), row.clone());
        }
        for (stream, command_id, row) in &batch.commands {
            let commands = rows.commands.entry((*stream).to_owned()).or_default();
            commands.insert((*command_id).to_owned(), (*row).clone());
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
