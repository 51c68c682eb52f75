//! Reading what was applied, wherever it is, and writing it to disk.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::{Inner, Partition, REBUILD};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::state::{Command, Commands, PartitionRow, StateError};
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

/// What memory knows of a command.
enum Looked<A> {
    /// The command, or that there is none.
    Known(Option<Command>),
    /// It may be among those that were filed away, of which these may not be on disk yet.
    Filed { state: Arc<StreamState<A>>, unwritten: Vec<Commands> },
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// The stream as far as this process has applied the log.
    pub(crate) fn stream(&self, stream: &str) -> Result<Arc<StreamState<A>>, StateError> {
        // Spares each command the lock.
        self.around.cache.get(stream).map_or_else(|| self.lookup(&self.lock(), stream), Ok)
    }

    pub(super) fn lookup(&self, inner: &Inner<A>, stream: &str) -> Result<Arc<StreamState<A>>, StateError> {
        let applied = inner.dirty.stream(stream).cloned();
        // What is in the cache is the latest as well: each new state goes there too.
        let known = applied.or_else(|| self.around.cache.get(stream));
        if let Some(state) = known.or_else(|| inner.flushing.as_ref()?.stream(stream).cloned()) {
            return Ok(state);
        }
        let row = self.around.rows.stream(stream)?;
        let state = Arc::new(StreamState::from_row(stream.into(), row, self.around.snapshot_version));
        if state.head > 0 {
            self.around.cache.insert(state.name.clone(), state.clone());
        }
        Ok(state)
    }

    /// A command of the stream, if it is there; the latest, where a foreign program has used its id twice.
    pub(crate) fn command(&self, stream: &str, id: &str) -> Result<Option<Command>, StateError> {
        // Rows go from memory to the disk and never back: what was not in memory is on the disk, or came later. So
        // acknowledgements need not wait for the disk.
        let looked = self.look(&self.lock(), stream, id)?;
        self.look_further(looked, stream, id)
    }

    /// The same, with the partition locked.
    pub(super) fn find(&self, inner: &Inner<A>, stream: &str, id: &str) -> Result<Option<Command>, StateError> {
        self.look_further(self.look(inner, stream, id)?, stream, id)
    }

    /// The command, or that there is none, where memory knows.
    fn look(&self, inner: &Inner<A>, stream: &str, id: &str) -> Result<Looked<A>, StateError> {
        let state = self.lookup(inner, stream)?;
        if let Some(command) = state.commands.find(id) {
            return Ok(Looked::Known(Some(command)));
        }
        if !state.filed.may_hold(id) {
            return Ok(Looked::Known(None));
        }
        Ok(Looked::Filed { state, unwritten: Self::unwritten(inner, stream) })
    }

    fn look_further(&self, looked: Looked<A>, stream: &str, id: &str) -> Result<Option<Command>, StateError> {
        let (state, unwritten) = match looked {
            Looked::Known(command) => return Ok(command),
            Looked::Filed { state, unwritten } => (state, unwritten),
        };
        let written = self.around.rows.filed(stream)?;
        let filed: Vec<Command> = written.iter().chain(&unwritten).flat_map(Commands::in_order).collect();
        state.filed.learn(&filed);
        Ok(filed.into_iter().rfind(|command| command.id == id))
    }

    /// Commands that were filed away and may not be on disk yet, the latest last.
    fn unwritten(inner: &Inner<A>, stream: &str) -> Vec<Commands> {
        let flushing = inner.flushing.as_deref().map_or(&[][..], |overlay| overlay.filed(stream));
        [flushing, inner.dirty.filed(stream)].concat()
    }

    /// Offsets of the records that hold the events `1..=last`, in order of sequence.
    pub(crate) fn events(&self, stream: &str, last: u64) -> Result<Vec<(u64, i64)>, StateError> {
        let inner = self.lock();
        let state = self.lookup(&inner, stream)?;
        let written = if state.filed.any() { self.around.rows.filed(stream)? } else { Vec::new() };
        let unwritten = Self::unwritten(&inner, stream);
        let commands = written.iter().chain(&unwritten).chain([&state.commands]).flat_map(Commands::in_order);
        let events: BTreeMap<u64, i64> = commands.flat_map(|command| command.places()).collect();
        Ok(events.into_iter().take_while(|(sequence, _)| *sequence <= last).collect())
    }

    /// Takes in an aggregate that was replayed from the log, unless the stream has moved on.
    pub(crate) fn install(&self, stream: &str, head: u64, body: Body<A>) -> Result<(), StateError> {
        let mut inner = self.lock();
        let state = self.lookup(&inner, stream)?;
        if state.head == head && !matches!(state.body, Body::Ready(_)) {
            self.put(&mut inner, Arc::new(state.with(body)));
        }
        Ok(())
    }

    // ── writing to disk ─────────────────────────────────────────────────────

    /// Records applied since the last flush.
    pub(crate) fn unwritten_records(&self) -> usize {
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
            (overlay, PartitionRow { next: inner.next, anchor: inner.last })
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
