//! State in a folder, in fjall: a log-structured store in pure Rust with atomic batches over its keyspaces.

#[cfg(test)]
mod damage;

use std::path::Path;

use fjall::config::{PartitioningPolicy, PinningPolicy};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Anchor, Batch, CommandRow, FORMAT, PartitionRow, StateError, StateStore, StreamRow};
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
    commands: Keyspace,
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
            commands: keyspace("commands", 8 * MIB)?,
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
        [&self.streams, &self.commands]
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

    fn commands(&self, stream: &str) -> Result<Vec<CommandRow>, StateError> {
        let mut key = Vec::new();
        command_key(stream, "", &mut key);
        let rows = self.commands.prefix(key);
        rows.map(|entry| decode_command(&entry.into_inner()?.1)).collect()
    }

    fn command(&self, stream: &str, command_id: &str) -> Result<Option<CommandRow>, StateError> {
        let mut key = Vec::new();
        command_key(stream, command_id, &mut key);
        self.commands.get(key)?.map(|row| decode_command(&row)).transpose()
    }

    fn write(&self, batch: &Batch<'_>) -> Result<(), StateError> {
        let mut writes = self.database.batch();
        // What fjall takes over is allocated by fjall; these two are made once.
        let (mut key, mut value) = (Vec::new(), Vec::new());
        for (stream, row) in &batch.streams {
            encode_stream(row, &mut value);
            writes.insert(&self.streams, *stream, value.as_slice());
        }
        for (stream, command_id, row) in &batch.commands {
            command_key(stream, command_id, &mut key);
            encode_command(row, &mut value);
            writes.insert(&self.commands, key.as_slice(), value.as_slice());
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

fn damaged() -> StateError {
    StateError("a row of the state folder is damaged; delete the folder and it is rebuilt from the log".to_owned())
}

/// No stream's name has the NUL that it begins with.
fn mark_key(partition: i32) -> Vec<u8> {
    [&[0][..], &partition.to_be_bytes()].concat()
}

fn command_key(stream: &str, command_id: &str, key: &mut Vec<u8>) {
    refill(key, &[stream.as_bytes(), &[0], command_id.as_bytes()]);
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
    // Nothing after the version means no snapshot: no aggregate serializes to nothing.
    let snapshot = row.snapshot.as_deref().unwrap_or_default();
    let version = row.snapshot_version.to_be_bytes();
    refill(bytes, &[&row.sequence.to_be_bytes(), &row.offset.to_be_bytes(), &version, snapshot]);
}

fn decode_stream(row: &[u8]) -> Result<StreamRow, StateError> {
    let (sequence, rest) = row.split_first_chunk::<8>().ok_or_else(damaged)?;
    let (offset, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let (version, snapshot) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    Ok(StreamRow {
        sequence: u64::from_be_bytes(*sequence),
        offset: i64::from_be_bytes(*offset),
        snapshot_version: u32::from_be_bytes(*version),
        snapshot: (!snapshot.is_empty()).then(|| snapshot.to_vec()),
    })
}

fn encode_command(row: &CommandRow, bytes: &mut Vec<u8>) {
    refill(bytes, &[&row.sequence.to_be_bytes(), &row.events.to_be_bytes(), &row.offset.to_be_bytes()]);
    if let Some(fingerprint) = &row.fingerprint {
        bytes.push(1);
        bytes.extend_from_slice(fingerprint.as_bytes());
    }
}

fn decode_command(row: &[u8]) -> Result<CommandRow, StateError> {
    let (sequence, rest) = row.split_first_chunk::<8>().ok_or_else(damaged)?;
    let (events, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    let (offset, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let fingerprint = rest.split_first().map(|(_, text)| String::from_utf8(text.to_vec())).transpose();
    Ok(CommandRow {
        sequence: u64::from_be_bytes(*sequence),
        events: u32::from_be_bytes(*events),
        offset: i64::from_be_bytes(*offset),
        fingerprint: fingerprint.map_err(|_| damaged())?,
    })
}
