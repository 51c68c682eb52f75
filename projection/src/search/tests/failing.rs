//! Rebuilds that fail: the serving index goes on, and they are tried again.

use std::fs;

use kafka_es::ConsistencyToken;

use super::rebuilding::{exists, held_rebuild};
use super::running::{Fault, Running};
use crate::search::SearchError;

/// An index that serves what its log holds, and has opened the log once to follow it.
async fn serving() -> Running {
    let running = Running::new().await;
    running.found_after(&running.history()).await;
    // From here on it does not begin where the log begins.
    let running = running.again().await;
    running.until(|running| running.health.is_ready()).await;
    assert_eq!(running.log.followers(), 1);
    running
}

/// Writes one more task and finds it, in the index that serves all the while.
async fn goes_on(running: &Running) -> ConsistencyToken {
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31);
    assert_eq!(running.log.followers(), 1, "what serves is not opened again");
    assert!(running.health.is_ready());
    token
}

/// The rebuild fails again and again, which is said.
async fn fails(running: &Running, fault: Fault) {
    running.log.fail_fills(Some(fault));
    let failed = running.handle.rebuild().await.unwrap_err();
    assert!(matches!(failed, SearchError::PutOff(_)), "{failed}");
    running.until(|running| running.log.faults() > 2).await;
    assert!(running.handle.failure().unwrap().contains(&format!("a fault in {fault:?}")));
    assert!(running.handle.progress().borrow().is_some());
}

async fn is_over(running: &Running) {
    running.until(|running| running.handle.failure().is_none() && running.handle.progress().borrow().is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuild_that_fails_when_its_cause_is_gone_then_it_comes_to_its_end_and_the_index_went_on_meanwhile() {
    for fault in [Fault::Opening, Fault::Reading] {
        let running = serving().await;
        fails(&running, fault).await;
        let token = goes_on(&running).await;

        running.log.fail_fills(None);
        running.until(|running| running.handle.generation() == 2).await;
        is_over(&running).await;
        assert_eq!(running.found_after(&token).await.len(), 31);
        assert!(running.health.is_ready());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuild_that_fails_when_it_is_cancelled_then_nothing_is_left_of_it_and_another_can_be_begun() {
    let running = serving().await;
    fails(&running, Fault::Reading).await;
    running.handle.cancel_rebuild().await.unwrap();
    assert_eq!((running.handle.failure(), *running.handle.progress().borrow()), (None, None));
    assert!(!exists(&running, "building") && !exists(&running, "generation-2"));
    goes_on(&running).await;

    running.log.fail_fills(None);
    let rebuilt = running.handle.rebuild().await.unwrap();
    assert_eq!((rebuilt.generation, rebuilt.documents), (2, 41));
}

#[tokio::test(flavor = "multi_thread")]
async fn given_a_rebuild_that_cannot_be_written_when_tried_again_then_it_is_begun_anew_and_the_index_went_on_meanwhile()
{
    let running = serving().await;
    let rebuild = held_rebuild(&running).await;
    // No commit can take the place of this.
    let commit = running.dir.path().join("generation-2/meta.json");
    fs::remove_file(&commit).unwrap();
    fs::create_dir(&commit).unwrap();
    running.log.let_go();
    let failed = rebuild.await.unwrap().unwrap_err();
    assert!(matches!(failed, SearchError::PutOff(_)), "{failed}");

    running.until(|running| running.handle.generation() == 2).await;
    is_over(&running).await;
    assert!(commit.is_file());
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31);
    assert_eq!(running.log.followers(), 1);
}
