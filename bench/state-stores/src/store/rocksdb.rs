//! RocksDB: the log-structured store in C++ that most others are measured by.

use std::path::Path;

use anyhow::Context;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, Options, WriteBatch,
};

use super::{CACHE_BYTES, JOURNAL_BYTES, Row, Store, Table};

/// As in fjall's defaults.
const FILTER_BITS: f64 = 10.0;

/// A column family for each table; the partitions have the one that is always there.
pub struct RocksDbState {
    database: DB,
}

impl RocksDbState {
    /// Memtables, cache and journal of the sizes of kafka-es.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_max_total_wal_size(JOURNAL_BYTES);
        let cache = Cache::new_lru_cache(usize::try_from(CACHE_BYTES)?);
        let mut families = Vec::new();
        for table in Table::ALL {
            families.push(ColumnFamilyDescriptor::new(family(table), family_options(table, &cache)?));
        }
        Ok(Self { database: DB::open_cf_descriptors(&options, folder, families)? })
    }

    fn family(&self, table: Table) -> anyhow::Result<&ColumnFamily> {
        self.database.cf_handle(family(table)).context("a column family is missing")
    }
}

const fn family(table: Table) -> &'static str {
    match table {
        Table::Partitions => "default",
        table => table.name(),
    }
}

fn family_options(table: Table, cache: &Cache) -> anyhow::Result<Options> {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_bloom_filter(FILTER_BITS, false);
    let mut options = Options::default();
    options.set_block_based_table_factory(&blocks);
    options.set_write_buffer_size(usize::try_from(table.memtable_bytes())?);
    options.set_compression_type(DBCompressionType::Lz4);
    Ok(options)
}

impl Store for RocksDbState {
    fn get(&self, table: Table, key: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.database.get_cf(self.family(table)?, key)?)
    }

    fn write(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        let mut batch = WriteBatch::default();
        for row in rows {
            batch.put_cf(self.family(row.table)?, &row.key, &row.value);
        }
        Ok(self.database.write(batch)?)
    }

    fn sync(&mut self) -> anyhow::Result<()> {
        Ok(self.database.flush_wal(true)?)
    }
}
