//! What was applied and is not yet on disk, and the bounded cache in front of the disk.

use std::collections::HashMap;
use std::sync::Arc;

use quick_cache::Weighter;

use crate::command::StoredAggregate;
use crate::state::{Batch, CommandRow, PartitionRow};
use crate::stream_state::StreamState;

/// Streams in memory, bounded by bytes.
pub(crate) type StreamCache<A> = quick_cache::sync::Cache<Arc<str>, Arc<StreamState<A>>, ByBytes>;

/// Weighs a stream by its key and its largest record, which is about what the aggregate takes.
#[derive(Clone, Copy)]
pub(crate) struct ByBytes;

/// What an entry takes besides its key and aggregate: 187 bytes of resident memory each, where a million had keys of 14 bytes
/// and aggregates of 16.
const ENTRY_BYTES: usize = 200;

impl<A> Weighter<Arc<str>, Arc<StreamState<A>>> for ByBytes {
    fn weight(&self, key: &Arc<str>, state: &Arc<StreamState<A>>) -> u64 {
        (ENTRY_BYTES + key.len() + state.size) as u64
    }
}

/// A cache of about `bytes`.
pub(crate) fn stream_cache<A>(bytes: usize) -> StreamCache<A> {
    quick_cache::sync::Cache::with_weighter(bytes / 1024, bytes as u64, ByBytes)
}

struct Entry<A> {
    state: Arc<StreamState<A>>,
    commands: Vec<(String, CommandRow)>,
}

/// Applied rows, by stream.
pub(crate) struct Overlay<A> {
    entries: HashMap<Arc<str>, Entry<A>>,
    /// Records applied, void and foreign ones too.
    pub(crate) records: usize,
}

impl<A> Default for Overlay<A> {
    fn default() -> Self {
        Self { entries: HashMap::new(), records: 0 }
    }
}

impl<A: StoredAggregate> Overlay<A> {
    pub(crate) fn is_empty(&self) -> bool {
        self.records == 0 && self.entries.is_empty()
    }

    /// Takes in an accepted record.
    pub(crate) fn accept(&mut self, stream: Arc<str>, state: Arc<StreamState<A>>, command: (String, CommandRow)) {
        self.replace(stream, state).commands.push(command);
    }

    /// Takes in a state whose events are known already.
    fn replace(&mut self, stream: Arc<str>, state: Arc<StreamState<A>>) -> &mut Entry<A> {
        let entry = self.entries.entry(stream);
        let entry = entry.or_insert_with(|| Entry { state: state.clone(), commands: Vec::new() });
        entry.state = state;
        entry
    }

    /// Takes in an aggregate that was replayed from the log.
    pub(crate) fn install(&mut self, stream: Arc<str>, state: Arc<StreamState<A>>) {
        self.replace(stream, state);
    }

    pub(crate) fn stream(&self, stream: &str) -> Option<&Arc<StreamState<A>>> {
        self.entries.get(stream).map(|entry| &entry.state)
    }

    pub(crate) fn commands(&self, stream: &str) -> impl Iterator<Item = &CommandRow> {
        self.entries.get(stream).into_iter().flat_map(|entry| entry.commands.iter().map(|(_, row)| row))
    }

    pub(crate) fn command(&self, stream: &str, command_id: &str) -> Option<&CommandRow> {
        let commands = &self.entries.get(stream)?.commands;
        commands.iter().rev().find(|(id, _)| id == command_id).map(|(_, row)| row)
    }

    /// The rows to write; serializes the aggregates.
    pub(crate) fn batch(&self, partition: (i32, PartitionRow), snapshot_version: u32) -> Batch {
        let mut batch = Batch { partition: Some(partition), ..Batch::default() };
        // In order of key, neighbours are found in the processor's cache when they are inserted.
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(stream, _)| *stream);
        for (stream, entry) in entries {
            batch.streams.push((stream.clone(), entry.state.row(snapshot_version)));
            batch.commands.extend(entry.commands.iter().map(|(id, row)| (stream.clone(), id.clone(), row.clone())));
        }
        batch
    }
}
