//! State in a folder, in fjall: a log-structured store in pure Rust with atomic batches over its keyspaces.

#[cfg(test)]
mod damage;

use std::path::Path;

use fjall::config::{PartitioningPolicy, PinningPolicy};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Anchor, Batch, Commands, FORMAT, PartitionRow, StateError, StateStore, StreamRow, damaged, number};
use crate::error::OpenError;

const MIB: u64 = 1024 * 1024;
/// Block cache of one store.
const CACHE_BYTES: u64 = 24 * MIB;
/// The smallest that fjall takes: what a start after a crash reads again.
const JOURNAL_BYTES: u64 = 64 * MIB;
/// Of two, fjall keeps one free for memtables, and it spins while the other one merges tables.
const WORKERS: usize = 1;

/// Rows in a folder that one process owns.
pub(crate) struct FjallState {
    database: Database,
    meta: Keyspace,
    partitions: Keyspace,
    streams: Keyspace,
    filed: Keyspace,
}

impl From<fjall::Error> for StateError {
    fn from(error: fjall::Error) -> Self {
        Self(error.to_string())
    }
}

impl FjallState {
    /// Opens or creates the folder for the log named `log` (topic and partition count).
    pub(crate) fn open(folder: &Path, log: &str) -> Result<Self, OpenError> {
        let shown = folder.display().to_string();
        let refuse = |error: fjall::Error| match error {
            fjall::Error::Locked => OpenError::InUse { folder: shown.clone() },
            error => OpenError::State { folder: shown.clone(), reason: error.to_string() },
        };
        let database = Database::builder(folder)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES)
            .worker_threads(WORKERS)
            .open()
            .map_err(refuse)?;
        let keyspace =
            |name: &str, memtable: u64| database.keyspace(name, || keyspace_options(memtable)).map_err(refuse);
        let state = Self {
            meta: keyspace("meta", MIB)?,
            partitions: keyspace("partitions", MIB)?,
            streams: keyspace("streams", 16 * MIB)?,
            filed: keyspace("filed", 8 * MIB)?,
            database: database.clone(),
        };
        state.check_meta(&shown, log)?;
        Ok(state)
    }

    fn check_meta(&self, folder: &str, log: &str) -> Result<(), OpenError> {
        let refuse = |e: fjall::Error| OpenError::State { folder: folder.to_owned(), reason: e.to_string() };
        let Some(found) = self.meta.get("format").map_err(refuse)? else {
            self.meta.insert("log", log).map_err(refuse)?;
            return self.meta.insert("format", FORMAT.to_be_bytes()).map_err(refuse);
        };
        let found = <[u8; 4]>::try_from(&*found).map_or(u32::MAX, u32::from_be_bytes);
        if found != FORMAT {
            return Err(OpenError::OtherFormat { folder: folder.to_owned(), found, supported: FORMAT });
        }
        let known = self.meta.get("log").map_err(refuse)?;
        let known = known.map(|name| String::from_utf8_lossy(&name).into_owned()).unwrap_or_default();
        if known != log {
            return Err(OpenError::OtherLog { folder: folder.to_owned(), found: known, wanted: log.to_owned() });
        }
        Ok(())
    }

    /// The keyspaces that carry a mark for each partition: the offset of the last batch.
    ///
    /// A batch is written to one journal, but each keyspace goes to files of its own later. Where a part of the journal is
    /// lost that should not be, one keyspace is older than another, and the marks tell.
    fn marked(&self) -> [&Keyspace; 2] {
        [&self.streams, &self.filed]
    }

    fn partition_unchecked(&self, partition: i32) -> Result<Option<PartitionRow>, StateError> {
        self.partitions.get(partition.to_be_bytes())?.map(|row| decode_partition(&row)).transpose()
    }

    #[cfg(test)]
    pub(crate) fn set_format(&self, format: u32) {
        self.meta.insert("format", format.to_be_bytes()).unwrap();
    }
}

/// Most lookups are of what is not there: a new command asks for its own id. A filter answers them, so the filters of the
/// first levels stay in memory, and those of the larger ones are cut into blocks that the cache takes one by one; whole
/// and unpinned, as fjall has them up to some gigabytes, each lookup reads and checks megabytes.
fn keyspace_options(memtable: u64) -> KeyspaceCreateOptions {
    let pinned = PinningPolicy::new([true, true, false]);
    let in_blocks = PartitioningPolicy::new([false, false, true]);
    KeyspaceCreateOptions::default()
        .max_memtable_size(memtable)
        .filter_block_pinning_policy(pinned.clone())
        .index_block_pinning_policy(pinned)
        .filter_block_partitioning_policy(in_blocks.clone())
        .index_block_partitioning_policy(in_blocks)
}

