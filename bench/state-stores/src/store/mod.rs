//! The contenders behind one trait: rows in, rows out.

mod fjall;
mod redb;
mod rocksdb;

use std::path::Path;

use anyhow::Context;

const MIB: u64 = 1024 * 1024;
/// Block cache, as in kafka-es.
const CACHE_BYTES: u64 = 24 * MIB;
/// Of the journal, as in kafka-es: what a start after a crash reads again.
const JOURNAL_BYTES: u64 = 64 * MIB;

/// The kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// A stream's sequence and snapshot.
    Streams,
    /// Offset of each event.
    Events,
    /// Sequence at which a command was done.
    Commands,
    /// How far a partition was applied.
    Partitions,
}

impl Table {
    /// In the order of their numbers.
    const ALL: [Self; 4] = [Self::Streams, Self::Events, Self::Commands, Self::Partitions];

    const fn name(self) -> &'static str {
        match self {
            Self::Streams => "streams",
            Self::Events => "events",
            Self::Commands => "commands",
            Self::Partitions => "partitions",
        }
    }

    /// As in kafka-es.
    const fn memtable_bytes(self) -> u64 {
        match self {
            Self::Streams => 16 * MIB,
            Self::Events | Self::Commands => 8 * MIB,
            Self::Partitions => MIB,
        }
    }
}

/// A row to be written.
#[derive(Debug)]
pub struct Row {
    /// Where to.
    pub table: Table,
    /// What it is found by.
    pub key: Vec<u8>,
    /// What it says.
    pub value: Vec<u8>,
}

/// A store that one process owns; dropping it closes it.
pub trait Store {
    /// A row's value.
    fn get(&self, table: Table, key: &[u8]) -> anyhow::Result<Option<Vec<u8>>>;
    /// Writes all rows or, if the process dies, none. They need not outlive the machine.
    fn write(&mut self, rows: &[Row]) -> anyhow::Result<()>;
    /// Makes what was written outlive the machine.
    fn sync(&mut self) -> anyhow::Result<()>;
}

/// A store with its options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// As kafka-es opens it.
    Fjall,
    /// As it comes.
    FjallDefaults,
    /// With as much cache as kafka-es gives to cache and memtables.
    Redb,
    /// With the sizes of kafka-es.
    RocksDb,
}

impl Contender {
    /// In the order of the report.
    pub const ALL: [Self; 4] = [Self::Fjall, Self::FjallDefaults, Self::Redb, Self::RocksDb];

    /// As an argument of this program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fjall => "fjall",
            Self::FjallDefaults => "fjall-defaults",
            Self::Redb => "redb",
            Self::RocksDb => "rocksdb",
        }
    }

    /// As in the report.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Fjall => "fjall as in kafka-es",
            Self::FjallDefaults => "fjall with its defaults",
            Self::Redb => "redb",
            Self::RocksDb => "RocksDB",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        Self::ALL.into_iter().find(|contender| contender.name() == name).with_context(|| format!("no store {name}"))
    }

    /// Opens or creates the store in a folder.
    pub fn open(self, folder: &Path) -> anyhow::Result<Box<dyn Store>> {
        Ok(match self {
            Self::Fjall => Box::new(fjall::FjallState::open_tuned(folder)?),
            Self::FjallDefaults => Box::new(fjall::FjallState::open_as_it_comes(folder)?),
            Self::Redb => Box::new(redb::RedbState::open(folder)?),
            Self::RocksDb => Box::new(rocksdb::RocksDbState::open(folder)?),
        })
    }
}
