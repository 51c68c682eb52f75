//! What a writer remembers of the log between two starts. Losing it costs a rebuild from the log, nothing else.
//!
//! Knows nothing of Kafka and nothing of aggregates: rows in, rows out. Two implementations pass one test suite.

mod commands;
mod fjall;
mod memory;
mod number;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub(crate) use self::commands::{Command, Commands, KEPT, mark};
pub(crate) use self::fjall::FjallState;
pub(crate) use self::memory::MemoryState;

/// Format of the rows; another number in a folder is refused.
pub(crate) const FORMAT: u32 = 4;

/// Why state could not be read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StateError(pub(crate) String);

/// How far a partition has been applied, and a mark by which the log is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionRow {
    /// The next offset to apply.
    pub(crate) next: i64,
    /// The last applied record.
    pub(crate) anchor: Option<Anchor>,
}

/// A record that was applied, by which a log that was truncated or created anew is told from the one we knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) offset: i64,
    /// [`fingerprint`] of its key and value.
    pub(crate) fingerprint: u64,
}

impl Anchor {
    /// The record at `offset`.
    pub(crate) fn of(offset: i64, key: &[u8], value: &[u8]) -> Self {
        Self { offset, fingerprint: fingerprint(key, value) }
    }
}

/// XXH3 of the value, seeded with that of the key: the same in every build, and so fast that each record can have its own.
pub(crate) fn fingerprint(key: &[u8], value: &[u8]) -> u64 {
    xxh3_64_with_seed(value, xxh3_64(key))
}

/// A stream's sequence and, if this build or an earlier one could make it, its snapshot at that sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamRow {
    pub(crate) sequence: u64,
    /// Offset of the record that holds the event of that sequence.
    pub(crate) offset: i64,
    pub(crate) snapshot_version: u32,
    /// `None`: the aggregate has to be replayed from the log.
    pub(crate) snapshot: Option<Vec<u8>>,
    /// Its latest commands.
    pub(crate) commands: Commands,
    /// True when it has older ones, in rows of their own.
    pub(crate) filed: bool,
}

/// Rows of one partition, written as one.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    pub(crate) partition: Option<(i32, PartitionRow)>,
    pub(crate) streams: Vec<(&'a str, StreamRow)>,
    /// Commands that leave the row of their stream.
    pub(crate) filed: Vec<(&'a str, &'a Commands)>,
}

fn damaged() -> StateError {
    StateError("a row of the state folder is damaged; delete the folder and it is rebuilt from the log".to_owned())
}

