//! What a writer remembers of the log between two starts. Losing it costs a rebuild from the log, nothing else.
//!
//! Knows nothing of Kafka and nothing of aggregates: rows in, rows out. Two implementations pass one test suite.

mod fjall;
mod memory;

pub(crate) use self::fjall::FjallState;
pub(crate) use self::memory::MemoryState;

/// Format of the rows; another number in a folder is refused.
pub(crate) const FORMAT: u32 = 3;

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

/// FNV-1a over key and value: stable across builds, and enough to tell two records apart by accident.
pub(crate) fn fingerprint(key: &[u8], value: &[u8]) -> u64 {
    let separator = [0xff_u8];
    let bytes = key.iter().chain(&separator).chain(value);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
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
}

/// A command that is in the stream, and the record that holds its events: one row a record is all that is remembered of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandRow {
    /// Sequence of its last event.
    pub(crate) sequence: u64,
    /// How many events it made.
    pub(crate) events: u32,
    /// Offset of its record.
    pub(crate) offset: i64,
    pub(crate) fingerprint: Option<String>,
}

impl CommandRow {
    /// Its events, each with the record's offset.
    pub(crate) fn places(&self) -> impl Iterator<Item = (u64, i64)> {
        let offset = self.offset;
        let before = self.sequence.saturating_sub(u64::from(self.events));
        (before + 1..=self.sequence).map(move |sequence| (sequence, offset))
    }
}

/// Rows of one partition, written as one.
#[derive(Debug, Default)]
pub(crate) struct Batch<'a> {
    pub(crate) partition: Option<(i32, PartitionRow)>,
    pub(crate) streams: Vec<(&'a str, StreamRow)>,
    /// Stream, command id and row.
    pub(crate) commands: Vec<(&'a str, &'a str, &'a CommandRow)>,
}

/// Rows on disk or in memory.
pub(crate) trait StateStore: Send + Sync + 'static {
    /// How far a partition was applied when it was last written.
    fn partition(&self, partition: i32) -> Result<Option<PartitionRow>, StateError>;
    /// A stream's row.
    fn stream(&self, stream: &str) -> Result<Option<StreamRow>, StateError>;
    /// All commands of a stream, in no order.
    fn commands(&self, stream: &str) -> Result<Vec<CommandRow>, StateError>;
    /// A command of a stream.
    fn command(&self, stream: &str, command_id: &str) -> Result<Option<CommandRow>, StateError>;
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
        StreamRow { sequence, offset: 6, snapshot_version: 3, snapshot: snapshot.map(<[u8]>::to_vec) }
    }

    fn command(sequence: u64, fingerprint: Option<&str>) -> CommandRow {
        let offset = i64::try_from(sequence).unwrap() * 2;
        CommandRow { sequence, events: 1, offset, fingerprint: fingerprint.map(str::to_owned) }
    }

    fn filled(store: &dyn StateStore) {
        let (stream, other) = ("default/a", "default/a2");
        let anchor = Some(Anchor { offset: 8, fingerprint: u64::MAX });
        store
            .write(&Batch {
                partition: Some((4, PartitionRow { next: 9, anchor })),
                streams: vec![(stream, row(300, Some(b"{}"))), (other, row(1, None))],
                commands: vec![
                    (stream, "c", &command(2, Some("f"))),
                    (stream, "d", &command(3, None)),
                    (other, "c", &command(1, None)),
                ],
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
        assert_eq!(store.command("default/a", "c").unwrap(), Some(command(2, Some("f"))));
        assert_eq!(store.command("default/a2", "d").unwrap(), None);
        let mut commands = store.commands("default/a").unwrap();
        commands.sort_by_key(|row| row.sequence);
        assert_eq!(commands, [command(2, Some("f")), command(3, None)], "of one stream only");
        assert_eq!(store.commands("default").unwrap(), []);
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
        assert_eq!(again.command("default/a", "c").unwrap(), Some(command(2, Some("f"))));
    }

    #[test]
    fn given_a_command_of_three_events_when_asked_then_each_has_the_place_of_the_record() {
        let row = CommandRow { sequence: 7, events: 3, offset: 40, fingerprint: None };
        assert_eq!(row.places().collect::<Vec<_>>(), [(5, 40), (6, 40), (7, 40)]);
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
