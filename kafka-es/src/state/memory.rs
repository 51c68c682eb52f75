//! State that is gone with the process: for tests and short-lived tools.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Batch, CommandRow, PartitionRow, StateError, StateStore, StreamRow};

#[derive(Default)]
struct Rows {
    partitions: HashMap<i32, PartitionRow>,
    streams: HashMap<String, StreamRow>,
    events: HashMap<String, BTreeMap<u64, i64>>,
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

    fn event(&self, stream: &str, sequence: u64) -> Result<Option<i64>, StateError> {
        Ok(self.rows().events.get(stream).and_then(|events| events.get(&sequence)).copied())
    }

    fn events(&self, stream: &str, last: u64) -> Result<Vec<(u64, i64)>, StateError> {
        let rows = self.rows();
        let events = rows.events.get(stream).into_iter().flatten();
        Ok(events.map(|(sequence, offset)| (*sequence, *offset)).filter(|(sequence, _)| *sequence <= last).collect())
    }

    fn command(&self, stream: &str, command_id: &str) -> Result<Option<CommandRow>, StateError> {
        Ok(self.rows().commands.get(stream).and_then(|commands| commands.get(command_id)).cloned())
    }

    fn write(&self, batch: &Batch) -> Result<(), StateError> {
        let mut rows = self.rows();
        for (stream, row) in &batch.streams {
            rows.streams.insert(stream.to_string(), row.clone());
        }
        for (stream, sequence, offset) in &batch.events {
            rows.events.entry(stream.to_string()).or_default().insert(*sequence, *offset);
        }
        for (stream, command_id, row) in &batch.commands {
            rows.commands.entry(stream.to_string()).or_default().insert(command_id.clone(), row.clone());
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