impl StateStore for FjallState {
    fn partition(&self, partition: i32) -> Result<Option<PartitionRow>, StateError> {
        let row = self.partition_unchecked(partition)?;
        for keyspace in self.marked() {
            let mark = keyspace.get(mark_key(partition))?.map(|row| decode_offset(&row)).transpose()?;
            if mark != row.map(|row| row.next) {
                return Err(damaged());
            }
        }
        Ok(row)
    }

    fn stream(&self, stream: &str) -> Result<Option<StreamRow>, StateError> {
        self.streams.get(stream)?.map(|row| decode_stream(&row)).transpose()
    }

    fn filed(&self, stream: &str) -> Result<Vec<Commands>, StateError> {
        let mut key = Vec::new();
        refill(&mut key, &[stream.as_bytes(), &[0]]);
        self.filed.prefix(key).map(|row| Commands::from_bytes(&row.into_inner()?.1)).collect()
    }

    fn write(&self, batch: &Batch<'_>) -> Result<(), StateError> {
        let mut writes = self.database.batch();
        // What fjall takes over is allocated by fjall; these two are made once.
        let (mut key, mut value) = (Vec::new(), Vec::new());
        for (stream, row) in &batch.streams {
            encode_stream(row, &mut value);
            writes.insert(&self.streams, *stream, value.as_slice());
        }
        for (stream, commands) in &batch.filed {
            refill(&mut key, &[stream.as_bytes(), &[0], &commands.last_sequence().to_be_bytes()]);
            writes.insert(&self.filed, key.as_slice(), commands.bytes());
        }
        if let Some((partition, row)) = &batch.partition {
            writes.insert(&self.partitions, partition.to_be_bytes(), encode_partition(row));
            for keyspace in self.marked() {
                writes.insert(keyspace, mark_key(*partition), row.next.to_be_bytes());
            }
        }
        Ok(writes.commit()?)
    }

    fn sync(&self) -> Result<(), StateError> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }
}

/// No stream's name has the NUL that it begins with.
fn mark_key(partition: i32) -> Vec<u8> {
    [&[0][..], &partition.to_be_bytes()].concat()
}

/// Puts these parts into the buffer in place of what was there.
fn refill(buffer: &mut Vec<u8>, parts: &[&[u8]]) {
    buffer.clear();
    parts.iter().for_each(|part| buffer.extend_from_slice(part));
}

fn decode_offset(row: &[u8]) -> Result<i64, StateError> {
    row.try_into().map(i64::from_be_bytes).map_err(|_| damaged())
}

fn encode_partition(row: &PartitionRow) -> Vec<u8> {
    let mut bytes = row.next.to_be_bytes().to_vec();
    if let Some(anchor) = row.anchor {
        bytes.extend(anchor.offset.to_be_bytes());
        bytes.extend(anchor.fingerprint.to_be_bytes());
    }
    bytes
}

fn decode_partition(row: &[u8]) -> Result<PartitionRow, StateError> {
    let (next, rest) = row.split_first_chunk::<8>().ok_or_else(damaged)?;
    let anchor = match rest.split_first_chunk::<8>() {
        None => None,
        Some((offset, print)) => Some(Anchor {
            offset: i64::from_be_bytes(*offset),
            fingerprint: print.try_into().map(u64::from_be_bytes).map_err(|_| damaged())?,
        }),
    };
    Ok(PartitionRow { next: i64::from_be_bytes(*next), anchor })
}

fn encode_stream(row: &StreamRow, bytes: &mut Vec<u8>) {
    bytes.clear();
    number::write(row.sequence, bytes);
    number::write(row.offset.unsigned_abs(), bytes);
    number::write(u64::from(row.snapshot_version), bytes);
    number::write(u64::from(row.filed), bytes);
    number::write(row.commands.bytes().len() as u64, bytes);
    bytes.extend_from_slice(row.commands.bytes());
    // Nothing after the commands means no snapshot: no aggregate serializes to nothing.
    bytes.extend_from_slice(row.snapshot.as_deref().unwrap_or_default());
}

fn decode_stream(mut row: &[u8]) -> Result<StreamRow, StateError> {
    let mut next = || number::read(&mut row).ok_or_else(damaged);
    let (sequence, offset, snapshot_version, filed, commands) = (next()?, next()?, next()?, next()?, next()?);
    let commands = usize::try_from(commands).ok().and_then(|length| row.split_at_checked(length));
    let (commands, snapshot) = commands.ok_or_else(damaged)?;
    Ok(StreamRow {
        sequence,
        offset: offset.try_into().map_err(|_| damaged())?,
        snapshot_version: snapshot_version.try_into().map_err(|_| damaged())?,
        snapshot: (!snapshot.is_empty()).then(|| snapshot.to_vec()),
        commands: Commands::from_bytes(commands)?,
        filed: filed != 0,
    })
}
