//! Following a log: what is committed is visible and announced, and a rebuild gives the same.

use super::given::{numbers, query, renamed};
use super::running::{HeldLog, PATIENCE, Running};
use crate::source::Log as _;

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
    let other = Running::over(HeldLog::new(), running.dir).await;
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
