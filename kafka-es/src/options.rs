//! How a store is opened.

use std::path::PathBuf;
use std::time::Duration;

use crate::mutation::Mutations;
use crate::settings::KafkaSettings;

/// Where a store keeps what it has read of the log.
///
/// ```
/// use kafka_es::StateLocation;
///
/// let location = |folder: Option<&str>| folder.map_or(StateLocation::Memory, |f| StateLocation::Folder(f.into()));
/// assert_eq!(location(Some("state/tasks")), StateLocation::Folder("state/tasks".into()));
/// assert_eq!(location(None), StateLocation::Memory);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateLocation {
    /// In memory: read anew from offset 0 at every start, and as large as the log. For tests and tools.
    Memory,
    /// In a folder that this store owns alone; deleting it costs a rebuild from the log, nothing else.
    Folder(PathBuf),
}

/// How a store finds out, before it refuses a command, what was acknowledged until then.
///
/// ```
/// use kafka_es::{Barrier, KafkaSettings, StateLocation, StoreOptions};
///
/// let options = StoreOptions::new(KafkaSettings::new("localhost:9092"), "tasks", StateLocation::Memory);
/// assert_eq!(options.barrier, Barrier::ByReplication);
/// let options = StoreOptions { barrier: Barrier::Record, ..options };
/// assert_eq!(options.barrier, Barrier::Record);
/// # assert_ne!(options.barrier, Barrier::Question);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Barrier {
    /// [`Record`](Self::Record) where the topic has more than one copy of its partitions when the store is opened, else
    /// [`Question`](Self::Question).
    #[default]
    ByReplication,
    /// Asks the partition's leader for the end of its log. Right as long as a partition has one broker that can lead it: a
    /// leader that was deposed and has not heard of it answers with an end of before.
    Question,
    /// Writes a record without effect, and takes its offset: what Kafka acknowledges with `acks=all` stands after
    /// everything that it acknowledged before, whoever was asked. The record is a copy of an event that stands in the
    /// partition already, so that every reader drops it by the rule; refusals that come together share one. In a
    /// partition of which the store knows no event yet it is a record of
    /// [`BLANK_TYPE`](crate::envelope::BLANK_TYPE), which is no event.
    Record,
}

/// How to open a store.
///
/// ```
/// use std::time::Duration;
///
/// use kafka_es::{KafkaSettings, StateLocation, StoreOptions};
///
/// let kafka = KafkaSettings::new("localhost:9092");
/// let options = StoreOptions {
///     // A caller of ours gives up after two seconds.
///     deadline: Duration::from_secs(2),
///     // The aggregate has a new field: what was kept of it is made again.
///     snapshot_version: 2,
///     ..StoreOptions::new(kafka, "accounts", StateLocation::Folder("state/accounts".into()))
/// };
/// assert_eq!(options.topic, "accounts");
/// assert_eq!(options.linger, Duration::ZERO);
/// ```
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
    /// The same while many records are on their way: a broker's work is by the request, so waiting a little raises
    /// the rate by more than it costs in time. Twice as long while hundreds are.
    pub linger_in_a_crowd: Duration,
    /// About how many bytes of streams are kept in memory.
    pub cache_bytes: usize,
    /// How long applied records may wait until they are written to the state folder. A stream's row is written once in that time,
    /// however often the stream has changed; after a crash so much of the log is read again.
    pub flush_interval: Duration,
    /// How a refusal is made current.
    pub barrier: Barrier,
    /// How long `open` waits for Kafka.
    pub open_timeout: Duration,
    /// Breaks the protocol on purpose; for the conformance suite.
    #[doc(hidden)]
    pub mutations: Mutations,
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
            linger_in_a_crowd: Duration::from_millis(2),
            cache_bytes: 96 * 1024 * 1024,
            flush_interval: Duration::from_secs(1),
            barrier: Barrier::default(),
            open_timeout: Duration::from_secs(15),
            mutations: Mutations::default(),
        }
    }
}
