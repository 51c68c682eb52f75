//! What a state store remembers: a delivery that was made, and that nobody could write down.

use std::time::Duration;

use platform::sidecar::StateStore;
use serde_json::json;

use super::Ringing;
use super::receiver::Says;
use super::sidecar::FakeSidecar;

/// How often the receiver has it of which a process dies with it delivered and not written down, and another takes its place.
async fn received(store: Option<StateStore>) -> Vec<usize> {
    let mut ringing = Ringing::mortal().await;
    ringing.store = store;
    ringing.told_over(&[vec![Says::Now(200)]]).await;
    ringing.ring(1);
    ringing.dies_before("outcome", 0).await;
    assert!(ringing.live().await.is_err());
    ringing.nobody_dies().await;
    ringing.live().await.unwrap();
    // Whatever the store says, the log is told once.
    assert_eq!(ringing.ends(101), ["tasklog.reminder.sent.v1"]);
    assert_eq!(ringing.written().await.into_values().collect::<Vec<_>>(), [1]);
    ringing.received().into_values().collect()
}

#[tokio::test]
async fn given_a_process_that_dies_with_a_delivery_made_then_with_a_store_nobody_is_told_twice_and_without_one_somebody_is()
 {
    assert_eq!(received(None).await, [2]);
    let fake = FakeSidecar::start().await;
    assert_eq!(received(Some(fake.store())).await, [1]);
    assert_eq!(fake.keys(), 1);
}

#[tokio::test]
async fn given_a_store_that_is_away_or_fails_then_everybody_is_told_as_without_one() {
    let away = FakeSidecar::away().await.state_store("tasklog-state");
    assert_eq!(received(Some(away)).await, [2]);
    let fake = FakeSidecar::start().await;
    // Asked, and told.
    fake.refuses(2);
    assert_eq!(received(Some(fake.store())).await, [2]);
}

#[tokio::test]
async fn given_a_key_that_is_kept_then_to_keep_it_again_is_no_failure() {
    let store = FakeSidecar::start().await.store();
    assert!(!store.has("1").await.unwrap());
    for _ in 0..2 {
        store.keep_first("1", &json!({}), Duration::from_secs(60)).await.unwrap();
        assert!(store.has("1").await.unwrap());
    }
}
