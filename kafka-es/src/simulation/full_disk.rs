//! A state folder that cannot be written for a while.

use std::sync::Arc;

use super::{Log, STREAMS, Writer, partition};
use crate::mutation::Mutations;
use crate::partition::flush_each;
use crate::state::{Batch, Commands, MemoryState, PartitionRow, StateError, StateStore, StreamRow};

/// Rows of which one write fails.
struct FullOnce(MemoryState, std::sync::atomic::AtomicBool);

impl StateStore for FullOnce {
    fn partition(&self, partition: i32) -> Result<Option<PartitionRow>, StateError> {
        self.0.partition(partition)
    }

    fn stream(&self, stream: &str) -> Result<Option<StreamRow>, StateError> {
        self.0.stream(stream)
    }

    fn filed(&self, stream: &str) -> Result<Vec<Commands>, StateError> {
        self.0.filed(stream)
    }

    fn write(&self, batch: &Batch<'_>) -> Result<(), StateError> {
        if self.1.swap(false, std::sync::atomic::Ordering::Relaxed) {
            return Err(StateError("disk full".to_owned()));
        }
        self.0.write(batch)
    }

    fn sync(&self) -> Result<(), StateError> {
        self.0.sync()
    }
}

#[test]
fn given_a_write_that_failed_when_there_is_room_again_then_no_later_write_moves_the_offset_past_its_rows() {
    let rows: Arc<dyn StateStore> = Arc::new(FullOnce(MemoryState::default(), true.into()));
    let partition = partition(&rows, Mutations::default());
    partition.begin_tail();
    let (mut writer, mut log) = (Writer::new(Mutations::default()), Log::new());
    writer.append(&mut log, STREAMS[0], 1, 0);
    writer.append(&mut log, STREAMS[1], 1, 1);
    let read = |offset: usize| {
        let (key, value) = log[offset].as_ref().unwrap();
        partition.on_tail(i64::try_from(offset).unwrap(), Some(key.as_bytes()), Some(value));
    };
    read(0);
    assert!(partition.flush().is_err());
    assert!(partition.stop_reason().is_some_and(|reason| reason.contains("disk full")));
    read(1);
    assert!(partition.flush().is_err());
    assert_eq!(rows.partition(0).unwrap(), None, "a restart reads everything again");
}

#[test]
fn given_a_partition_that_cannot_be_written_when_all_are_flushed_then_the_others_are_written() {
    let full: Arc<dyn StateStore> = Arc::new(FullOnce(MemoryState::default(), true.into()));
    let roomy: Arc<dyn StateStore> = Arc::new(MemoryState::default());
    let (mut writer, mut log) = (Writer::new(Mutations::default()), Log::new());
    writer.append(&mut log, STREAMS[0], 1, 0);
    let (key, value) = log[0].as_ref().unwrap();
    let partitions = [&full, &roomy].map(|rows| Arc::new(partition(rows, Mutations::default())));
    for partition in &partitions {
        partition.begin_tail();
        partition.on_tail(0, Some(key.as_bytes()), Some(value));
    }
    assert!(flush_each(&partitions).is_err());
    assert!(flush_each(&partitions).is_err(), "the first one stays stopped");
    assert_eq!(roomy.partition(0).unwrap().map(|row| row.next), Some(1));
}
