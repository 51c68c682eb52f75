//! Search as a process runs it, over a log in memory whose readers can be made to wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::task::TaskEvent;
use domain::topics::TASKS;
use kafka_es::{ConsistencyToken, LogRecord, Position};
use platform::health::Health;
use platform::lifecycle::Shutdown;
use serde_json::value::RawValue;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::given::{HEAP_BYTES, created, deleted, numbers, query, record, record_of, renamed};
use crate::Positions;
use crate::search::{NAME, SearchHandle, SearchOptions, open};
use crate::source::{ByPartition, Log, MemoryLog, Source, SourceError};

pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// What fails for a reader that begins where the log begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Opening,
    Reading,
}

impl Fault {
    fn error(self) -> SourceError {
        SourceError::Unavailable(format!("a fault in {self:?}"))
    }
}

/// A log in memory. Readers that are opened while it is held give so many records and then wait until it is let go.
#[derive(Clone)]
pub(super) struct HeldLog {
    pub log: MemoryLog,
    held: Arc<watch::Sender<Option<usize>>>,
    /// Of readers it holds those alone that begin where the log begins.
    fills_only: Arc<AtomicBool>,
    fault: Arc<watch::Sender<Option<Fault>>>,
    faults: Arc<AtomicUsize>,
    followers: Arc<AtomicUsize>,
}

impl HeldLog {
    pub(super) fn new() -> Self {
        let (held, fault) = (Arc::new(watch::Sender::new(None)), Arc::new(watch::Sender::new(None)));
        let (fills_only, faults, followers) = Default::default();
        Self { log: MemoryLog::new(&[TASKS], 2), held, fills_only, fault, faults, followers }
    }

    /// What is filled from the beginning fails, and nothing else.
    pub(super) fn fail_fills(&self, fault: Option<Fault>) {
        self.fault.send_replace(fault);
    }

    /// How often it has failed.
    pub(super) fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }

    /// Readers that were opened behind the beginning.
    pub(super) fn followers(&self) -> usize {
        self.followers.load(Ordering::Relaxed)
    }

    fn failing(&self, fault: Fault) -> Result<(), SourceError> {
        if *self.fault.borrow() != Some(fault) {
            return Ok(());
        }
        self.faults.fetch_add(1, Ordering::Relaxed);
        Err(fault.error())
    }

    /// Holds what is filled from the beginning, and nothing else.
    pub(super) fn hold_fills(&self) {
        self.fills_only.store(true, Ordering::Relaxed);
        self.hold(0);
    }

    pub(super) fn hold(&self, after: usize) {
        self.held.send_replace(Some(after));
    }

    pub(super) fn let_go(&self) {
        self.held.send_replace(None);
    }
}

#[async_trait]
impl Log for HeldLog {
    async fn end_offsets(&self, topics: &[&str]) -> Result<ByPartition<i64>, SourceError> {
        self.log.end_offsets(topics).await
    }

    async fn open(&self, from: ByPartition<i64>) -> Result<Box<dyn Source>, SourceError> {
        let fills = from.values().all(|next| *next == 0);
        if fills {
            self.failing(Fault::Opening)?;
        } else {
            self.followers.fetch_add(1, Ordering::Relaxed);
        }
        let held = !self.fills_only.load(Ordering::Relaxed) || fills;
        let left = self.held.borrow().filter(|_| held);
        let (source, held) = (self.log.open(from).await?, self.held.subscribe());
        Ok(Box::new(HeldSource { source, held, left, fills, log: self.clone() }))
    }
}

struct HeldSource {
    source: Box<dyn Source>,
    held: watch::Receiver<Option<usize>>,
    /// Records it may still give; `None`: all.
    left: Option<usize>,
    /// It began where the log begins.
    fills: bool,
    log: HeldLog,
}

#[async_trait]
impl Source for HeldSource {
    async fn next_batch(&mut self, max: usize) -> Result<Vec<LogRecord>, SourceError> {
        if self.fills {
            self.log.failing(Fault::Reading)?;
        }
        if self.left == Some(0) {
            let let_go = self.held.wait_for(Option::is_none).await;
            let_go.map_err(|_| SourceError::Unavailable("the log in memory is gone".to_owned()))?;
            self.left = None;
        }
        let batch = self.source.next_batch(self.left.map_or(max, |left| left.min(max))).await?;
        self.left = self.left.map(|left| left - batch.len());
        Ok(batch)
    }
}

/// A running search over a log in memory.
pub(super) struct Running {
    pub log: HeldLog,
    pub dir: Arc<TempDir>,
    pub positions: Positions,
    pub health: Health,
    pub handle: SearchHandle,
    pub shutdown: Shutdown,
    pub task: JoinHandle<()>,
}

impl Running {
    pub(super) async fn new() -> Self {
        Self::over(HeldLog::new(), Arc::new(TempDir::new().unwrap())).await
    }

    pub(super) async fn over(log: HeldLog, dir: Arc<TempDir>) -> Self {
        let (positions, health, shutdown) = (Positions::new(), Health::new(), Shutdown::new());
        let options = SearchOptions { heap_bytes: HEAP_BYTES, ..SearchOptions::new(dir.path().into()) };
        let component = health.component("search");
        let (handle, projector) = open(options, Arc::new(log.clone()), positions.clone(), component).await.unwrap();
        let task = tokio::spawn(projector.run(shutdown.clone()));
        Self { log, dir, positions, health, handle, shutdown, task }
    }

    /// Ends it and begins again on the same folder and log.
    pub(super) async fn again(self) -> Self {
        self.shutdown.request();
        self.task.await.unwrap();
        drop(self.handle);
        Self::over(self.log, self.dir).await
    }

    pub(super) fn append(&self, n: u128, sequence: u64, event: &TaskEvent) -> ConsistencyToken {
        self.put(n, record(n, sequence, 0, event)).into()
    }

    /// Appends an event that no build reads.
    pub(super) fn poison(&self, n: u128, sequence: u64) -> Position {
        self.put(n, record_of(n, sequence, 0, "tasklog.task.painted.v9", RawValue::NULL.to_owned()))
    }

    fn put(&self, n: u128, mut record: LogRecord) -> Position {
        record.position.partition = i32::try_from(n % 2).unwrap();
        let mut position = record.position.clone();
        position.offset = self.log.log.append(record);
        position
    }

    pub(super) fn create(&self, n: u128, title: &str) -> ConsistencyToken {
        self.append(n, 1, &TaskEvent::Created(created(n, title, "")))
    }

    pub(super) async fn found_after(&self, token: &ConsistencyToken) -> Vec<u128> {
        self.positions.wait_for(NAME, token, PATIENCE).await.unwrap();
        numbers(&self.handle.query(&query("task")).await.unwrap())
    }

    /// Some tasks in both partitions, changed and deleted.
    pub(super) fn history(&self) -> ConsistencyToken {
        let mut token = ConsistencyToken::default();
        for n in 1..=40 {
            token.merge(&self.create(n, &format!("task {n}")));
        }
        for n in 1..=20 {
            token.merge(&self.append(n, 2, &renamed(&format!("task renamed {n}"), 1)));
        }
        for n in 1..=10 {
            token.merge(&self.append(n, 3, &deleted(2)));
        }
        token
    }

    /// Waits until `seen` holds.
    pub(super) async fn until(&self, seen: impl Fn(&Self) -> bool) {
        let waited = async {
            while !seen(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waited).await.unwrap();
    }
}
