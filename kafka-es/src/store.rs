//! The handle of the event store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::asker::{Asker, Client};
use crate::client::{Shape, blocking, shape};
use crate::codec::{AdjacentlyTagged, EventCodec};
use crate::command::{CommandMeta, Committed, Expected, Freshness, Loaded, StoredAggregate};
use crate::envelope::{self, Envelope};
use crate::error::{ExecuteError, LoadError, OpenError};
use crate::execute;
use crate::health::{Health, StoreHealth};
use crate::metric_definitions::StoreMetrics;
use crate::options::{StateLocation, StoreOptions};
use crate::overlay::stream_cache;
use crate::partition::Partition;
use crate::partition::Surroundings;
use crate::producers::Producers;
use crate::shared::Shared;
use crate::state::{FjallState, MemoryState, StateStore};
use crate::stream_state::Body;
use crate::token::Position;
use crate::topics::TopicError;

/// What tells a store's log apart in its state folder.
fn log_name(topic: &str, partitions: i32, aggregate: &str) -> String {
    format!("topic {topic} with {partitions} partitions, aggregate {aggregate}")
}

/// An event store for one aggregate on one topic. Cheap to clone; all clones share one state.
///
/// ```no_run
/// # use kafka_es::*;
/// # async fn example<Account>(deposit: Account::Command) -> Result<(), Box<dyn std::error::Error>>
/// # where
/// #     Account: StoredAggregate<Services = ()>,
/// # {
/// let kafka = KafkaSettings::new("localhost:9092");
/// ensure_topics(&kafka, &[TopicSpec::new("accounts", 12)]).await?;
/// let state = StateLocation::Folder("state/accounts".into());
/// let store: EventStore<Account> = EventStore::open(StoreOptions::new(kafka, "accounts", state)).await?;
/// store.ready().await?;
///
/// let meta = CommandMeta::new("default/42", chrono::Utc::now());
/// let meta = CommandMeta { command_id: "from-the-caller".to_owned(), ..meta };
/// match store.execute("default/42", deposit, &(), meta, Expected::Version(7)).await {
///     Ok(committed) => println!("{:?} as {} at {}", committed.outcome, committed.sequence, committed.position),
///     Err(ExecuteError::WrongVersion { actual }) => println!("somebody was faster, it is at {actual}"),
///     Err(ExecuteError::OutcomeUnknown(why)) => println!("{why}: give it again, with the same id"),
///     Err(_) => println!("refused, on current state"),
/// }
/// # Ok(store.close().await?)
/// # }
/// ```
pub struct EventStore<A: StoredAggregate, C: EventCodec<A::Event> = AdjacentlyTagged> {
    pub(crate) shared: Arc<Shared<A, C>>,
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Clone for EventStore<A, C> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> std::fmt::Debug for EventStore<A, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStore").finish_non_exhaustive()
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> EventStore<A, C> {
    /// Opens the store and starts to catch up; commands wait until it has. The store's tasks run until
    /// [`close`](Self::close).
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(options: StoreOptions) -> Result<Self, OpenError> {
        let settings = |e: rdkafka::error::KafkaError| OpenError::Settings(e.to_string());
        let asker = Asker::connect(&options.kafka).map_err(settings)?;
        let Shape { partitions, replicated } = look_up(asker.clone(), &options).await?;
        let metrics = StoreMetrics::of(&options.topic);
        let around = Arc::new(Surroundings {
            rows: open_state(&options, partitions, A::TYPE).await?,
            partitions,
            topic: options.topic.clone(),
            snapshot_version: options.snapshot_version,
            cache: stream_cache(options.cache_bytes),
            health: Arc::new(Health::new(partitions, metrics.unavailable.clone())),
            metrics: Arc::new(metrics),
            tail_wanted: tokio::sync::Notify::new(),
            mutations: options.mutations,
        });
        let folder = shown(&options.state);
        let partitions = (0..partitions).map(|id| Partition::open(id, around.clone()).map(Arc::new));
        let partitions: Arc<[_]> =
            partitions.collect::<Result<_, _>>().map_err(|e| OpenError::State { folder, reason: e.to_string() })?;
        let producers = Producers::new(&options, partitions.clone()).map_err(settings)?;
        let shared = Arc::new(Shared::new(options, around, partitions, producers, asker, replicated));
        tokio::spawn(crate::tail::run(shared.clone(), shared.cancel.clone()));
        tokio::spawn(shared.clone().flush_regularly());
        tokio::spawn(shared.clone().probe());
        Ok(Self { shared })
    }

    /// Decides the command on the stream's current state and appends its events.
    ///
    /// Dropping the future is safe at any point; the command may then be in the log or not, and the same command id
    /// tells.
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
        envelope::stream_name(stream.as_bytes()).ok_or(ExecuteError::StreamName)?;
        let doubt = AtomicBool::new(false);
        let shared = &*self.shared;
        let context = execute::Context {
            shared,
            partition: shared.home(stream),
            stream,
            meta: &meta,
            metadata: None,
            doubt: &doubt,
        };
        match tokio::time::timeout(shared.options.deadline, execute::run(context, command, services, expected)).await {
            Ok(result) => result,
            Err(_) if doubt.load(Ordering::Relaxed) => {
                shared.around.metrics.unknown_outcomes.increment(1);
                Err(ExecuteError::OutcomeUnknown(self.too_long()))
            }
            Err(_) => Err(ExecuteError::Unavailable(self.too_long())),
        }
    }

