//! Reading what was applied, wherever it is, and writing it to disk.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::{Inner, Partition, REBUILD};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::state::{CommandRow, PartitionRow, StateError};
use crate::stream_state::{Body, StreamState};

/// Writes what each of the partitions has applied to disk; the first failure, after all of them were tried: one that stopped
/// must not keep the others from writing, or they would take in more and more.
pub(crate) fn flush_each<A: StoredAggregate, C: EventCodec<A::Event>>(
    partitions: &[Arc<Partition<A, C>>],
) -> Result<(), StateError> {
    let mut written = Ok(());
    for partition in partitions {
        written = written.and(partition.flush());
    }
    written
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// The stream as far as this process has applied the log.
    pub(crate) fn stream(&self, stream: &str) -> Result<Arc<StreamState<A>>, StateError> {
        self.lookup(&self.lock(), stream)
    }

    pub(super) fn lookup(&self, inner: &Inner<A>, stream: &str) -> Result<Arc<StreamState<A>>, StateError> {
        let applied = inner.dirty.stream(stream).or_else(|| inner.flushing.as_ref()?.stream(stream));
        if let Some(state) = applied.cloned().or_else(|| self.around.cache.get(stream)) {
            return Ok(state);
        }
        let row = self.around.rows.stream(stream)?;
        let state = Arc::new(StreamState::from_row(row, self.around.snapshot_version));
        if state.head > 0 {
            self.around.cache.insert(stream.into(), state.clone());
        }
        Ok(state)
    }

    /// A command of the stream, if it is there.
    pub(crate) fn command(&self, stream: &str, command_id: &str) -> Result<Option<CommandRow>, StateError> {
        let applied = Self::unwritten_command(&self.lock(), stream, command_id).cloned();
        // Rows go from memory to the disk and never back: what was not in memory is on the disk, or came later. So
        // acknowledgements need not wait for this.
        applied.map_or_else(|| self.around.rows.command(stream, command_id), |row| Ok(Some(row)))
    }

    /// A command that was applied and may not be on disk yet.
    pub(super) fn unwritten_command<'a>(inner: &'a Inner<A>, stream: &str, id: &str) -> Option<&'a CommandRow> {
        inner.dirty.command(stream, id).or_else(|| inner.flushing.as_ref()?.command(stream, id))
    }

    /// Offsets of the records that hold the events `1..=last`, in order of sequence. Where a foreign program has used a
    /// command id twice in one stream, the first one's events are missing.
    pub(crate) fn events(&self, stream: &str, last: u64) -> Result<Vec<(u64, i64)>, StateError> {
        let inner = self.lock();
        let written = self.around.rows.commands(stream)?;
        let flushing = inner.flushing.as_deref().into_iter().flat_map(|overlay| overlay.commands(stream));
        let commands = written.iter().chain(flushing).chain(inner.dirty.commands(stream));
        let events: BTreeMap<u64, i64> = commands.flat_map(CommandRow::places).collect();
        Ok(events.into_iter().take_while(|(sequence, _)| *sequence <= last).collect())
    }

    /// Takes in an aggregate that was replayed from the log, unless the stream has moved on.
    pub(crate) fn install(&self, stream: &str, head: u64, body: Body<A>) -> Result<(), StateError> {
        let mut inner = self.lock();
        let state = self.lookup(&inner, stream)?;
        if state.head == head && !matches!(state.body, Body::Ready(_)) {
            let state = Arc::new(StreamState { head, body, marks: state.marks.clone(), ..*state });
            self.around.cache.insert(stream.into(), state.clone());
            inner.dirty.install(stream.into(), state);
        }
        Ok(())
    }

    // ── writing to disk ─────────────────────────────────────────────────────

    /// Records applied since the last flush.
    pub(crate) fn unwritten(&self) -> usize {
        self.lock().dirty.records
    }

    /// Writes what was applied to the state folder, atomically with the offset. Blocks on the disk.
    pub(crate) fn flush(&self) -> Result<(), StateError> {
        let _turn = self.flush_turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (overlay, row) = {
            let mut inner = self.lock();
            if inner.flushing.is_some() {
                // A later write would move the offset past rows that are not there.
                return Err(StateError("an earlier write failed".to_owned()));
            }
            if inner.dirty.is_empty() {
                return Ok(());
            }
            let overlay = Arc::new(inner.dirty.take());
            inner.flushing = Some(overlay.clone());
            (overlay, PartitionRow { next: inner.next, anchor: inner.last.anchor() })
        };
        let batch = self.around.mutations.written(overlay.batch((self.id, row), self.around.snapshot_version));
        let written = self.around.rows.write(&batch);
        match &written {
            Ok(()) => self.lock().flushing = None,
            // The rows stay readable from memory, but nothing more is taken in: memory must not grow without end.
            Err(e) => self.stop(format!("the state folder cannot be written: {e}. Make room and restart. {REBUILD}")),
        }
        written
    }
}
