//! redb: a copy-on-write B-tree in pure Rust, in one file.

use std::path::Path;

use anyhow::Context;
use redb::{Builder, Database, Durability, ReadOnlyTable, ReadableDatabase, TableDefinition, WriteTransaction};

use super::{CACHE_BYTES, Row, Store, Table};

type Bytes = &'static [u8];

/// One table for each table, and a view of them that is as new as the last write.
pub struct RedbState {
    // Before the database, which is closed when nobody reads it any more.
    view: Vec<ReadOnlyTable<Bytes, Bytes>>,
    database: Database,
}

impl RedbState {
    /// It has no memtables: its cache may take what theirs take elsewhere.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let memtables: u64 = Table::ALL.into_iter().map(Table::memtable_bytes).sum();
        let cache = usize::try_from(CACHE_BYTES + memtables)?;
        let file = folder.join("state.redb");
        let is_new = !file.exists();
        let mut state = Self { view: Vec::new(), database: Builder::new().set_cache_size(cache).create(file)? };
        // A table is there once a transaction that opened it is committed.
        if is_new {
            state.transact(Durability::Immediate, &[])?
        } else {
            state.look()?
        }
        Ok(state)
    }

    fn look(&mut self) -> anyhow::Result<()> {
        let transaction = self.database.begin_read()?;
        self.view = Table::ALL.into_iter().map(|t| transaction.open_table(definition(t))).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn transact(&mut self, durability: Durability, rows: &[Row]) -> anyhow::Result<()> {
        // A view that is still open would keep the pages of its time.
        self.view.clear();
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(durability)?;
        // Saves which pages are free, so that a start after a crash need not walk the whole tree.
        transaction.set_quick_repair(matches!(durability, Durability::Immediate));
        insert(&transaction, rows)?;
        transaction.commit()?;
        self.look()
    }
}

fn insert(transaction: &WriteTransaction, rows: &[Row]) -> anyhow::Result<()> {
    let open = |table| transaction.open_table(definition(table));
    let mut tables = Table::ALL.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
    for row in rows {
        tables[row.table as usize].insert(row.key.as_slice(), row.value.as_slice())?;
    }
    Ok(())
}

const fn definition(table: Table) -> TableDefinition<'static, Bytes, Bytes> {
    TableDefinition::new(table.name())
}

impl Store for RedbState {
    fn get(&self, table: Table, key: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        let table = self.view.get(table as usize).context("an earlier write failed")?;
        Ok(table.get(key)?.map(|value| value.value().to_vec()))
    }

    /// Until the next sync, redb keeps to the last one if the process dies.
    fn write(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        self.transact(Durability::None, rows)
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        self.transact(Durability::Immediate, &[])
    }
}