    /// The stream's state, `None` when it has no event.
    ///
    /// ```no_run
    /// # use kafka_es::*;
    /// # async fn example<A: StoredAggregate>(store: EventStore<A>) -> Result<(), LoadError> {
    /// // As fresh as the log, whoever wrote to it.
    /// match store.load("default/42", Freshness::Barrier).await? {
    ///     Some(loaded) => println!("at version {}", loaded.sequence),
    ///     None => println!("no such account"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load(&self, stream: &str, freshness: Freshness) -> Result<Option<Loaded<A>>, LoadError> {
        self.in_time(async {
            let partition = self.shared.home(stream);
            self.shared.wait_ready(partition).await?;
            self.shared.check_stopped(partition)?;
            if freshness == Freshness::Barrier {
                self.shared.catch_up(partition).await?;
            }
            let state = self.shared.ready_state(partition, stream).await?;
            Ok(match &state.body {
                Body::Ready(aggregate) if state.head > 0 => {
                    Some(Loaded { aggregate: aggregate.clone(), sequence: state.head })
                }
                _ => None,
            })
        })
        .await
    }

    /// All events of the stream, read from the log.
    ///
    /// ```no_run
    /// # use kafka_es::*;
    /// # async fn example<A: StoredAggregate>(store: EventStore<A>) -> Result<(), LoadError> {
    /// for (position, event) in store.history("default/42", Freshness::Local).await? {
    ///     println!("{position}: {} by {}", event.event_type, event.actor);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn history(&self, stream: &str, freshness: Freshness) -> Result<Vec<(Position, Envelope)>, LoadError> {
        self.in_time(async {
            let partition = self.shared.home(stream);
            self.shared.wait_ready(partition).await?;
            if freshness == Freshness::Barrier {
                self.shared.catch_up(partition).await?;
            }
            let head = partition.stream(stream).map_err(|e| LoadError::State(e.to_string()))?.head;
            let events = self.shared.read_events(partition, stream, head).await?;
            let topic = &self.shared.options.topic;
            let placed = |offset| Position { topic: topic.clone(), partition: partition.id, offset };
            Ok(events.into_iter().map(|(offset, envelope)| (placed(offset), envelope)).collect())
        })
        .await
    }

    /// Where an event of the stream stands in its partition, `None` where the stream has no event of that sequence. Of the records that
    /// claim a sequence, this is the one that counts: a reader that keeps no state of its own learns the verdict here.
    ///
    /// ```no_run
    /// # use kafka_es::*;
    /// # async fn example<A: StoredAggregate>(store: EventStore<A>, record: LogRecord) -> Result<bool, LoadError> {
    /// let Ok(events) = record.content else { return Ok(false) };
    /// let offset = store.offset_of(&events[0].partitionkey, events[0].sequence, Freshness::Barrier).await?;
    /// Ok(offset == Some(record.position.offset))
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn offset_of(&self, stream: &str, sequence: u64, freshness: Freshness) -> Result<Option<i64>, LoadError> {
        self.in_time(async {
            let partition = self.shared.home(stream);
            self.shared.wait_ready(partition).await?;
            if freshness == Freshness::Barrier {
                self.shared.catch_up(partition).await?;
            }
            let places = partition.events(stream, sequence).map_err(|e| LoadError::State(e.to_string()))?;
            Ok(places.last().filter(|(last, _)| *last == sequence).map(|(_, offset)| *offset))
        })
        .await
    }

    /// Whether the store can take commands, and a wake-up when that changes.
    ///
    /// ```no_run
    /// # use kafka_es::*;
    /// # async fn example<A: StoredAggregate>(store: EventStore<A>) {
    /// let mut health = store.health();
    /// while health.changed().await.is_ok() {
    ///     println!("{:?}", *health.borrow());
    /// }
    /// # }
    /// ```
    pub fn health(&self) -> watch::Receiver<StoreHealth> {
        self.shared.around.health.watch()
    }

    /// Waits until the store is ready, for its streams in general: the leaders of some partitions may be away.
    ///
    /// # Errors
    /// [`LoadError::PartitionStopped`] when it never will be.
    pub async fn ready(&self) -> Result<(), LoadError> {
        let mut health = self.health();
        let settled = |health: &StoreHealth| {
            matches!(health, StoreHealth::Ready | StoreHealth::Degraded { .. } | StoreHealth::PartitionStopped { .. })
        };
        let seen = tokio::select! {
            seen = health.wait_for(settled) => seen.map(|seen| seen.clone()),
            () = self.shared.cancel.cancelled() => return Err(LoadError::closed()),
        };
        match seen {
            Ok(StoreHealth::PartitionStopped { partition, reason }) => {
                Err(LoadError::PartitionStopped { partition, reason })
            }
            _ => Ok(()),
        }
    }

    /// Number of the topic's partitions.
    pub fn partitions(&self) -> i32 {
        self.shared.around.partitions
    }

    /// The next offset to apply, by partition: what a restart would go on from after [`close`](Self::close).
    ///
    /// ```no_run
    /// # use kafka_es::*;
    /// # async fn example<A: StoredAggregate>(store: EventStore<A>) {
    /// let applied: i64 = store.next_offsets().iter().sum();
    /// let read = store.records_read();
    /// println!("{applied} records of {} partitions applied, {read} of them read just now", store.partitions());
    /// # }
    /// ```
    pub fn next_offsets(&self) -> Vec<i64> {
        self.shared.partitions.iter().map(|partition| partition.at().next).collect()
    }

    /// Records that the tail has read since the store was opened: a store that resumes reads few.
    pub fn records_read(&self) -> u64 {
        self.shared.records_read.load(Ordering::Relaxed)
    }

    /// Ends the tail, waits for records in flight and writes the state to disk. Commands given later are unavailable.
    ///
    /// # Errors
    /// [`LoadError::State`] when the state could not be written; the next start then reads more of the log.
    pub async fn close(&self) -> Result<(), LoadError> {
        self.shared.cancel();
        // Records whose outcome stays open are read back from the log at the next start.
        let _ = self.shared.producers.drain().await;
        self.shared.flush_all().await?;
        let rows = self.shared.around.rows.clone();
        let synced = blocking(move || rows.sync()).await;
        synced.and_then(|synced| synced.map_err(|e| e.to_string())).map_err(LoadError::State)
    }

    fn too_long(&self) -> String {
        format!("no answer within {} ms", self.shared.options.deadline.as_millis())
    }

    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = Result<T, LoadError>>) -> Result<T, LoadError> {
        let timed = tokio::time::timeout(self.shared.options.deadline, work).await;
        timed.unwrap_or_else(|_| Err(LoadError::Unavailable(self.too_long())))
    }
}