/// Rows on disk or in memory.
pub(crate) trait StateStore: Send + Sync + 'static {
    /// How far a partition was applied when it was last written.
    fn partition(&self, partition: i32) -> Result<Option<PartitionRow>, StateError>;
    /// A stream's row.
    fn stream(&self, stream: &str) -> Result<Option<StreamRow>, StateError>;
    /// The commands of a stream that were filed away, the latest last.
    fn filed(&self, stream: &str) -> Result<Vec<Commands>, StateError>;
    /// Writes all rows of the batch or none.
    fn write(&self, batch: &Batch<'_>) -> Result<(), StateError>;
    /// Makes what was written survive a loss of power.
    fn sync(&self) -> Result<(), StateError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::OpenError;

    fn row(sequence: u64, snapshot: Option<&[u8]>) -> StreamRow {
        let commands = [command("y", sequence - 1, Some("f")), command("z", sequence, None)].into_iter().collect();
        let snapshot = snapshot.map(<[u8]>::to_vec);
        StreamRow { sequence, offset: 6, snapshot_version: 3, snapshot, commands, filed: sequence > 1 }
    }

    fn command(id: &str, sequence: u64, fingerprint: Option<&str>) -> Command {
        let offset = i64::try_from(sequence).unwrap() * 2;
        Command { id: id.to_owned(), sequence, events: 1, offset, fingerprint: fingerprint.map(str::to_owned) }
    }

    fn filled(store: &dyn StateStore) {
        let (stream, other) = ("default/a", "default/a2");
        let anchor = Some(Anchor { offset: 8, fingerprint: u64::MAX });
        let filed: Commands = [command("c", 2, Some("f")), command("d", 255, None)].into_iter().collect();
        let later: Commands = [command("e", 256, None)].into_iter().collect();
        store
            .write(&Batch {
                partition: Some((4, PartitionRow { next: 9, anchor })),
                streams: vec![(stream, row(300, Some(b"{}"))), (other, row(1, None))],
                filed: vec![(stream, &filed), (stream, &later), (other, &filed)],
            })
            .unwrap();
    }

    fn suite(store: &dyn StateStore) {
        assert_eq!(store.partition(4).unwrap(), None);
        assert_eq!(store.stream("default/a").unwrap(), None);
        filled(store);
        let anchor = Some(Anchor { offset: 8, fingerprint: u64::MAX });
        assert_eq!(store.partition(4).unwrap(), Some(PartitionRow { next: 9, anchor }));
        assert_eq!(store.partition(5).unwrap(), None);
        assert_eq!(store.stream("default/a").unwrap(), Some(row(300, Some(b"{}"))));
        assert_eq!(store.stream("default/a2").unwrap(), Some(row(1, None)));
        let earlier: Commands = [command("c", 2, Some("f")), command("d", 255, None)].into_iter().collect();
        let later: Commands = [command("e", 256, None)].into_iter().collect();
        assert_eq!(store.filed("default/a").unwrap(), [earlier.clone(), later]);
        assert_eq!(store.filed("default/a2").unwrap(), [earlier], "of one stream only");
        assert_eq!(store.filed("default").unwrap(), []);
        store
            .write(&Batch {
                partition: Some((4, PartitionRow { next: 10, anchor: None })),
                streams: vec![("default/a", row(301, None))],
                ..Batch::default()
            })
            .unwrap();
        assert_eq!(store.partition(4).unwrap(), Some(PartitionRow { next: 10, anchor: None }));
        assert_eq!(store.stream("default/a").unwrap(), Some(row(301, None)));
        store.sync().unwrap();
    }

    #[test]
    fn given_the_state_in_memory_when_the_suite_runs_then_it_passes() {
        suite(&MemoryState::default());
    }

    #[test]
    fn given_the_state_on_disk_when_the_suite_runs_then_it_passes() {
        let folder = tempfile::tempdir().unwrap();
        suite(&FjallState::open(folder.path(), "topic/1").unwrap());
    }

    #[test]
    fn given_the_state_on_disk_when_opened_again_then_the_rows_are_there() {
        let folder = tempfile::tempdir().unwrap();
        filled(&FjallState::open(folder.path(), "topic/1").unwrap());
        let again = FjallState::open(folder.path(), "topic/1").unwrap();
        assert_eq!(again.stream("default/a").unwrap(), Some(row(300, Some(b"{}"))));
        assert_eq!(again.filed("default/a").unwrap().len(), 2);
    }

    #[test]
    fn given_two_records_when_one_byte_differs_or_moves_then_so_do_their_fingerprints() {
        let prints = [(&b"ab"[..], &b"c"[..]), (b"a", b"bc"), (b"ab", b"d"), (b"", b"abc"), (b"abc", b"")];
        let distinct: std::collections::HashSet<u64> =
            prints.iter().map(|(key, value)| fingerprint(key, value)).collect();
        assert_eq!(distinct.len(), prints.len());
        // Stands in state folders: another value here is another format.
        assert_eq!(fingerprint(b"default/42", b"{}"), 2_351_490_457_289_418_864);
    }

    #[test]
    fn given_the_state_of_another_log_when_opened_then_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(FjallState::open(folder.path(), "topic/1").unwrap());
        assert!(matches!(FjallState::open(folder.path(), "topic/2"), Err(OpenError::OtherLog { .. })));
    }

    #[test]
    fn given_another_format_when_opened_then_it_is_refused_and_says_what_to_do() {
        for other in [FORMAT - 1, FORMAT + 1] {
            let folder = tempfile::tempdir().unwrap();
            FjallState::open(folder.path(), "topic/1").unwrap().set_format(other);
            let error = FjallState::open(folder.path(), "topic/1").map(|_| ()).unwrap_err();
            assert!(matches!(error, OpenError::OtherFormat { found, .. } if found == other), "{error}");
            assert!(error.to_string().contains("delete the folder"));
        }
    }

    #[test]
    fn given_a_folder_in_use_when_opened_again_then_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _first = FjallState::open(folder.path(), "topic/1").unwrap();
        assert!(matches!(FjallState::open(folder.path(), "topic/1"), Err(OpenError::InUse { .. })));
    }

    #[test]
    fn given_a_file_where_the_folder_should_be_when_opened_then_the_error_names_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = FjallState::open(file.path(), "topic/1").map(|_| ()).unwrap_err();
        assert!(matches!(error, OpenError::State { .. }), "{error}");
    }
}
