//! fjall: a log-structured store in pure Rust.

use std::path::Path;

use fjall::config::{PartitioningPolicy, PinningPolicy};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{CACHE_BYTES, JOURNAL_BYTES, Row, Store, Table};

/// As in kafka-es.
const WORKERS: usize = 1;

/// A keyspace for each table.
pub struct FjallState {
    database: Database,
    keyspaces: Vec<Keyspace>,
}

impl FjallState {
    /// As `kafka-es/src/state/fjall.rs` does; the two have to be changed together.
    pub fn open_tuned(folder: &Path) -> anyhow::Result<Self> {
        let database = Database::builder(folder)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES)
            .worker_threads(WORKERS)
            .open()?;
        Self::with(database, keyspace_options)
    }

    /// As its authors mean it.
    pub fn open_as_it_comes(folder: &Path) -> anyhow::Result<Self> {
        Self::with(Database::builder(folder).open()?, |_| KeyspaceCreateOptions::default())
    }

    fn with(database: Database, options: fn(Table) -> KeyspaceCreateOptions) -> anyhow::Result<Self> {
        let open = |table: Table| database.keyspace(table.name(), || options(table));
        let keyspaces = Table::ALL.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { database, keyspaces })
    }
}

fn keyspace_options(table: Table) -> KeyspaceCreateOptions {
    let pinned = PinningPolicy::new([true, true, false]);
    let in_blocks = PartitioningPolicy::new([false, false, true]);
    KeyspaceCreateOptions::default()
        .max_memtable_size(table.memtable_bytes())
        .filter_block_pinning_policy(pinned.clone())
        .index_block_pinning_policy(pinned)
        .filter_block_partitioning_policy(in_blocks.clone())
        .index_block_partitioning_policy(in_blocks)
}

impl Store for FjallState {
    fn get(&self, table: Table, key: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.keyspaces[table as usize].get(key)?.map(|value| value.to_vec()))
    }

    fn write(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        let mut batch = self.database.batch();
        for row in rows {
            batch.insert(&self.keyspaces[row.table as usize], row.key.as_slice(), row.value.as_slice());
        }
        Ok(batch.commit()?)
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }
}
