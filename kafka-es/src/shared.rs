//! What a store's commands, its tail and its housekeeping share.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use foldhash::fast::RandomState;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::asker::{Asker, Client};
use crate::barrier::Coalesced;
use crate::client::blocking;
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::error::LoadError;
use crate::history::History;
use crate::options::StoreOptions;
use crate::partition::{Partition, Progress, Surroundings, flush_each};
use crate::partitioner::partition_for;
use crate::producers::Producers;
use crate::stream_state::{Body, StreamState, fold};

/// Commands of one stream run one after the other; streams that fall on one stripe wait for each other needlessly.
const STRIPES: usize = 16_384;

/// The inside of a store.
pub(crate) struct Shared<A: StoredAggregate, C: EventCodec<A::Event>> {
    pub(crate) options: StoreOptions,
    pub(crate) around: Arc<Surroundings<A>>,
    pub(crate) partitions: Arc<[Arc<Partition<A, C>>]>,
    pub(crate) producers: Producers<A, C>,
    pub(crate) cancel: CancellationToken,
    /// Cancelled, as every command asks it: a token would lock itself.
    closed: AtomicBool,
    pub(crate) history: History,
    barriers: Vec<Coalesced>,
    /// True where a barrier is a record of its own, false where the leader is asked.
    pub(crate) barrier_records: bool,
    pub(crate) asker: Asker,
    /// Wakes the tail when every client is to be made anew.
    pub(crate) renewed: Notify,
    stripes: Box<[tokio::sync::Mutex<()>]>,
    hasher: RandomState,
    caught_up: AtomicBool,
    pub(crate) records_read: AtomicU64,
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Shared<A, C> {
    pub(crate) fn new(
        options: StoreOptions,
        around: Arc<Surroundings<A>>,
        partitions: Arc<[Arc<Partition<A, C>>]>,
        producers: Producers<A, C>,
        asker: Client,
        replicated: bool,
    ) -> Self {
        let cancel = CancellationToken::new();
        Self {
            history: History::new(&options, &cancel),
            barriers: partitions.iter().map(|_| Coalesced::default()).collect(),
            barrier_records: match options.barrier {
                crate::Barrier::ByReplication => replicated,
                crate::Barrier::Question => false,
                crate::Barrier::Record => true,
            },
            stripes: (0..STRIPES).map(|_| tokio::sync::Mutex::default()).collect(),
            hasher: RandomState::default(),
            cancel,
            closed: AtomicBool::new(false),
            asker: Asker::new(&options.topic, asker),
            renewed: Notify::new(),
            caught_up: AtomicBool::new(false),
            records_read: AtomicU64::new(0),
            partitions,
            producers,
            around,
            options,
        }
    }

    pub(crate) fn partition(&self, id: i32) -> Option<&Arc<Partition<A, C>>> {
        usize::try_from(id).ok().and_then(|id| self.partitions.get(id))
    }

    /// The partition where a stream lives.
    pub(crate) fn home(&self, stream: &str) -> &Arc<Partition<A, C>> {
        let id = partition_for(stream.as_bytes(), self.around.partitions);
        self.partition(id).expect("murmur2 modulo the partition count is a partition")
    }

    /// The turn of a stream: one command at a time, so that none is judged on a sequence that another one is about to take.
    pub(crate) fn stripe(&self, stream: &str) -> &tokio::sync::Mutex<()> {
        let hash = usize::try_from(self.hasher.hash_one(stream) % STRIPES as u64).unwrap_or(0);
        &self.stripes[hash]
    }

    /// Waits until the partition has applied what was in the log when the tail began.
    pub(crate) async fn wait_ready(&self, partition: &Partition<A, C>) -> Result<(), LoadError> {
        self.settled(partition).await;
        self.check_stopped(partition)
    }

    /// The same; the partition may have stopped instead.
    pub(crate) async fn settled(&self, partition: &Partition<A, C>) {
        if !partition.settled() {
            let settled = |progress: &Progress| progress.ready() || progress.stopped;
            Box::pin(self.wait_until(partition, settled)).await;
        }
    }

    /// Waits for the partition's progress, or until the store is closed.
    pub(crate) async fn wait_until(&self, partition: &Partition<A, C>, reached: impl Fn(&Progress) -> bool) {
        let mut progress = partition.progress();
        // What `wait_for` returns is a lock on the progress: it must be gone before the partition's own lock is taken.
        let waiting = async { drop(progress.wait_for(|progress| reached(progress)).await) };
        self.cancel.run_until_cancelled(waiting).await;
    }

    pub(crate) fn check_stopped(&self, partition: &Partition<A, C>) -> Result<(), LoadError> {
        match partition.stop_reason() {
            None if self.closed.load(Ordering::Acquire) => Err(LoadError::closed()),
            None => Ok(()),
            Some(reason) => Err(LoadError::PartitionStopped { partition: partition.id, reason }),
        }
    }

    /// Refuses a partition that is known not to answer.
    pub(crate) fn check_reachable(&self, partition: &Partition<A, C>) -> Result<(), LoadError> {
        self.around.health.down_reason(partition.id).map_or(Ok(()), |why| Err(LoadError::Unavailable(why)))
    }

    /// The stream's state with its aggregate, replayed from the log if there is no usable snapshot.
    pub(crate) async fn ready_state(
        &self,
        partition: &Arc<Partition<A, C>>,
        stream: &str,
    ) -> Result<Arc<StreamState<A>>, LoadError> {
        loop {
            let state = partition.stream(stream).map_err(|e| LoadError::State(e.to_string()))?;
            match &state.body {
                Body::Ready(_) => return Ok(state),
                Body::Blocked { sequence, reason } => {
                    return Err(LoadError::StreamBlocked { sequence: *sequence, reason: reason.clone() });
                }
                Body::Replay => {
                    let body = Box::pin(self.replay(partition, stream, state.head)).await?;
                    partition.install(stream, state.head, body).map_err(|e| LoadError::State(e.to_string()))?;
                }
            }
        }
    }

    /// The aggregate after the event `last`, from the log.
    pub(crate) async fn replay(
        &self,
        partition: &Arc<Partition<A, C>>,
        stream: &str,
        last: u64,
    ) -> Result<Body<A>, LoadError> {
        let events = self.read_events(partition, stream, last).await?;
        let parts = events.iter().map(|(_, event)| (event.sequence, event.event_type.as_str(), &*event.data));
        Ok(fold::<A, C>(A::default(), parts))
    }

    /// The events `1..=last` of a stream with their offsets, from the log.
    pub(crate) async fn read_events(
        &self,
        partition: &Arc<Partition<A, C>>,
        stream: &str,
        last: u64,
    ) -> Result<Vec<(i64, crate::Envelope)>, LoadError> {
        let index = partition.events(stream, last).map_err(|e| LoadError::State(e.to_string()))?;
        let mut offsets: Vec<i64> = index.iter().map(|(_, offset)| *offset).collect();
        offsets.dedup();
        // Nobody waits for what is known to be away, nor behind those who would.
        self.check_reachable(partition)?;
        let mut events = self.history.read(stream, partition.id, offsets).await?;
        events.retain(|(_, envelope)| envelope.sequence <= last);
        let whole = events.iter().map(|(_, envelope)| envelope.sequence).eq(1..=last);
        if whole {
            Ok(events)
        } else {
            Err(LoadError::Log(format!("the events of {stream} up to {last} are not complete")))
        }
    }

    /// Ends all that the store does; commands given later are unavailable.
    pub(crate) fn cancel(&self) {
        self.closed.store(true, Ordering::Release);
        self.cancel.cancel();
    }

    /// The barrier of a partition.
    pub(crate) fn barrier(&self, partition: i32) -> &Coalesced {
        let index = usize::try_from(partition).expect("a partition of ours");
        &self.barriers[index]
    }

    // ── housekeeping ────────────────────────────────────────────────────────

    /// The tail starts (again): until it is where the log ends, commands wait, and the health says so.
    pub(crate) fn begin_catch_up(&self) {
        self.caught_up.store(false, Ordering::Relaxed);
        self.show_behind();
    }

    /// Brings the health up to date with how far the tail is.
    pub(crate) fn show_behind(&self) {
        if self.caught_up.load(Ordering::Relaxed) {
            return;
        }
        // Those that stopped or are away say so themselves.
        let there = self.partitions.iter().filter(|partition| self.around.health.down_reason(partition.id).is_none());
        let at: Vec<_> = there.map(|partition| partition.at()).filter(|at| !at.stopped).collect();
        if at.iter().all(|at| at.ready()) {
            self.caught_up.store(true, Ordering::Relaxed);
            self.around.health.behind(None);
        } else {
            let behind: i64 = at.iter().map(|at| (at.target.unwrap_or(at.next) - at.next).max(0)).sum();
            self.around.health.behind(Some(behind.unsigned_abs()));
        }
    }

    /// Writes all applied records to disk.
    pub(crate) async fn flush_all(&self) -> Result<(), LoadError> {
        self.asker.poll();
        let partitions = self.partitions.clone();
        let written = blocking(move || flush_each(&partitions));
        written.await.and_then(|written| written.map_err(|e| e.to_string())).map_err(LoadError::State)
    }

    /// Writes to disk every `flush_interval` until cancelled.
    pub(crate) async fn flush_regularly(self: Arc<Self>) {
        let work = async {
            loop {
                tokio::time::sleep(self.options.flush_interval).await;
                // A failure stops the partition, which says why.
                let _ = self.flush_all().await;
            }
        };
        self.cancel.run_until_cancelled(work).await;
    }
}
