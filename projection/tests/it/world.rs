//! A read side in a process of its own: a database, a log in memory, a projector that can be started and killed.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use domain::task::{TaskChanges, TaskCompleted, TaskCreated, TaskEvent, TaskReopened, TaskUpdated};
use domain::topics::{REMINDERS, TASKS};
use kafka_es::{AdjacentlyTagged, ConsistencyToken, Envelope, EventCodec, LogRecord, Position};
use platform::clock::Clock;
use platform::health::Health;
use platform::lifecycle::Shutdown;
use projection::generations::{Generation, begin_rebuild};
use projection::lists::index::ListIndex;
use projection::projections::{self, Projection};
use projection::source::{Log, MemoryLog};
use projection::{Positions, ProjectorOptions, QueryState};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const PARTITIONS: i32 = 2;
/// Nothing in these tests takes this long; a test that waits for it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A pool on a new, migrated database.
pub(crate) async fn fresh_database() -> PgPool {
    let pool = super::postgres::empty_database().await;
    projection::migrate(&pool).await.unwrap();
    pool
}

pub(crate) struct World {
    pub(crate) pool: PgPool,
    pub(crate) log: MemoryLog,
    pub(crate) positions: Positions,
    pub(crate) health: Health,
    pub(crate) clock: Clock,
    pub(crate) shutdown: Shutdown,
    pub(crate) router: axum::Router,
    /// Of the same process: answers from memory once [`World::remember`] was called.
    pub(crate) index: ListIndex,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::over(fresh_database().await, MemoryLog::new(&[TASKS, REMINDERS], PARTITIONS))
    }

    /// Another process on the same database and log.
    pub(crate) fn over(pool: PgPool, log: MemoryLog) -> Self {
        Self::about(&projections::all(), pool, log)
    }

    /// A process of a build that has these projections.
    pub(crate) fn about(projections: &[Arc<dyn Projection>], pool: PgPool, log: MemoryLog) -> Self {
        let (positions, health, shutdown) = (Positions::about(projections), Health::new(), Shutdown::new());
        let clock = Clock::fixed(start() + TimeDelta::days(100));
        tokio::spawn(positions.clone().listen(pool.clone(), health.component("postgres"), shutdown.clone()));
        let state =
            QueryState::new(pool.clone(), positions.clone(), Arc::new(log.clone()), clock.clone(), shutdown.clone());
        let index = state.index();
        let (router, _) = projection::router(state).split_for_parts();
        Self { pool, log, positions, health, clock, shutdown, router, index }
    }

    pub(crate) fn start_projector(&self) -> JoinHandle<()> {
        self.start_projector_on(Arc::new(self.log.clone()), projections::all())
    }

    /// The same, reading through another log and with other projections.
    pub(crate) fn start_projector_on(
        &self,
        log: Arc<dyn Log>,
        projections: Vec<Arc<dyn Projection>>,
    ) -> JoinHandle<()> {
        let mut options = ProjectorOptions::new(self.pool.clone(), log, self.positions.clone(), self.health.clone());
        options.clock = self.clock.clone();
        options.projections = projections;
        let running = options.run(self.shutdown.clone());
        tokio::spawn(async move {
            let _ = running.await;
        })
    }

    /// Starts a projector and kills it in the middle of its work, after so many yields.
    pub(crate) async fn start_and_kill_projector(&self, yields: u64) {
        let projector = self.start_projector();
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
        projector.abort();
        let _ = projector.await;
    }

    /// The end of the log, as a token.
    pub(crate) async fn end(&self) -> ConsistencyToken {
        let ends = self.log.end_offsets(&[TASKS, REMINDERS]).await.unwrap();
        let named = ends.into_iter().filter(|(_, end)| *end > 0);
        named.map(|((topic, partition), end)| Position { topic, partition, offset: end - 1 }).collect()
    }

    /// Waits until every projection has passed the whole log.
    pub(crate) async fn settle(&self) {
        let end = self.end().await;
        for name in projection::projections::names() {
            self.positions.wait_for(name, &end, LONG).await.unwrap();
        }
    }

    /// Fills the lists' index in memory and follows what changes.
    pub(crate) fn remember(&self) -> JoinHandle<()> {
        let following = self.index.clone().follow(self.pool.clone(), self.positions.clone(), self.shutdown.clone());
        tokio::spawn(async move {
            let _ = following.await;
        })
    }

    /// Waits until the index shows the whole log.
    pub(crate) async fn until_remembered(&self) {
        self.settle().await;
        let end = self.end().await;
        let shows = async {
            while !self.index.shows().is_some_and(|shown| end.iter().all(|at| reaches(&shown, &at))) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(LONG, shows).await.unwrap();
    }

    /// Appends a record as a writer would, in the partition of its stream.
    pub(crate) fn append(&self, record: LogRecord) -> Position {
        Position { offset: self.log.append(record.clone()), ..record.position }
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, HeaderMap, Value) {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, headers, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub(crate) async fn dump(&self) -> String {
        let mut all = Vec::new();
        for name in projection::projections::names() {
            projection::dump(&self.pool, name, &mut all).await.unwrap();
        }
        String::from_utf8(all).unwrap()
    }

    /// Rows of a table, which is named with its schema.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        sqlx::query_scalar(&format!("SELECT count(*) FROM {table}")).fetch_one(&self.pool).await.unwrap()
    }

    /// The generation of `name` that serves, as this process knows it.
    pub(crate) fn serving(&self, name: &str) -> Generation {
        let projection = projections::find(name).unwrap().describe().name;
        Generation { projection, number: self.positions.serving(name).unwrap() }
    }

    /// Waits until this generation serves, as this process knows it.
    pub(crate) async fn until_serving(&self, generation: Generation) {
        let serves = async {
            while self.positions.serving(generation.projection) != Some(generation.number) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(LONG, serves).await.unwrap();
    }

    /// Rebuilds a projection and waits for it; a projector must run.
    pub(crate) async fn rebuild(&self, name: &str) -> Generation {
        let generation = begin_rebuild(&self.pool, name).await.unwrap().generation;
        self.until_serving(generation).await;
        generation
    }
}

/// Whether the index, which knows of tasks alone, shows this.
fn reaches(shown: &ConsistencyToken, at: &Position) -> bool {
    at.topic != TASKS || shown.get(&at.topic, at.partition) >= Some(at.offset)
}

/// The time the tests' events begin.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

pub(crate) fn created(id: Uuid, title: &str) -> TaskEvent {
    TaskEvent::Created(task(id, title))
}

/// A new task that tests may change before it is an event.
pub(crate) fn task(id: Uuid, title: &str) -> TaskCreated {
    TaskCreated {
        id,
        title: title.to_owned(),
        description: String::new(),
        status: Default::default(),
        priority: Default::default(),
        tags: Vec::new(),
        due: None,
        recurrence_pattern: None,
        series_id: None,
        occurrence: None,
        follows: None,
        parent_id: None,
        rank: None,
        created_at: start(),
        updated_at: start(),
        completed_at: None,
    }
}

pub(crate) fn renamed(title: &str, sequence: u64) -> TaskEvent {
    let changes = TaskChanges { title: Some(title.to_owned()), ..TaskChanges::default() };
    TaskEvent::Updated(TaskUpdated { changes, updated_at: start() + TimeDelta::seconds(sequence as i64) })
}

/// Completed, each sequence on a day of its own.
pub(crate) fn completed(sequence: u64) -> TaskEvent {
    let completed_at = start() + TimeDelta::days(sequence as i64);
    TaskEvent::Completed(TaskCompleted { completed_at, updated_at: None, changes: TaskChanges::default() })
}

pub(crate) fn reopened(sequence: u64) -> TaskEvent {
    let reopened_at = start() + TimeDelta::days(sequence as i64);
    TaskEvent::Reopened(TaskReopened { status: Default::default(), reopened_at, changes: TaskChanges::default() })
}

pub(crate) fn task_record(id: Uuid, sequence: u64, event: &TaskEvent) -> LogRecord {
    record(TASKS, id, sequence, event)
}

/// A record with one event, where its stream belongs.
pub(crate) fn record<E: Serialize + DeserializeOwned>(topic: &str, id: Uuid, sequence: u64, event: &E) -> LogRecord {
    let (event_type, data) = <AdjacentlyTagged as EventCodec<E>>::encode(event).unwrap();
    let stream = domain::tenant::stream_id(domain::tenant::DEFAULT, id);
    let envelope = Envelope {
        specversion: "1.0".to_owned(),
        id: format!("{stream}@{sequence}"),
        source: "/tenants/default".to_owned(),
        event_type,
        subject: id.to_string(),
        time: start() + TimeDelta::seconds(sequence as i64),
        datacontenttype: "application/json".to_owned(),
        partitionkey: stream,
        sequence,
        tenant: "default".to_owned(),
        commandid: format!("c{sequence}"),
        commandhash: None,
        causationid: None,
        correlationid: None,
        actor: "ann".to_owned(),
        traceparent: None,
        metadata: None,
        data,
    };
    of_envelope(topic, envelope)
}

pub(crate) fn of_envelope(topic: &str, envelope: Envelope) -> LogRecord {
    let key = envelope.partitionkey.clone().into_bytes();
    let (raw, _) = kafka_es::envelope::record_value(&[envelope]).unwrap();
    raw_record(topic, &key, raw)
}

/// A record as any client may write it.
pub(crate) fn raw_record(topic: &str, key: &[u8], raw: Vec<u8>) -> LogRecord {
    let partition = kafka_es::partition_for(key, PARTITIONS);
    LogRecord {
        position: Position { topic: topic.to_owned(), partition, offset: 0 },
        key: Some(key.to_vec()),
        timestamp_ms: None,
        traceparent: None,
        content: kafka_es::envelope::parse_record(Some(key), Some(&raw)),
        raw,
    }
}

/// The n-th id: the same in every run.
pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + n)
}
