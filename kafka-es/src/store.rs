//! The handle of the event store.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use tokio::sync::watch;

use crate::codec::{AdjacentlyTagged, EventCodec};
use crate::error::{ExecuteError, LoadError, OpenError};
use crate::settings::KafkaSettings;
use crate::token::Position;

/// What the store asks of an aggregate: a cqrs-es aggregate whose state and commands can be cloned, because a command
/// that lost the race is decided again. Implemented by itself.
pub trait StoredAggregate: Aggregate<Command: Clone + Send, Error: Send> + Clone + 'static {}

impl<A: Aggregate<Command: Clone + Send, Error: Send> + Clone + 'static> StoredAggregate for A {}

/// Where a store keeps what it has read of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateLocation {
    /// In memory: read anew from offset 0 at every start, and as large as the log. For tests and tools.
    Memory,
    /// In a folder that this store owns alone; deleting it costs a rebuild from the log, nothing else.
    Folder(PathBuf),
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Where Kafka is.
    pub kafka: KafkaSettings,
    /// The topic of this aggregate's streams.
    pub topic: String,
    /// Where local state is kept.
    pub state: StateLocation,
    /// Version of the aggregate's serialized form: raise it when old snapshots must not be read; they are then replayed
    /// from the log, stream by stream as they are needed.
    pub snapshot_version: u32,
    /// How long a record may be on its way before its outcome counts as unknown.
    pub produce_timeout: Duration,
    /// How long one `execute` may take in all.
    pub deadline: Duration,
    /// How many times a command that lost the race is decided again.
    pub retries: u32,
    /// How long a record may wait for company; zero for the lowest latency.
    pub linger: Duration,
    /// How many streams are kept in memory.
    pub cached_streams: usize,
    /// How long applied records may wait until they are written to the state folder.
    pub flush_interval: Duration,
    /// How long `open` waits for Kafka.
    pub open_timeout: Duration,
}

impl StoreOptions {
    /// Options with the defaults.
    pub fn new(kafka: KafkaSettings, topic: impl Into<String>, state: StateLocation) -> Self {
        Self {
            kafka,
            topic: topic.into(),
            state,
            snapshot_version: 1,
            produce_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(8),
            retries: 16,
            linger: Duration::ZERO,
            cached_streams: 20_000,
            flush_interval: Duration::from_millis(150),
            open_timeout: Duration::from_secs(15),
        }
    }
}

/// Who gives a command, and what goes into the envelope of its events.
#[derive(Clone, Debug)]
pub struct CommandMeta {
    /// Whose data it is.
    pub tenant: String,
    /// CloudEvents source, e.g. `/tenants/default`.
    pub source: String,
    /// CloudEvents subject, e.g. the task's id.
    pub subject: String,
    /// The idempotency key: the same id in the same stream is executed once.
    pub command_id: String,
    /// Fingerprint of the payload; the same id with another fingerprint is [`ExecuteError::KeyReused`].
    pub fingerprint: Option<String>,
    /// What caused the command.
    pub causation_id: Option<String>,
    /// What the command belongs to.
    pub correlation_id: Option<String>,
    /// Who gave it.
    pub actor: String,
    /// When it was taken in.
    pub time: DateTime<Utc>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// The version that a command's author has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any version is fine.
    Any,
    /// Exactly this version; 0 for a stream without events.
    Version(u64),
}

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// What this process has applied.
    Local,
    /// Everything that was in the log when the read began (one more round trip).
    Barrier,
}

/// A stream's state.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    /// The aggregate after its last event.
    pub aggregate: A,
    /// Sequence of its last event.
    pub sequence: u64,
}

/// How a command came to be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its events are in the log, appended by this call.
    Appended,
    /// It changes nothing, judged on current state; nothing was written.
    Unchanged,
    /// Its events were in the log already, from an earlier call with the same command id.
    Replayed,
}

/// A committed command.
#[derive(Clone, Debug)]
pub struct Committed<A> {
    /// The aggregate right after the command's last event.
    pub aggregate: A,
    /// Sequence of that event.
    pub sequence: u64,
    /// Where that event's record stands. For `Unchanged` in a stream without events: the last record of the partition.
    pub position: Position,
    /// How it came to be.
    pub outcome: Outcome,
}

/// Whether the store can take commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// Reading what was written since the last stop.
    Starting {
        /// Records still to read, as far as known.
        behind: u64,
    },
    /// Caught up and connected.
    Ready,
    /// Kafka cannot be reached; tried again until it can.
    Unavailable {
        /// Since when.
        since: DateTime<Utc>,
        /// What failed.
        why: String,
    },
    /// A partition's log and local state contradict each other; its streams take no commands until an operator acts.
    PartitionStopped {
        /// The partition.
        partition: i32,
        /// What was found and what to do.
        reason: String,
    },
}

/// An event store for one aggregate on one topic. Cheap to clone; all clones share one state.
pub struct EventStore<A, C = AdjacentlyTagged> {
    inner: Arc<()>,
    marker: PhantomData<fn() -> (A, C)>,
}

impl<A, C> Clone for EventStore<A, C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), marker: PhantomData }
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> EventStore<A, C> {
    /// Opens the store and starts to catch up; commands wait until it has.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(options: StoreOptions) -> Result<Self, OpenError> {
        let _ = options;
        todo!()
    }

    /// Decides the command on the stream's current state and appends its events.
    ///
    /// # Errors
    /// See [`ExecuteError`]; every refusal is judged on the current state, not on a stale one.
    pub async fn execute(
        &self,
        stream: &str,
        command: A::Command,
        services: &A::Services,
        meta: CommandMeta,
        expected: Expected,
    ) -> Result<Committed<A>, ExecuteError<A::Error>> {
        let _ = (stream, command, services, meta, expected);
        todo!()
    }

    /// The stream's state, `None` when it has no event.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load(&self, stream: &str, freshness: Freshness) -> Result<Option<Loaded<A>>, LoadError> {
        let _ = (stream, freshness);
        todo!()
    }

    /// Whether the store can take commands, and a wake-up when that changes.
    pub fn health(&self) -> watch::Receiver<StoreHealth> {
        todo!()
    }

    /// Waits until the store is ready.
    ///
    /// # Errors
    /// [`LoadError::PartitionStopped`] when it never will be.
    pub async fn ready(&self) -> Result<(), LoadError> {
        todo!()
    }

    /// Ends the tail, waits for records in flight and writes the state to disk. Commands given later are unavailable.
    ///
    /// # Errors
    /// [`LoadError::State`] when the state could not be written; the next start then reads more of the log.
    pub async fn close(&self) -> Result<(), LoadError> {
        todo!()
    }
}
