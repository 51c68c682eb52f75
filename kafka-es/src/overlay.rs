//! What was applied and is not yet on disk, and the bounded cache in front of the disk.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use quick_cache::Weighter;
use quick_cache::sync::DefaultLifecycle;

use crate::command::StoredAggregate;
use crate::state::{Batch, Commands, PartitionRow};
use crate::stream_state::StreamState;

/// Streams in memory, bounded by bytes.
pub(crate) type StreamCache<A> = quick_cache::sync::Cache<Arc<str>, Arc<StreamState<A>>, ByBytes, RandomState>;

/// Weighs a stream by its key and its largest record, which is about what the aggregate takes.
#[derive(Clone, Copy)]
pub(crate) struct ByBytes;

/// What an entry takes besides its key, its aggregate and its commands: 302 bytes of resident memory each, where a million had keys of 14
/// bytes and one command.
const ENTRY_BYTES: usize = 300;

impl<A> Weighter<Arc<str>, Arc<StreamState<A>>> for ByBytes {
    fn weight(&self, key: &Arc<str>, state: &Arc<StreamState<A>>) -> u64 {
        (ENTRY_BYTES + key.len() + state.bytes()) as u64
    }
}

/// A cache of about `bytes`.
pub(crate) fn stream_cache<A>(bytes: usize) -> StreamCache<A> {
    let (hasher, lifecycle) = (RandomState::default(), DefaultLifecycle::default());
    StreamCache::with(bytes / 1024, bytes as u64, ByBytes, hasher, lifecycle)
}

/// Applied rows, by stream.
pub(crate) struct Overlay<A> {
    streams: HashMap<Arc<str>, Arc<StreamState<A>>, RandomState>,
    /// Commands that left the rows of their streams, in the order in which they did.
    filed: HashMap<Arc<str>, Vec<Commands>, RandomState>,
    /// Records applied, void and foreign ones too.
    pub(crate) records: usize,
}

impl<A> Default for Overlay<A> {
    fn default() -> Self {
        Self { streams: HashMap::default(), filed: HashMap::default(), records: 0 }
    }
}

impl<A: StoredAggregate> Overlay<A> {
    /// Takes all rows out; there is room for as many again.
    pub(crate) fn take(&mut self) -> Self {
        let room = Self {
            streams: HashMap::with_capacity_and_hasher(self.streams.len(), RandomState::default()),
            filed: HashMap::with_capacity_and_hasher(self.filed.len(), RandomState::default()),
            records: 0,
        };
        std::mem::replace(self, room)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records == 0 && self.streams.is_empty()
    }

    /// Takes in a stream's new state.
    pub(crate) fn put(&mut self, state: Arc<StreamState<A>>) {
        self.streams.insert(state.name.clone(), state);
    }

    /// Takes in commands that the new state of their stream no longer carries.
    pub(crate) fn file(&mut self, stream: Arc<str>, commands: Commands) {
        self.filed.entry(stream).or_default().push(commands);
    }

    pub(crate) fn stream(&self, stream: &str) -> Option<&Arc<StreamState<A>>> {
        self.streams.get(stream)
    }

    /// The stream's commands that were filed away, the latest last.
    pub(crate) fn filed(&self, stream: &str) -> &[Commands] {
        self.filed.get(stream).map_or(&[], Vec::as_slice)
    }

    /// The rows to write; serializes the aggregates.
    pub(crate) fn batch(&self, partition: (i32, PartitionRow), snapshot_version: u32) -> Batch<'_> {
        // In order of key, neighbours are found in the processor's cache when they are inserted.
        let mut streams: Vec<_> = self.streams.iter().collect();
        streams.sort_unstable_by_key(|(stream, _)| *stream);
        let mut filed: Vec<_> = self.filed.iter().collect();
        filed.sort_unstable_by_key(|(stream, _)| *stream);
        let rows = |(stream, filed): (_, _)| std::iter::repeat(stream).zip::<&Vec<Commands>>(filed);
        Batch {
            partition: Some(partition),
            streams: streams.into_iter().map(|(stream, state)| (&**stream, state.row(snapshot_version))).collect(),
            filed: filed.into_iter().map(|(stream, filed)| (&**stream, filed)).flat_map(rows).collect(),
        }
    }
}
