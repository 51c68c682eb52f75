//! The candidates, each with the settings that bound its memory to about the same.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use redb::{Durability, ReadableDatabase, TableDefinition};
use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, Options, WriteBatch};

/// What one record of the log leaves behind.
pub struct Row {
    pub stream: Vec<u8>,
    pub snapshot: Vec<u8>,
    pub event: Vec<u8>,
    pub offset: u64,
    pub command: Vec<u8>,
}

pub trait Store {
    const NAME: &'static str;
    fn open(folder: &Path) -> Self;
    /// All rows and the partition's new offset, or nothing.
    fn write(&self, rows: &[Row], offset: u64);
    fn snapshot(&self, stream: &str) -> Option<Vec<u8>>;
    /// Everything that was written is on disk after this.
    fn close(self);
}

const MIB: u64 = 1024 * 1024;
const CACHE_BYTES: u64 = 8 * MIB;

pub struct Fjall {
    database: Database,
    /// Streams, events, commands, partitions.
    tables: [Keyspace; 4],
}

impl Store for Fjall {
    const NAME: &'static str = "fjall";

    fn open(folder: &Path) -> Self {
        let database = Database::builder(folder)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(64 * MIB)
            .worker_threads(1)
            .open()
            .expect("opened");
        let tables = [("streams", 4), ("events", 2), ("commands", 2), ("partitions", 1)].map(|(name, mib)| {
            let options = move || KeyspaceCreateOptions::default().max_memtable_size(mib * MIB);
            database.keyspace(name, options).expect("a keyspace")
        });
        Self { database, tables }
    }

    fn write(&self, rows: &[Row], offset: u64) {
        let [streams, events, commands, partitions] = &self.tables;
        let mut batch = self.database.batch();
        for row in rows {
            batch.insert(streams, row.stream.as_slice(), row.snapshot.as_slice());
            batch.insert(events, row.event.as_slice(), row.offset.to_be_bytes());
            batch.insert(commands, row.command.as_slice(), row.offset.to_be_bytes());
        }
        batch.insert(partitions, "0", offset.to_be_bytes());
        batch.commit().expect("written");
    }

    fn snapshot(&self, stream: &str) -> Option<Vec<u8>> {
        self.tables[0].get(stream).expect("read").map(|value| value.to_vec())
    }

    fn close(self) {
        self.database.persist(PersistMode::SyncAll).expect("synced");
    }
}

const STREAMS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("streams");
const EVENTS: TableDefinition<'_, &[u8], u64> = TableDefinition::new("events");
const COMMANDS: TableDefinition<'_, &[u8], u64> = TableDefinition::new("commands");
const PARTITIONS: TableDefinition<'_, u64, u64> = TableDefinition::new("partitions");
/// Between two of these nothing is promised to be on disk, and after a crash the last one counts.
const DURABLE_EVERY: u64 = 50;

pub struct Redb(redb::Database);

impl Store for Redb {
    const NAME: &'static str = "redb";

    fn open(folder: &Path) -> Self {
        let mut builder = redb::Database::builder();
        builder.set_cache_size(usize::try_from(64 * MIB).expect("fits"));
        Self(builder.create(folder.join("redb")).expect("opened"))
    }

    fn write(&self, rows: &[Row], offset: u64) {
        let mut writing = self.0.begin_write().expect("begun");
        let durable = offset % DURABLE_EVERY == 0;
        writing.set_durability(if durable { Durability::Immediate } else { Durability::None }).expect("set");
        {
            let mut streams = writing.open_table(STREAMS).expect("a table");
            let mut events = writing.open_table(EVENTS).expect("a table");
            let mut commands = writing.open_table(COMMANDS).expect("a table");
            let mut partitions = writing.open_table(PARTITIONS).expect("a table");
            for row in rows {
                streams.insert(row.stream.as_slice(), row.snapshot.as_slice()).expect("inserted");
                events.insert(row.event.as_slice(), row.offset).expect("inserted");
                commands.insert(row.command.as_slice(), row.offset).expect("inserted");
            }
            partitions.insert(0, offset).expect("inserted");
        }
        writing.commit().expect("written");
    }

    fn snapshot(&self, stream: &str) -> Option<Vec<u8>> {
        let reading = self.0.begin_read().expect("begun");
        let streams = reading.open_table(STREAMS).expect("a table");
        streams.get(stream.as_bytes()).expect("read").map(|value| value.value().to_vec())
    }

    fn close(self) {
        let mut last = self.0.begin_write().expect("begun");
        last.set_durability(Durability::Immediate).expect("set");
        last.commit().expect("written");
    }
}

pub struct RocksDb(DB);

impl Store for RocksDb {
    const NAME: &'static str = "rocksdb";

    fn open(folder: &Path) -> Self {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_max_total_wal_size(64 * MIB);
        let cache = Cache::new_lru_cache(usize::try_from(CACHE_BYTES).expect("fits"));
        let families = [("streams", 4), ("events", 2), ("commands", 2), ("partitions", 1)].map(|(name, mib)| {
            let mut blocks = BlockBasedOptions::default();
            blocks.set_block_cache(&cache);
            blocks.set_bloom_filter(10.0, false);
            let mut options = Options::default();
            options.set_write_buffer_size(usize::try_from(mib * MIB).expect("fits"));
            options.set_compression_type(rocksdb::DBCompressionType::Lz4);
            options.set_block_based_table_factory(&blocks);
            ColumnFamilyDescriptor::new(name, options)
        });
        Self(DB::open_cf_descriptors(&options, folder, families).expect("opened"))
    }

    fn write(&self, rows: &[Row], offset: u64) {
        let [streams, events, commands, partitions] =
            ["streams", "events", "commands", "partitions"].map(|name| self.0.cf_handle(name).expect("a family"));
        let mut batch = WriteBatch::default();
        for row in rows {
            batch.put_cf(streams, &row.stream, &row.snapshot);
            batch.put_cf(events, &row.event, row.offset.to_be_bytes());
            batch.put_cf(commands, &row.command, row.offset.to_be_bytes());
        }
        batch.put_cf(partitions, "0", offset.to_be_bytes());
        self.0.write(batch).expect("written");
    }

    fn snapshot(&self, stream: &str) -> Option<Vec<u8>> {
        self.0.get_cf(self.0.cf_handle("streams").expect("a family"), stream).expect("read")
    }

    fn close(self) {
        self.0.flush_wal(true).expect("synced");
    }
}
