//! The state of one partition: the one place where acknowledged records and the tail meet.
//!
//! Every record is applied once, in order of offset, by whichever comes first: the acknowledgement of our own record
//! when everything below it is known, or the tail. Knows nothing of producers and consumers; never awaits.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::envelope;
use crate::health::Health;
use crate::metric_definitions::StoreMetrics;
use crate::mutation::Mutations;
use crate::overlay::{Overlay, StreamCache};
use crate::rule::{Verdict, judge};
use crate::state::{Anchor, CommandRow, PartitionRow, StateError, StateStore, fingerprint};
use crate::stream_state::{Body, StreamState};

/// What all partitions of a store share.
pub(crate) struct Surroundings<A> {
    pub(crate) topic: String,
    pub(crate) partitions: i32,
    pub(crate) snapshot_version: u32,
    pub(crate) rows: Arc<dyn StateStore>,
    pub(crate) cache: StreamCache<A>,
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Arc<StoreMetrics>,
    pub(crate) mutations: Mutations,
}

/// How far a partition is; watched by everyone who waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The next offset to apply.
    pub(crate) next: i64,
    /// Commands wait until `next` is here; `None` while that is not known.
    pub(crate) target: Option<i64>,
    /// True once the log was seen to be the one that was applied before.
    pub(crate) verified: bool,
    /// True when nothing will be applied any more.
    pub(crate) stopped: bool,
}

impl Progress {
    pub(crate) fn ready(&self) -> bool {
        self.verified && self.target.is_some_and(|target| self.next >= target)
    }
}

/// A record of ours on its way.
pub(crate) struct Own<A> {
    pub(crate) stream: Arc<str>,
    /// Sequence of the first event.
    pub(crate) first: u64,
    /// Sequence of the last event.
    pub(crate) last: u64,
    pub(crate) command_id: String,
    pub(crate) command_fingerprint: Option<String>,
    /// The aggregate after the last event.
    pub(crate) after: A,
    /// Of key and value.
    pub(crate) fingerprint: u64,
    /// Bytes of the value.
    pub(crate) size: usize,
}

/// Whether a record of ours became the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    Accepted,
    Void,
}

/// What is known when an acknowledgement arrives.
pub(crate) enum Ack {
    Known(Settled),
    /// The tail has to fill a gap first. The sender is dropped when the partition stops.
    Later(oneshot::Receiver<Settled>),
}

struct Waiting<A> {
    own: Own<A>,
    verdict: oneshot::Sender<Settled>,
}

struct Inner<A> {
    next: i64,
    anchor: Option<Anchor>,
    /// The anchor that the tail's first record must match.
    verify: Option<Anchor>,
    stopped: Option<String>,
    /// Acknowledged records of ours above `next`, by offset.
    waiting: BTreeMap<i64, Waiting<A>>,
    /// Applied, not yet written to the state folder.
    dirty: Overlay<A>,
    /// Being written.
    flushing: Option<Arc<Overlay<A>>>,
}

