//! Rebuilds that do not come to their end at once: given up, interrupted, and taken back.

use std::fs;

use kafka_es::ConsistencyToken;

use super::given::{numbers, query};
use super::running::{HeldLog, Running};
use crate::search::{Dumped, Rebuilt, SearchError, SearchHandle};

/// Records that a rebuild reads before it is held.
const READ: usize = 10;

fn begin<F>(
    running: &Running,
    ask: impl FnOnce(SearchHandle) -> F,
) -> tokio::task::JoinHandle<Result<Rebuilt, SearchError>>
where
    F: Future<Output = Result<Rebuilt, SearchError>> + Send + 'static,
{
    tokio::spawn(ask(running.handle.clone()))
}

/// A rebuild that has committed what it could read and waits for the rest.
pub(super) async fn held_rebuild(running: &Running) -> tokio::task::JoinHandle<Result<Rebuilt, SearchError>> {
    running.log.hold(READ);
    let rebuild = begin(running, |handle| async move { handle.rebuild().await });
    running.until(|running| commits(running, 2).contains("task-events/")).await;
    rebuild
}

/// What the last commit of a generation says of itself.
fn commits(running: &Running, generation: u64) -> String {
    fs::read_to_string(running.dir.path().join(format!("generation-{generation}/meta.json"))).unwrap_or_default()
}

pub(super) fn exists(running: &Running, name: &str) -> bool {
    running.dir.path().join(name).exists()
}

fn bytes(dump: &[Dumped]) -> Vec<u8> {
    serde_json::to_vec(dump).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuild_that_runs_when_it_is_cancelled_then_the_serving_index_stays_and_nothing_is_left_of_the_other()
{
    let running = Running::new().await;
    let token = running.history();
    assert_eq!(running.found_after(&token).await.len(), 30);
    let rebuild = held_rebuild(&running).await;
    assert!(exists(&running, "building"));

    running.handle.cancel_rebuild().await.unwrap();
    assert!(rebuild.await.unwrap().unwrap_err().to_string().contains("given up"));
    assert!(!exists(&running, "generation-2") && !exists(&running, "building"));
    assert_eq!((running.handle.generation(), *running.handle.progress().borrow()), (1, None));
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31, "it follows the log all the while");
    running.handle.cancel_rebuild().await.unwrap();

    running.log.let_go();
    assert_eq!(running.handle.rebuild().await.unwrap().documents, 41, "another one can be begun");
    let running = running.again().await;
    assert_eq!(numbers(&running.handle.query(&query("task")).await.unwrap()).len(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuild_when_the_process_ends_then_the_next_one_goes_on_with_it_and_lets_it_serve() {
    let running = Running::new().await;
    let token = running.history();
    running.found_after(&token).await;
    let live = running.handle.dump().await.unwrap();
    let rebuild = held_rebuild(&running).await;
    running.log.hold(0);

    let running = running.again().await;
    assert!(rebuild.await.unwrap().is_err());
    running.until(|running| running.handle.progress().borrow().is_some()).await;
    let progress = running.handle.progress().borrow().unwrap();
    assert_eq!((progress.read, progress.total), (READ as u64, 70), "from where it was, not from the beginning");
    assert_eq!((running.handle.generation(), running.found_after(&token).await.len()), (1, 30));

    running.log.let_go();
    running.until(|running| running.handle.generation() == 2).await;
    assert_eq!(bytes(&running.handle.dump().await.unwrap()), bytes(&live));
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31);
    assert_eq!(running.again().await.handle.generation(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuild_from_a_log_that_is_gone_when_a_shorter_one_is_in_its_place_then_nothing_of_the_other_is_found()
{
    let running = Running::new().await;
    let token = running.history();
    running.found_after(&token).await;
    let rebuild = held_rebuild(&running).await;
    running.shutdown.request();
    running.task.await.unwrap();
    assert!(rebuild.await.unwrap().is_err());

    let running = Running::over(HeldLog::new(), running.dir).await;
    let token = running.create(1, "task");
    assert_eq!(running.found_after(&token).await, [1]);
    assert!(!exists(&running, "building"));
}

/// A log with two tasks, which is shorter than that of [`Running::history`].
async fn shorter_log() -> (HeldLog, ConsistencyToken) {
    let running = Running::new().await;
    let mut token = running.create(1, "task");
    token.merge(&running.create(3, "task"));
    running.shutdown.request();
    running.task.await.unwrap();
    (running.log, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_index_of_another_log_when_a_rebuild_beside_its_successor_is_cancelled_then_the_successor_stays() {
    let running = Running::new().await;
    running.found_after(&running.history()).await;
    running.shutdown.request();
    running.task.await.unwrap();
    let (log, token) = shorter_log().await;
    log.hold(1);
    let running = Running::over(log, running.dir).await;
    running.until(|running| commits(running, 2).contains("task-events/")).await;

    running.log.hold(0);
    let rebuild = begin(&running, |handle| async move { handle.rebuild().await });
    running.until(|running| exists(running, "building")).await;
    running.handle.cancel_rebuild().await.unwrap();
    assert!(rebuild.await.unwrap().is_err());
    // No file names the successor yet.
    assert!(exists(&running, "generation-2") && !exists(&running, "generation-3"));
    assert_eq!(fs::read_to_string(running.dir.path().join("current")).unwrap(), "1\n");

    running.log.let_go();
    assert_eq!(running.found_after(&token).await.len(), 2);
    assert_eq!(running.handle.generation(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuilt_index_when_it_is_rolled_back_then_the_one_before_catches_up_and_serves() {
    let running = Running::new().await;
    assert!(running.handle.roll_back().await.is_err(), "none is kept");
    let token = running.history();
    running.found_after(&token).await;
    running.handle.rebuild().await.unwrap();
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31);
    let live = running.handle.dump().await.unwrap();

    assert_eq!(running.handle.roll_back().await.unwrap(), Rebuilt { generation: 1, documents: 41 });
    assert_eq!(bytes(&running.handle.dump().await.unwrap()), bytes(&live));
    assert_eq!(running.handle.roll_back().await.unwrap().generation, 2, "and back");
    assert_eq!(running.again().await.handle.generation(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_way_back_that_is_given_up_or_interrupted_then_the_kept_index_is_still_there() {
    let running = Running::new().await;
    let token = running.history();
    running.found_after(&token).await;
    running.handle.rebuild().await.unwrap();
    let token = running.create(41, "task");
    running.found_after(&token).await;

    running.log.hold(0);
    let back = begin(&running, |handle| async move { handle.roll_back().await });
    running.until(|running| exists(running, "building")).await;
    running.handle.cancel_rebuild().await.unwrap();
    assert!(back.await.unwrap().is_err());
    assert!(exists(&running, "generation-1") && !exists(&running, "building"));

    let back = begin(&running, |handle| async move { handle.roll_back().await });
    running.until(|running| exists(running, "building")).await;
    let running = running.again().await;
    assert!(back.await.unwrap().is_err());
    running.log.let_go();
    running.until(|running| running.handle.generation() == 1).await;
    assert_eq!(running.found_after(&token).await.len(), 31);
}
