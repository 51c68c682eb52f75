//! What a store's commands, its tail and its housekeeping share.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::append::Producers;
use crate::asker::{Asker, Client};
use crate::barrier::{Barrier, Ends};
use crate::client::blocking;
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::error::LoadError;
use crate::history::History;
use crate::options::StoreOptions;
use crate::partition::{Partition, Progress, Surroundings};
use crate::partitioner::partition_for;
use crate::state::StateError;
use crate::stream_state::{Body, StreamState, fold};

/// Commands of one stream run one after the other; streams that fall on one stripe wait for each other needlessly.
const STRIPES: usize = 16_384;
/// A log that seems shorter than what was applied is looked at so many times, a pause apart, before it counts as truncated:
/// a leader that was just elected may not know its own end yet.
pub(crate) const SHORT_LOG_LOOKS: u32 = 6;
pub(crate) const SHORT_LOG_PAUSE: Duration = Duration::from_millis(500);
const PROBE_PAUSE: Duration = Duration::from_millis(300);

/// The inside of a store.
pub(crate) struct Shared<A, C> {
    pub(crate) options: StoreOptions,
    pub(crate) around: Arc<Surroundings<A>>,
    pub(crate) partitions: Vec<Arc<Partition<A, C>>>,
    pub(crate) producers: Producers,
    pub(crate) cancel: CancellationToken,
    pub(crate) history: History,
    barriers: Vec<Barrier>,
    asker: Asker,
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
        producers: Producers,
        asker: Client,
    ) -> Result<Self, StateError> {
        let ids = 0..around.partitions;
        let partitions =
            ids.map(|id| Partition::open(id, around.clone()).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            history: History::new(&options.kafka, &options.topic),
            barriers: partitions.iter().map(|_| Barrier::default()).collect(),
            stripes: (0..STRIPES).map(|_| tokio::sync::Mutex::default()).collect(),
            hasher: RandomState::new(),
            cancel: CancellationToken::new(),
            asker: Asker::new(&options.topic, asker),
            renewed: Notify::new(),
            caught_up: AtomicBool::new(false),
            records_read: AtomicU64::new(0),
            partitions,
            producers,
            around,
            options,
        })
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
        self.wait_until(partition, |progress| progress.ready() || progress.stopped).await;
        self.check_stopped(partition)
    }

    /// Waits for the partition's progress, or until the store is closed.
    async fn wait_until(&self, partition: &Partition<A, C>, reached: impl Fn(&Progress) -> bool) {
        let mut progress = partition.progress();
        // What `wait_for` returns is a lock on the progress: it must be gone before the partition's own lock is taken.
        let waiting = async { drop(progress.wait_for(|progress| reached(progress)).await) };
        self.cancel.run_until_cancelled(waiting).await;
    }

    pub(crate) fn check_stopped(&self, partition: &Partition<A, C>) -> Result<(), LoadError> {
        match partition.stop_reason() {
            None if self.cancel.is_cancelled() => Err(LoadError::Unavailable("the store is closed".to_owned())),
            None => Ok(()),
            Some(reason) => Err(LoadError::PartitionStopped { partition: partition.id, reason }),
        }
    }

    /// Applies everything that was in the partition's log when this call began.
    pub(crate) async fn catch_up(&self, partition: &Arc<Partition<A, C>>) -> Result<(), LoadError> {
        if self.around.mutations.skips_barrier() {
            return Ok(());
        }
        self.around.metrics.barriers.increment(1);
        let mut high = self.checked_end(partition, self.ends(partition.id)).await?;
        let mut looks = 1;
        while high.is_none() && looks < SHORT_LOG_LOOKS {
            tokio::time::sleep(SHORT_LOG_PAUSE).await;
            high = self.checked_end(partition, self.ask_ends(partition.id)).await?;
            looks += 1;
        }
        let Some(high) = high else {
            partition.stop(self.mismatch(partition));
            return self.check_stopped(partition);
        };
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        self.around.metrics.tail_lag.set((high - partition.at().next).max(0) as f64);
        self.wait_until(partition, |progress| progress.next >= high || progress.stopped).await;
        self.check_stopped(partition)
    }

    /// The end of the partition's log; `None` when the log cannot be the one that was applied. `ask` must not have been
    /// polled before.
    pub(crate) async fn checked_end(
        &self,
        partition: &Partition<A, C>,
        ask: impl Future<Output = Result<Ends, String>>,
    ) -> Result<Option<i64>, LoadError> {
        // What is applied while the question is under way may lie beyond the answer.
        let next = partition.at().next;
        let (low, high) = ask.await.map_err(|why| {
            self.around.health.down(&why);
            LoadError::Unavailable(why)
        })?;
        // A log whose first events were deleted can neither be recognised nor rebuilt from.
        let fits = high >= next && (low == 0 || low < next);
        if !fits {
            tracing::debug!(
                topic = self.options.topic,
                partition = partition.id,
                low,
                high,
                next,
                "the log does not fit"
            );
        }
        Ok(fits.then_some(high))
    }

    /// Why a partition is stopped whose log does not fit.
    pub(crate) fn mismatch(&self, partition: &Partition<A, C>) -> String {
        format!(
            "{}/{} does not hold offset {}, the next to apply: the log was truncated, its events were deleted, or the topic was created anew. If the log is whole and the right one, delete the state folder and restart: the state is rebuilt from the log",
            self.options.topic,
            partition.id,
            partition.at().next
        )
    }

    /// The log's ends, shared with others who ask at the same time.
    async fn ends(&self, partition: i32) -> Result<Ends, String> {
        match usize::try_from(partition).ok().and_then(|n| self.barriers.get(n)) {
            Some(barrier) => barrier.ends(self.ask_ends(partition)).await,
            None => self.ask_ends(partition).await,
        }
    }

    /// The log's ends, asked of Kafka now.
    pub(crate) async fn ask_ends(&self, partition: i32) -> Result<Ends, String> {
        self.asker.ends(partition).await
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
                    let body = self.replay(partition, stream, state.head).await?;
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
        let envelopes: Vec<_> = events.into_iter().map(|(_, envelope)| envelope).collect();
        Ok(fold::<A, C>(A::default(), &envelopes))
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
        let mut events = self.history.read(stream, partition.id, offsets).await.map_err(LoadError::Log)?;
        events.retain(|(_, envelope)| envelope.sequence <= last);
        let whole = events.iter().map(|(_, envelope)| envelope.sequence).eq(1..=last);
        if whole {
            Ok(events)
        } else {
            Err(LoadError::Log(format!("the events of {stream} up to {last} are not complete")))
        }
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
        let at: Vec<_> = self.partitions.iter().map(|partition| partition.at()).filter(|at| !at.stopped).collect();
        if at.iter().all(|at| at.ready()) {
            self.caught_up.store(true, Ordering::Relaxed);
            self.around.health.behind(None);
        } else {
            let behind: i64 = at.iter().map(|at| (at.target.unwrap_or(at.next) - at.next).max(0)).sum();
            self.around.health.behind(Some(behind.unsigned_abs()));
        }
    }

    /// Writes one partition's applied records to disk.
    pub(crate) async fn flush_one(&self, id: i32) {
        if let Some(partition) = self.partition(id).cloned() {
            // A failure stops the partition, which says why.
            let _ = blocking(move || partition.flush()).await;
        }
    }

    /// Writes all applied records to disk.
    pub(crate) async fn flush_all(&self) -> Result<(), LoadError> {
        self.asker.poll();
        let partitions = self.partitions.clone();
        let written = blocking(move || partitions.iter().try_for_each(|partition| partition.flush()));
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

    /// Finds out when Kafka is back, whenever it was reported to be away, and then makes every client anew.
    ///
    /// A client that was there before may never come back: one that asked a cluster just restarted for its brokers, and
    /// was told that there are none, forgets all it knew and asks nobody again
    /// (<https://github.com/confluentinc/librdkafka/issues/5301>).
    pub(crate) async fn probe(self: Arc<Self>) {
        let work = async {
            loop {
                self.around.health.suspect.notified().await;
                while self.around.health.down_reason().is_some() {
                    if let Err(why) = self.probe_once().await {
                        tracing::debug!(topic = self.options.topic, why, "kafka is still away");
                        tokio::time::sleep(PROBE_PAUSE).await;
                    }
                }
            }
        };
        self.cancel.run_until_cancelled(work).await;
    }

    async fn probe_once(&self) -> Result<(), String> {
        let client = Asker::connect(&self.options.kafka).map_err(|e| e.to_string())?;
        for partition in &self.partitions {
            self.asker.ends_by(client.clone(), partition.id).await?;
        }
        if !self.around.mutations.keeps_clients() {
            self.producers.renew().map_err(|e| e.to_string())?;
            self.asker.replace(client);
            self.renewed.notify_one();
        }
        self.around.health.up();
        Ok(())
    }
}