/// One partition of one store.
pub(crate) struct Partition<A, C> {
    pub(crate) id: i32,
    around: Arc<Surroundings<A>>,
    inner: Mutex<Inner<A>>,
    progress: watch::Sender<Progress>,
    flush_turn: Mutex<()>,
    codec: PhantomData<fn() -> C>,
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// The partition as it was when its state was last written.
    pub(crate) fn open(id: i32, around: Arc<Surroundings<A>>) -> Result<Self, StateError> {
        let row = around.rows.partition(id)?.unwrap_or(PartitionRow { next: 0, anchor: None });
        let inner = Inner {
            next: row.next,
            anchor: row.anchor,
            verify: None,
            stopped: None,
            waiting: BTreeMap::new(),
            dirty: Overlay::default(),
            flushing: None,
        };
        let progress = Progress { next: row.next, target: None, verified: false, stopped: false };
        Ok(Self {
            id,
            around,
            inner: Mutex::new(inner),
            progress: watch::Sender::new(progress),
            flush_turn: Mutex::new(()),
            codec: PhantomData,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner<A>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the partition is, and a wake-up when that changes.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// How far the partition is.
    pub(crate) fn at(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Why the partition stopped, if it did.
    pub(crate) fn stop_reason(&self) -> Option<String> {
        self.lock().stopped.clone()
    }

    // ── the tail ────────────────────────────────────────────────────────────

    /// The tail starts (again): where to read from. The first record read must be the anchor, if there is one.
    pub(crate) fn begin_tail(&self) -> Option<i64> {
        let mut inner = self.lock();
        if inner.stopped.is_some() {
            return None;
        }
        inner.verify = inner.anchor;
        let verified = inner.anchor.is_none();
        self.progress.send_modify(|progress| (progress.target, progress.verified) = (None, verified));
        Some(inner.anchor.map_or(inner.next, |anchor| anchor.offset))
    }

    /// What the log holds, seen before the tail starts to read: commands wait until `high` is applied.
    pub(crate) fn set_target(&self, high: i64) {
        self.progress.send_modify(|progress| progress.target = Some(high));
    }

    /// A record read by the tail.
    pub(crate) fn on_tail(&self, offset: i64, key: Option<&[u8]>, value: Option<&[u8]>) {
        let mut inner = self.lock();
        if inner.stopped.is_some() || !self.verify(&mut inner, offset, key, value) || offset < inner.next {
            return;
        }
        match self.apply_read(&mut inner, offset, key, value) {
            Ok(()) => {
                let print = fingerprint(key.unwrap_or_default(), value.unwrap_or_default());
                self.advance(&mut inner, offset, print);
                self.settle_waiting(&mut inner);
            }
            Err(reason) => self.stop_locked(&mut inner, reason),
        }
    }

    fn verify(&self, inner: &mut Inner<A>, offset: i64, key: Option<&[u8]>, value: Option<&[u8]>) -> bool {
        let Some(anchor) = inner.verify.take() else { return true };
        let print = fingerprint(key.unwrap_or_default(), value.unwrap_or_default());
        if offset == anchor.offset && print == anchor.fingerprint {
            self.progress.send_modify(|progress| progress.verified = true);
            return true;
        }
        let reason = format!(
            "the log is not the one that was applied: offset {} holds another record than before (topic created anew, or log truncated). {REBUILD}",
            anchor.offset
        );
        self.stop_locked(inner, reason);
        false
    }

    fn apply_read(
        &self,
        inner: &mut Inner<A>,
        offset: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) -> Result<(), String> {
        let home = envelope::check_home(key.unwrap_or_default(), self.id, self.around.partitions);
        let events = match home.and_then(|()| envelope::parse_record(key, value)) {
            Ok(events) => events,
            Err(why) => {
                self.around.metrics.foreign_records.increment(1);
                tracing::warn!(topic = self.around.topic, partition = self.id, offset, %why, "foreign record ignored");
                return Ok(());
            }
        };
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(()) };
        let stream: Arc<str> = first.partitionkey.as_str().into();
        let state = self.lookup(inner, &stream).map_err(|e| e.to_string())?;
        match judge(state.head, first.sequence) {
            Verdict::Accepted => {}
            Verdict::Void => {
                self.around.metrics.void_records.increment(1);
                return Ok(());
            }
            Verdict::Gap { expected } => {
                return Err(format!(
                    "stream {stream} continues with sequence {} at offset {offset} where {expected} was expected: the log lost events or a foreign program wrote it. {LOOK}",
                    first.sequence
                ));
            }
        }
        let size = value.map_or(0, <[u8]>::len);
        let next = state.after::<C>(&events, size);
        if let Body::Blocked { sequence, reason } = &next.body
            && !matches!(state.body, Body::Blocked { .. })
        {
            tracing::error!(topic = self.around.topic, partition = self.id, offset, %stream, sequence, reason, "stream blocked by an unreadable event");
        }
        let command = CommandRow { sequence: last.sequence, fingerprint: last.commandhash.clone() };
        self.accept(inner, stream, next, (first.sequence, last.sequence), offset, (last.commandid.clone(), command));
        Ok(())
    }

    // ── our own records ─────────────────────────────────────────────────────

    /// Our record was acknowledged at `offset`.
    pub(crate) fn on_ack(&self, offset: i64, own: Own<A>) -> Ack {
        let mut inner = self.lock();
        let (verdict, later) = oneshot::channel();
        if inner.stopped.is_some() {
            return Ack::Later(later);
        }
        if offset > inner.next {
            inner.waiting.insert(offset, Waiting { own, verdict });
            return Ack::Later(later);
        }
        let settled = if offset == inner.next {
            self.apply_own(&mut inner, offset, own)
        } else {
            self.look_back(&inner, offset, &own)
        };
        match settled {
            Ok(settled) => {
                self.settle_waiting(&mut inner);
                Ack::Known(settled)
            }
            Err(reason) => {
                self.stop_locked(&mut inner, reason);
                Ack::Later(later)
            }
        }
    }

    /// Our record is the next to apply: its verdict is known at once.
    fn apply_own(&self, inner: &mut Inner<A>, offset: i64, own: Own<A>) -> Result<Settled, String> {
        let state = self.lookup(inner, &own.stream).map_err(|e| e.to_string())?;
        let verdict = self.around.mutations.own_verdict(judge(state.head, own.first));
        let print = own.fingerprint;
        let settled = match verdict {
            Verdict::Accepted => {
                let next = StreamState { head: own.last, body: Body::Ready(own.after), size: state.size.max(own.size) };
                let command = CommandRow { sequence: own.last, fingerprint: own.command_fingerprint };
                self.accept(inner, own.stream, next, (own.first, own.last), offset, (own.command_id, command));
                Settled::Accepted
            }
            Verdict::Void => {
                self.around.metrics.void_records.increment(1);
                Settled::Void
            }
            Verdict::Gap { expected } => {
                return Err(format!(
                    "the state of stream {} went back to before sequence {expected}. {REBUILD}",
                    own.stream
                ));
            }
        };
        self.advance(inner, offset, print);
        Ok(settled)
    }

    /// The tail was faster: our record is the event if the index names its offset for its sequence.
    fn look_back(&self, inner: &Inner<A>, offset: i64, own: &Own<A>) -> Result<Settled, String> {
        let holder = self.event_locked(inner, &own.stream, own.first).map_err(|e| e.to_string())?;
        let verdict = if holder == Some(offset) { Verdict::Accepted } else { Verdict::Void };
        Ok(match self.around.mutations.own_verdict(verdict) {
            Verdict::Accepted => Settled::Accepted,
            Verdict::Void | Verdict::Gap { .. } => Settled::Void,
        })
    }

    /// Judges the records of ours that everything below is now known of.
    fn settle_waiting(&self, inner: &mut Inner<A>) {
        while let Some(entry) = inner.waiting.first_entry() {
            if *entry.key() > inner.next {
                return;
            }
            let (offset, Waiting { own, verdict }) = entry.remove_entry();
            let settled = if offset == inner.next {
                self.apply_own(inner, offset, own)
            } else {
                self.look_back(inner, offset, &own)
            };
            match settled {
                // The caller may have given up waiting; the record is applied all the same.
                Ok(settled) => drop(verdict.send(settled)),
                Err(reason) => return self.stop_locked(inner, reason),
            }
        }
    }

    fn accept(
        &self,
        inner: &mut Inner<A>,
        stream: Arc<str>,
        state: StreamState<A>,
        (first, last): (u64, u64),
        offset: i64,
        command: (String, CommandRow),
    ) {
        let state = Arc::new(state);
        self.around.cache.insert(stream.clone(), state.clone());
        inner.dirty.accept(stream, state, first..=last, offset, command);
    }

    fn advance(&self, inner: &mut Inner<A>, offset: i64, print: u64) {
        inner.next = offset + 1;
        inner.anchor = Some(Anchor { offset, fingerprint: print });
        inner.dirty.records += 1;
        self.progress.send_modify(|progress| progress.next = offset + 1);
    }

    // ── stopping ────────────────────────────────────────────────────────────

    /// Stops the partition: log and state contradict each other, and going on would give wrong answers.
    pub(crate) fn stop(&self, reason: String) {
        self.stop_locked(&mut self.lock(), reason);
    }

    fn stop_locked(&self, inner: &mut Inner<A>, reason: String) {
        if inner.stopped.is_some() {
            return;
        }
        tracing::error!(topic = self.around.topic, partition = self.id, reason, "partition stopped");
        self.around.metrics.stopped.increment(1.0);
        self.around.health.stopped(self.id, &reason);
        inner.stopped = Some(reason);
        inner.waiting.clear();
        self.progress.send_modify(|progress| progress.stopped = true);
    }

    // ── reading ─────────────────────────────────────────────────────────────

    /// The stream as far as this process has applied the log.
    pub(crate) fn stream(&self, stream: &str) -> Result<Arc<StreamState<A>>, StateError> {
        self.lookup(&self.lock(), stream)
    }

    fn lookup(&self, inner: &Inner<A>, stream: &str) -> Result<Arc<StreamState<A>>, StateError> {
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
        let inner = self.lock();
        let applied = inner.dirty.command(stream, command_id);
        match applied.or_else(|| inner.flushing.as_ref()?.command(stream, command_id)) {
            Some(row) => Ok(Some(row.clone())),
            None => self.around.rows.command(stream, command_id),
        }
    }

    /// Offset of the record that holds an event.
    pub(crate) fn event(&self, stream: &str, sequence: u64) -> Result<Option<i64>, StateError> {
        self.event_locked(&self.lock(), stream, sequence)
    }

    fn event_locked(&self, inner: &Inner<A>, stream: &str, sequence: u64) -> Result<Option<i64>, StateError> {
        let applied = inner.dirty.event(stream, sequence);
        match applied.or_else(|| inner.flushing.as_ref()?.event(stream, sequence)) {
            Some(offset) => Ok(Some(offset)),
            None => self.around.rows.event(stream, sequence),
        }
    }

    /// Offsets of the records that hold the events `1..=last`, in order of sequence.
    pub(crate) fn events(&self, stream: &str, last: u64) -> Result<Vec<(u64, i64)>, StateError> {
        let inner = self.lock();
        let mut events: BTreeMap<u64, i64> = self.around.rows.events(stream, last)?.into_iter().collect();
        for overlay in inner.flushing.as_deref().into_iter().chain([&inner.dirty]) {
            events.extend(overlay.events(stream).filter(|(sequence, _)| *sequence <= last));
        }
        Ok(events.into_iter().collect())
    }

    /// Takes in an aggregate that was replayed from the log, unless the stream has moved on.
    pub(crate) fn install(&self, stream: &str, head: u64, body: Body<A>) -> Result<(), StateError> {
        let mut inner = self.lock();
        let state = self.lookup(&inner, stream)?;
        if state.head == head && !matches!(state.body, Body::Ready(_)) {
            let state = Arc::new(StreamState { head, body, size: state.size });
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
            if inner.dirty.is_empty() {
                return Ok(());
            }
            let overlay = Arc::new(std::mem::take(&mut inner.dirty));
            inner.flushing = Some(overlay.clone());
            (overlay, PartitionRow { next: inner.next, anchor: inner.anchor })
        };
        let written = self.around.rows.write(&overlay.batch((self.id, row), self.around.snapshot_version));
        match &written {
            Ok(()) => self.lock().flushing = None,
            // The rows stay readable from memory, but nothing more is taken in: memory must not grow without end.
            Err(e) => self.stop(format!("the state folder cannot be written: {e}. Make room and restart; {REBUILD}")),
        }
        written
    }
}

const REBUILD: &str =
    "If the log is the right one, delete the state folder and restart: the state is rebuilt from the log";
const LOOK: &str = "Look at the log, for instance with kcat; nothing more is taken in for this partition";
