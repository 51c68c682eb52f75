//! Following a log: what is committed is visible and announced, and a rebuild gives the same.

use std::sync::Arc;
use std::time::Duration;

use domain::task::TaskEvent;
use kafka_es::ConsistencyToken;
use platform::health::Health;
use platform::lifecycle::Shutdown;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::given::{HEAP_BYTES, created, deleted, numbers, query, record, renamed};
use crate::Positions;
use crate::search::{NAME, SearchHandle, SearchOptions, open};
use crate::source::{Log as _, MemoryLog};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running search over a log in memory.
struct Running {
    log: MemoryLog,
    dir: Arc<TempDir>,
    positions: Positions,
    health: Health,
    handle: SearchHandle,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl Running {
    async fn new() -> Self {
        Self::over(MemoryLog::new(&[domain::topics::TASKS], 2), Arc::new(TempDir::new().unwrap())).await
    }

    async fn over(log: MemoryLog, dir: Arc<TempDir>) -> Self {
        let (positions, health, shutdown) = (Positions::new(), Health::new(), Shutdown::new());
        let options = SearchOptions { heap_bytes: HEAP_BYTES, ..SearchOptions::new(dir.path().into()) };
        let component = health.component("search");
        let (handle, projector) = open(options, Arc::new(log.clone()), positions.clone(), component).await.unwrap();
        let task = tokio::spawn(projector.run(shutdown.clone()));
        Self { log, dir, positions, health, handle, shutdown, task }
    }

    /// Ends it and begins again on the same folder and log.
    async fn again(self) -> Self {
        self.shutdown.request();
        self.task.await.unwrap();
        drop(self.handle);
        Self::over(self.log, self.dir).await
    }

    fn append(&self, n: u128, sequence: u64, event: &TaskEvent) -> ConsistencyToken {
        let mut record = record(n, sequence, 0, event);
        record.position.partition = i32::try_from(n % 2).unwrap();
        let mut position = record.position.clone();
        position.offset = self.log.append(record);
        position.into()
    }

    fn create(&self, n: u128, title: &str) -> ConsistencyToken {
        self.append(n, 1, &TaskEvent::Created(created(n, title, "")))
    }

    async fn found_after(&self, token: &ConsistencyToken) -> Vec<u128> {
        self.positions.wait_for(NAME, token, PATIENCE).await.unwrap();
        numbers(&self.handle.query(&query("task")).await.unwrap())
    }

    /// Some tasks in both partitions, changed and deleted.
    fn history(&self) -> ConsistencyToken {
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
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_write_then_a_search_with_its_token_shows_it() {
    let running = Running::new().await;
    for n in 1..=5 {
        let token = running.create(n, "task");
        assert_eq!(running.found_after(&token).await.len(), usize::try_from(n).unwrap());
    }
    assert!(running.health.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_restart_then_it_goes_on_where_the_commit_ended() {
    let running = Running::new().await;
    let before = running.create(1, "task");
    running.found_after(&before).await;
    let running = running.again().await;
    assert_eq!(running.handle.generation(), 1);
    assert_eq!(numbers(&running.handle.query(&query("task")).await.unwrap()), [1], "without reading anything again");
    let after = running.create(2, "task");
    assert_eq!(running.found_after(&after).await, [2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuild_then_its_dump_equals_the_live_one_and_writes_go_on() {
    let running = Running::new().await;
    let token = running.history();
    assert_eq!(running.found_after(&token).await.len(), 30);
    let live = running.handle.dump().await.unwrap();
    assert_eq!(live.len(), 40);
    let rebuilt = running.handle.rebuild().await.unwrap();
    assert_eq!((rebuilt.generation, rebuilt.documents), (2, 40));
    let again = running.handle.dump().await.unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), serde_json::to_vec(&live).unwrap());
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31);
    let running = running.again().await;
    assert_eq!(running.handle.generation(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_empty_log_then_a_rebuild_ends() {
    let running = Running::new().await;
    assert_eq!(running.handle.rebuild().await.unwrap().documents, 0);
    assert_eq!(running.handle.rebuild().await.unwrap().generation, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_writes_during_rebuilds_then_no_search_is_older_than_its_token() {
    let running = Running::new().await;
    running.history();
    let handle = running.handle.clone();
    let rebuilds = tokio::spawn(async move {
        for _ in 0..3 {
            handle.rebuild().await.unwrap();
        }
    });
    for n in 41..=80 {
        let token = running.create(n, "task new");
        assert!(running.found_after(&token).await.contains(&n));
    }
    rebuilds.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_log_that_begins_anew_then_the_index_is_filled_from_it() {
    let running = Running::new().await;
    let token = running.history();
    running.found_after(&token).await;
    running.shutdown.request();
    running.task.await.unwrap();
    drop(running.handle);
    let other = Running::over(MemoryLog::new(&[domain::topics::TASKS], 2), running.dir).await;
    let token = other.create(1, "task in another log");
    assert_eq!(other.found_after(&token).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_gap_then_health_says_so_and_other_partitions_go_on() {
    let running = Running::new().await;
    let first = running.create(2, "task");
    running.found_after(&first).await;
    running.append(2, 5, &renamed("task", 1));
    let other = running.create(1, "task");
    assert_eq!(running.found_after(&other).await, [2, 1]);
    let next = running.log.end_offsets(&[domain::topics::TASKS]).await.unwrap();
    assert_eq!(next.values().sum::<i64>(), 3);
    let patience = async {
        while running.health.is_ready() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, patience).await.unwrap();
}