async fn look_up(asker: Client, options: &StoreOptions) -> Result<Shape, OpenError> {
    let (topic, timeout) = (options.topic.clone(), options.open_timeout);
    let unavailable = |reason: String| OpenError::Unavailable { brokers: options.kafka.brokers.clone(), reason };
    let found = blocking(move || shape(&**asker, &topic, timeout)).await.map_err(unavailable)?;
    let found = found.map_err(|e| unavailable(e.to_string()))?;
    Ok(found.ok_or_else(|| TopicError::Missing { topic: options.topic.clone() })?)
}

async fn open_state(
    options: &StoreOptions,
    partitions: i32,
    aggregate: &str,
) -> Result<Arc<dyn StateStore>, OpenError> {
    let log = log_name(&options.topic, partitions, aggregate);
    let StateLocation::Folder(folder) = options.state.clone() else {
        return Ok(Arc::new(MemoryState::default()));
    };
    let named = folder.display().to_string();
    let opened = blocking(move || FjallState::open(&folder, &log)).await;
    Ok(Arc::new(opened.map_err(|reason| OpenError::State { folder: named, reason })??))
}

fn shown(state: &StateLocation) -> String {
    match state {
        StateLocation::Memory => "(memory)".to_owned(),
        StateLocation::Folder(folder) => folder.display().to_string(),
    }
}
