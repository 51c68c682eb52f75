//! The state of one partition: the one place where acknowledged records and the tail meet.
//!
//! Every record is applied once, in order of offset, by whichever comes first: the acknowledgement of our own record
//! when everything below it is known, or the tail. Knows nothing of producers and consumers; never awaits.

mod own;
mod progress;
mod rest;
mod rows;
mod tail;

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot, watch};

pub(crate) use self::progress::Progress;
use self::progress::Watched;
use self::rest::Rest;
pub(crate) use self::rows::flush_each;
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::health::Health;
use crate::metric_definitions::StoreMetrics;
use crate::mutation::Mutations;
use crate::overlay::{Overlay, StreamCache};
use crate::state::{Anchor, PartitionRow, StateError, StateStore};
use crate::stream_state::{Next, StreamState};

/// What all partitions of a store share.
pub(crate) struct Surroundings<A> {
    pub(crate) topic: String,
    pub(crate) partitions: i32,
    pub(crate) snapshot_version: u32,
    pub(crate) rows: Arc<dyn StateStore>,
    pub(crate) cache: StreamCache<A>,
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Arc<StoreMetrics>,
    /// Wakes the tail where it rests.
    pub(crate) tail_wanted: Notify,
    pub(crate) mutations: Mutations,
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
    /// As in its anchor.
    pub(crate) fingerprint: u64,
    /// Bytes of the record's value.
    pub(crate) size: usize,
    /// The next offset to apply when it was sent: the log that was applied gives it none below that.
    pub(crate) floor: i64,
}

/// An event's record as it stands in a partition: written again it is void, for every reader.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) stream: Arc<str>,
    pub(crate) value: Arc<Vec<u8>>,
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
    /// The last applied record.
    last: Option<Anchor>,
    /// The anchor that the tail's first record must match.
    verify: Option<Anchor>,
    stopped: Option<String>,
    /// Acknowledged records of ours above `next`, by offset.
    waiting: BTreeMap<i64, Waiting<A>>,
    /// Applied, not yet written to the state folder.
    dirty: Overlay<A>,
    /// Being written.
    flushing: Option<Arc<Overlay<A>>>,
    /// An event of this partition, as its record was read from the log.
    copy: Option<Arc<Copy>>,
    rest: Rest,
}

/// One partition of one store.
pub(crate) struct Partition<A, C> {
    pub(crate) id: i32,
    around: Arc<Surroundings<A>>,
    inner: Mutex<Inner<A>>,
    progress: Watched,
    flush_turn: Mutex<()>,
    codec: PhantomData<fn() -> C>,
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// The partition as it was when its state was last written.
    pub(crate) fn open(id: i32, around: Arc<Surroundings<A>>) -> Result<Self, StateError> {
        let row = around.rows.partition(id)?.unwrap_or(PartitionRow { next: 0, anchor: None });
        let inner = Inner {
            next: row.next,
            last: row.anchor,
            verify: None,
            stopped: None,
            waiting: BTreeMap::new(),
            dirty: Overlay::default(),
            flushing: None,
            copy: None,
            rest: Rest::default(),
        };
        Ok(Self {
            id,
            around,
            inner: Mutex::new(inner),
            progress: Watched::new(row.next),
            flush_turn: Mutex::new(()),
            codec: PhantomData,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner<A>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the partition is, and a wake-up when that changes.
    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.watch()
    }

    /// How far the partition is.
    pub(crate) fn at(&self) -> Progress {
        self.progress.all()
    }

    /// The next offset to apply.
    pub(crate) fn next(&self) -> i64 {
        self.progress.next()
    }

    /// True when commands need not wait: the partition is ready, or has stopped.
    pub(crate) fn settled(&self) -> bool {
        self.progress.ready() || self.progress.stopped()
    }

    /// A record that is void when it is written again; `None` when no event was read from the log yet.
    pub(crate) fn copy(&self) -> Option<Arc<Copy>> {
        self.lock().copy.clone()
    }

    /// Why the partition stopped, if it did.
    pub(crate) fn stop_reason(&self) -> Option<String> {
        // Spares each command the lock.
        if !self.progress.stopped() {
            return None;
        }
        self.lock().stopped.clone()
    }

    // ── applying, in order of offset ────────────────────────────────────────

    fn accept(&self, inner: &mut Inner<A>, (state, left): Next<A>) {
        if let Some(commands) = left {
            inner.dirty.file(state.name.clone(), commands);
        }
        self.put(inner, Arc::new(state));
    }

    fn put(&self, inner: &mut Inner<A>, state: Arc<StreamState<A>>) {
        self.around.cache.insert(state.name.clone(), state.clone());
        inner.dirty.put(state);
    }

    /// The record at `offset` is applied; `inner.last` is it.
    fn advance(&self, inner: &mut Inner<A>, offset: i64) {
        inner.next = offset + 1;
        inner.dirty.records += 1;
        self.progress.change(|progress| progress.next = offset + 1);
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
        // Before those who wait are woken: they ask why.
        self.progress.change(|progress| progress.stopped = true);
        inner.waiting.clear();
    }
}

const REBUILD: &str =
    "If the log is the right one, delete the state folder and restart: the state is rebuilt from the log";
const LOOK: &str = "Look at the log, for instance with kcat; nothing more is taken in for this partition. \
     What to do is in PROTOCOL.md, under `A gap`";
