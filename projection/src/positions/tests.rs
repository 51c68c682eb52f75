//! Who waits for a projection is woken when it gets there, and never before.

use futures::FutureExt as _;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;

const PATIENT: Duration = Duration::from_secs(60);

fn at(offset: i64) -> [((String, i32), i64); 1] {
    [(("task-events".to_owned(), 0), offset)]
}

fn token(text: &str) -> ConsistencyToken {
    text.parse().unwrap()
}

#[tokio::test]
async fn given_a_waiting_query_when_the_projection_gets_there_then_it_is_woken() {
    let positions = Positions::new();
    positions.advance("tasks", at(3));
    let waiting = {
        let positions = positions.clone();
        tokio::spawn(async move { positions.wait_for("tasks", &token("task-events/0@5"), PATIENT).await })
    };
    tokio::task::yield_now().await;
    positions.advance("tasks", at(4));
    positions.advance("tasks", at(5));
    assert_eq!(waiting.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn given_a_query_that_waits_when_asked_who_is_wanted_then_it_is_until_the_query_ends() {
    let (positions, wanted) = (Positions::new(), ["reminders", "tasks"]);
    positions.advance("tasks", at(3));
    let (mine, query) = (positions.clone(), token("task-events/0@4"));
    let waiting = tokio::spawn(async move { mine.wait_for("tasks", &query, PATIENT).await });
    positions.wanted(&wanted).await;
    assert!(positions.wanted(&["history"]).now_or_never().is_none());
    positions.advance("tasks", at(4));
    waiting.await.unwrap().unwrap();
    assert!(positions.wanted(&wanted).now_or_never().is_none());
}

#[tokio::test]
async fn given_a_projection_behind_when_patience_ends_then_the_missing_part_is_named() {
    let positions = Positions::new();
    positions.advance("tasks", at(3));
    let behind = positions.wait_for("tasks", &token("task-events/0@4"), Duration::ZERO).await.unwrap_err();
    assert_eq!(behind.missing, "task-events/0@4");
}

#[tokio::test]
async fn given_a_token_of_another_topic_when_waited_for_then_it_does_not_hold_the_query_up() {
    let positions = Positions::new();
    positions.advance("tasks", at(3));
    assert_eq!(positions.wait_for("tasks", &token("reminders/0@9,task-events/0@3"), Duration::ZERO).await, Ok(()));
}

#[test]
fn given_a_token_of_several_partitions_when_compared_then_the_first_that_is_not_reached_is_named() {
    let place = |topic: &str, partition| (topic.to_owned(), partition);
    let offsets = Offsets::from([(place("a", 0), 5), (place("a", 2), 3), (place("b", 1), 9)]);
    for (wanted, missed) in [
        ("a/0@5,a/2@3,b/1@9", None),
        ("a/0@6,b/1@10", Some("a/0@6")),
        ("a/0@5,a/1@0,a/2@3", Some("a/1@0")),
        ("a/2@4", Some("a/2@4")),
        ("b/0@1,b/1@9", Some("b/0@1")),
        ("b/2@1", Some("b/2@1")),
        ("0/0@1,aa/7@7,c/0@7", None),
        ("aa/0@1,b/1@10", Some("b/1@10")),
    ] {
        assert_eq!(missing(&offsets, &token(wanted)).as_deref(), missed, "{wanted}");
    }
    assert_eq!(missing(&Offsets::new(), &token("c/0@7")).as_deref(), Some("c/0@7"), "nothing is known");
}

proptest! {
    #[test]
    fn given_any_offsets_and_token_when_compared_then_it_is_as_if_each_part_were_looked_up(
        applied in btree_map(("[ab]{1,2}", 0..4_i32), -1..4_i64, 0..6),
        parts in vec(("[ab]{1,2}", 0..4_i32, 0..4_i64), 0..6),
    ) {
        let parts = parts.into_iter().map(|(topic, partition, offset)| Position { topic, partition, offset });
        let wanted: ConsistencyToken = parts.collect();
        let reached = |part: &Position| match applied.get(&(part.topic.clone(), part.partition)) {
            Some(at) => *at >= part.offset,
            None => !applied.is_empty() && applied.keys().all(|(topic, _)| *topic != part.topic),
        };
        let expected = wanted.iter().find(|part| !reached(part)).map(|part| part.to_string());
        prop_assert_eq!(missing(&applied, &wanted), expected);
    }
}

#[tokio::test]
async fn given_a_projection_that_began_again_when_it_comes_to_its_goal_then_it_is_filled_for_good() {
    let positions = Positions::new();
    assert!(!positions.is_filled("tasks"), "nothing is known");
    positions.begin("tasks", 1, at(-1).into(), at(5).into());
    assert!(!positions.filled("tasks", Duration::ZERO).await);
    positions.advance("tasks", at(2));
    assert_eq!(positions.filling("tasks"), Some((3, 6)));
    let waiting = positions.filled("tasks", PATIENT);
    positions.advance("tasks", at(5));
    assert!(waiting.await && positions.filling("tasks").is_none());
}

#[tokio::test]
async fn given_a_partition_that_stopped_when_given_up_then_nothing_waits_for_it() {
    let positions = Positions::new();
    positions.begin("tasks", 1, at(-1).into(), at(5).into());
    let waiting = positions.filled("tasks", PATIENT);
    positions.give_up("tasks", &at(0)[0].0);
    assert!(waiting.await);
}

#[tokio::test]
async fn given_nothing_known_of_a_projection_when_waited_for_then_it_is_behind() {
    assert!(Positions::new().wait_for("tasks", &token("reminders/0@0"), Duration::ZERO).await.is_err());
}

#[test]
fn given_an_old_notice_after_a_new_one_then_the_position_stays_and_only_a_replacement_moves_it_back() {
    let positions = Positions::new();
    positions.advance("tasks", at(5));
    positions.advance("tasks", at(4));
    assert_eq!(positions.token(&["tasks"]), token("task-events/0@5"));
    positions.replace("tasks", at(-1).into());
    assert!(positions.token(&["tasks"]).is_empty());
}
