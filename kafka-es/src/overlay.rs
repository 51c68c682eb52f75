//! What was applied and is not yet on disk, and the bounded cache in front of the disk.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use quick_cache::Weighter;
use quick_cache::sync::DefaultLifecycle;

use crate::command::StoredAggregate;
use crate::state::{Batch, CommandRow, PartitionRow};
use crate::stream_state::StreamState;

/// Streams in memory, bounded by bytes.
pub(crate) type StreamCache<A> = quick_cache::sync::Cache<Arc<str>, Arc<StreamState<A>>, ByBytes, RandomState>;

/// Weighs a stream by its key and its largest record, which is about what the aggregate takes.
#[derive(Clone, Copy)]
pub(crate) struct ByBytes;

/// What an entry takes besides its key and aggregate: 187 bytes of resident memory each, where a million had keys of 14 bytes
/// and aggregates of 16.
const ENTRY_BYTES: usize = 200;

impl<A> Weighter<Arc<str>, Arc<StreamState<A>>> for ByBytes {
    fn weight(&self, key: &Arc<str>, state: &Arc<StreamState<A>>) -> u64 {
        (ENTRY_BYTES + key.len() + state.size + state.marks.bytes()) as u64
    }
}

/// A cache of about `bytes`.
pub(crate) fn stream_cache<A>(bytes: usize) -> StreamCache<A> {
    let (hasher, lifecycle) = (RandomState::default(), DefaultLifecycle::default());
    StreamCache::with(bytes / 1024, bytes as u64, ByBytes, hasher, lifecycle)
}

struct Entry<A> {
    state: Arc<StreamState<A>>,
    /// Its latest command's place in the list of all.
    latest: Option<usize>,
}

struct Command {
    id: String,
    row: CommandRow,
    /// Place of the command before it in the same stream.
    before: Option<usize>,
}

/// Applied rows, by stream.
pub(crate) struct Overlay<A> {
    entries: HashMap<Arc<str>, Entry<A>, RandomState>,
    /// Of all streams in one list, so that a stream with a single one, as most are, needs no list of its own.
    commands: Vec<Command>,
    /// Records applied, void and foreign ones too.
    pub(crate) records: usize,
}

impl<A> Default for Overlay<A> {
    fn default() -> Self {
        Self { entries: HashMap::default(), commands: Vec::new(), records: 0 }
    }
}

impl<A: StoredAggregate> Overlay<A> {
    /// Takes all rows out; there is room for as many again.
    pub(crate) fn take(&mut self) -> Self {
        let room = Self {
            entries: HashMap::with_capacity_and_hasher(self.entries.len(), RandomState::default()),
            commands: Vec::with_capacity(self.commands.len()),
            records: 0,
        };
        std::mem::replace(self, room)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records == 0 && self.entries.is_empty()
    }

    /// Takes in an accepted record.
    pub(crate) fn accept(&mut self, stream: Arc<str>, state: Arc<StreamState<A>>, (id, row): (String, CommandRow)) {
        let place = self.commands.len();
        let before = self.replace(stream, state).latest.replace(place);
        self.commands.push(Command { id, row, before });
    }

    /// Takes in a state whose events are known already.
    fn replace(&mut self, stream: Arc<str>, state: Arc<StreamState<A>>) -> &mut Entry<A> {
        let entry = self.entries.entry(stream);
        let entry = entry.or_insert_with(|| Entry { state: state.clone(), latest: None });
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

    /// The stream's commands, the latest first.
    pub(crate) fn commands(&self, stream: &str) -> impl Iterator<Item = &CommandRow> {
        self.latest_first(self.entries.get(stream)).map(|command| &command.row)
    }

    pub(crate) fn command(&self, stream: &str, command_id: &str) -> Option<&CommandRow> {
        let mut commands = self.latest_first(self.entries.get(stream));
        commands.find(|command| command.id == command_id).map(|command| &command.row)
    }

    fn latest_first(&self, entry: Option<&Entry<A>>) -> impl Iterator<Item = &Command> {
        let at = |place: Option<usize>| place.map(|place| &self.commands[place]);
        std::iter::successors(at(entry.and_then(|entry| entry.latest)), move |command| at(command.before))
    }

    /// The rows to write; serializes the aggregates.
    pub(crate) fn batch(&self, partition: (i32, PartitionRow), snapshot_version: u32) -> Batch<'_> {
        let mut batch = Batch {
            partition: Some(partition),
            streams: Vec::with_capacity(self.entries.len()),
            commands: Vec::with_capacity(self.commands.len()),
        };
        // In order of key, neighbours are found in the processor's cache when they are inserted.
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|(stream, _)| *stream);
        for (stream, entry) in entries {
            batch.streams.push((stream, entry.state.row(snapshot_version)));
            let first = batch.commands.len();
            let commands = self.latest_first(Some(entry));
            batch.commands.extend(commands.map(|command| (&**stream, command.id.as_str(), &command.row)));
            // Of an id that a foreign program has used twice, the later one's row is to stay.
            batch.commands[first..].reverse();
        }
        batch
    }
}
