//! The lists' index in memory: it shows what Postgres has, and no less than it has shown.

use std::time::Duration;

use domain::task::{TaskDeleted, TaskEvent, TaskRestored};
use kafka_es::ConsistencyToken;
use projection::generations::roll_back;
use projection::lists::index::ListIndex;
use projection::lists::tasks::TaskReader;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::proxy::Proxy;
use crate::world::*;

const TENANT: &str = domain::tenant::DEFAULT;

/// All tasks as a list gives them: their ids, titles and versions.
async fn listed(world: &World, query: &str) -> Vec<(String, String, u64)> {
    let (status, _, page) = world.get(&format!("/tasks?limit=200&{query}")).await;
    assert_eq!(status, 200, "{page}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |task: &Value| (text(&task["id"]), text(&task["title"]), task["version"].as_u64().unwrap());
    page["items"].as_array().unwrap().iter().map(of).collect()
}

/// Another process on the same database, which it reaches through a proxy.
async fn far_from_postgres(world: &World) -> (World, Proxy) {
    let options = world.pool.connect_options();
    let proxy = Proxy::before(&options).await;
    let url = format!("postgres://postgres@{}/{}", proxy.address, options.get_database().unwrap());
    (World::over(platform::postgres::connect_lazily(&url, 12).unwrap(), world.log.clone()), proxy)
}

/// Whether the index answers for a task that it knows, without a word from Postgres' lists.
async fn answers(world: &World, n: u128) -> bool {
    let shown = world.index.find(world.serving("tasks"), TENANT, id(n), &ConsistencyToken::new()).await.unwrap();
    shown.is_some_and(|shown| shown.answer.is_some())
}

async fn until_it_answers(world: &World, n: u128) {
    let remembers = async {
        while !answers(world, n).await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONG, remembers).await.unwrap();
}

fn deleted(sequence: u64) -> TaskEvent {
    TaskEvent::Deleted(TaskDeleted { deleted_at: start() + chrono::TimeDelta::seconds(sequence as i64) })
}

fn restored(sequence: u64) -> TaskEvent {
    TaskEvent::Restored(TaskRestored { restored_at: start() + chrono::TimeDelta::seconds(sequence as i64) })
}

#[tokio::test]
async fn given_any_changes_when_followed_then_memory_shows_what_postgres_shows() {
    let steps = proptest::collection::vec((0..12_u128, 0..5_u8, any::<bool>()), 150);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let steps = steps.new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap().current();
    // Two processes on the same database: one remembers, the other asks Postgres.
    let world = World::new().await;
    let asking = World::over(world.pool.clone(), world.log.clone());
    world.start_projector();
    world.remember();
    let mut tasks = std::collections::HashMap::<u128, (u64, bool)>::new();
    let mut looked_at_gone = 0;
    for (step, (n, what, looks)) in steps.into_iter().enumerate() {
        let (version, lives) = tasks.entry(n).or_insert((0, false));
        *version += 1;
        let event = match (what, *version, *lives) {
            (_, 1, _) => created(id(n), &format!("task {n}")),
            (_, _, false) => restored(*version),
            (0, ..) => deleted(*version),
            (1, ..) => completed(*version),
            (2, ..) => reopened(*version),
            _ => renamed(&format!("name {step}"), *version),
        };
        *lives = !matches!(event, TaskEvent::Deleted(_));
        world.append(task_record(id(n), *version, &event));
        if looks {
            world.until_remembered().await;
            asking.settle().await;
            for query in ["sort=updated_at", "sort=-title", "status=pending&sort=due", "status=completed&total=true"] {
                assert_eq!(listed(&world, query).await, listed(&asking, query).await, "step {step}: {query}");
            }
            let path = format!("/tasks/{}", id(n));
            let (kept, asked) = (world.get(&path).await, asking.get(&path).await);
            looked_at_gone += u32::from(kept.0 == 404);
            assert_eq!(answers(&world, n).await, kept.0 == 200, "step {step}: from memory");
            assert_eq!((kept.0, kept.1.get("etag"), &kept.2), (asked.0, asked.1.get("etag"), &asked.2), "step {step}");
        }
    }
    assert!(looked_at_gone > 0, "no task was looked at when it was deleted");
}

#[tokio::test]
async fn given_an_index_that_hears_nothing_when_a_token_is_sent_then_postgres_answers_and_no_later_list_shows_less() {
    let world = World::new().await;
    world.start_projector();
    let following = world.remember();
    world.append(task_record(id(1), 1, &created(id(1), "before")));
    world.until_remembered().await;
    assert!(answers(&world, 1).await);
    // What it knows stays as it is.
    following.abort();
    let _ = following.await;
    let at = world.append(task_record(id(1), 2, &renamed("after", 2)));
    world.settle().await;
    // The fault: without a token it would answer with what it knows for ever.
    assert_eq!(listed(&world, "").await[0].1, "before");
    let request = axum::http::Request::get("/tasks").header("Consistency-Token", at.to_string());
    let (status, headers, page) = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((status.as_u16(), &page["items"][0]["title"]), (200, &Value::from("after")));
    assert_eq!(headers["consistency-token"], at.to_string());
    assert_eq!(listed(&world, "").await[0].1, "after", "a list has shown it");
    let (_, _, task) = world.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!(task["title"], "after");
}

#[tokio::test]
async fn given_a_row_that_is_newer_than_the_index_when_listed_then_it_is_not_put_where_the_old_one_was() {
    let world = World::new().await;
    world.start_projector();
    for n in 1..=3 {
        world.append(task_record(id(n), 1, &created(id(n), &format!("task {n}"))));
    }
    world.settle().await;
    // Of more than two tasks it reads the JSON only when that is asked for.
    let index = ListIndex::reading(&TaskReader::new(world.pool.clone()), 100, 2);
    let following =
        tokio::spawn(index.clone().follow(world.pool.clone(), world.positions.clone(), world.shutdown.clone()));
    let filled = async {
        while index.shows().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LONG, filled).await.unwrap();
    following.abort();
    let _ = following.await;
    world.append(task_record(id(2), 2, &completed(2)));
    world.settle().await;
    // The fault: the index finds it among the pending ones, and its row says that it is completed.
    let query = projection::query::task_query::TaskQuery {
        tenant: TENANT.to_owned(),
        q: None,
        filter: Default::default(),
        sort: projection::query::sort::Sort::NEWEST,
        limit: 50,
        cursor: None,
        total: true,
        now: start(),
    };
    let page = index.page(world.serving("tasks"), &query, &ConsistencyToken::new()).await.unwrap();
    assert!(page.is_none(), "the index cannot answer with a row of another version: Postgres must");
}

#[tokio::test]
async fn given_a_rebuild_when_the_new_generation_serves_then_the_index_follows_that_one() {
    let world = World::new().await;
    world.start_projector();
    world.remember();
    world.append(task_record(id(1), 1, &created(id(1), "one")));
    world.until_remembered().await;
    world.rebuild("tasks").await;
    world.append(task_record(id(1), 2, &renamed("two", 2)));
    world.until_remembered().await;
    until_it_answers(&world, 1).await;
    assert_eq!(listed(&world, "").await[0].1, "two");
}

#[tokio::test]
async fn given_a_rebuild_that_is_taken_back_when_the_old_generation_serves_again_then_the_index_follows_that_one() {
    let world = World::new().await;
    world.start_projector();
    world.remember();
    world.append(task_record(id(1), 1, &created(id(1), "one")));
    world.settle().await;
    let before = world.serving("tasks");
    world.rebuild("tasks").await;
    roll_back(&world.pool, "tasks").await.unwrap();
    world.until_serving(before).await;
    world.append(task_record(id(1), 2, &renamed("two", 2)));
    world.until_remembered().await;
    until_it_answers(&world, 1).await;
    assert_eq!(listed(&world, "").await[0].1, "two");
}

#[tokio::test]
async fn given_a_caller_who_takes_stale_answers_when_the_token_is_not_reached_then_memory_answers_at_once() {
    let world = World::new().await;
    world.start_projector();
    let following = world.remember();
    let at = world.append(task_record(id(1), 1, &created(id(1), "remembered")));
    world.until_remembered().await;
    assert!(answers(&world, 1).await);
    following.abort();
    let _ = following.await;
    // Postgres would say so.
    world.append(task_record(id(1), 2, &renamed("stored", 2)));
    world.settle().await;
    let beyond = kafka_es::Position { offset: 99, ..at };
    let request = axum::http::Request::get("/tasks").header("Consistency-Token", beyond.to_string());
    let request = request.header("Prefer", "wait=0, handling=lenient").body(axum::body::Body::empty()).unwrap();
    let (status, headers, page) = world.send(request).await;
    assert_eq!((status.as_u16(), headers["stale"].to_str().unwrap()), (200, "true"));
    assert_eq!(page["items"][0]["title"], "remembered");
}

#[tokio::test]
async fn given_an_index_that_is_full_when_one_more_task_comes_then_nothing_is_kept() {
    let world = World::new().await;
    world.start_projector();
    let index = ListIndex::new(&TaskReader::new(world.pool.clone()), 2);
    let following =
        tokio::spawn(index.clone().follow(world.pool.clone(), world.positions.clone(), world.shutdown.clone()));
    let until = async |filled: bool| {
        let reached = async {
            while index.shows().is_some() != filled {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(LONG, reached).await.unwrap();
    };
    for n in 1..=2 {
        world.append(task_record(id(n), 1, &created(id(n), "kept")));
    }
    until(true).await;
    world.append(task_record(id(3), 1, &created(id(3), "one too many")));
    until(false).await;
    following.abort();
}

#[tokio::test]
async fn given_a_server_that_falls_silent_while_rows_are_read_when_it_is_there_again_then_the_index_is_too() {
    let world = World::new().await;
    let (far, proxy) = far_from_postgres(&world).await;
    world.start_projector();
    far.remember();
    world.append(task_record(id(1), 1, &created(id(1), "one")));
    far.until_remembered().await;
    // Its connection for rows goes silent with all the others, without a word that it has ended.
    proxy.silence();
    world.append(task_record(id(1), 2, &renamed("two", 2)));
    far.until_remembered().await;
    until_it_answers(&far, 1).await;
    assert_eq!(listed(&far, "").await[0].1, "two");
}

#[tokio::test]
async fn given_tasks_that_were_there_before_when_the_index_is_filled_then_each_is_answered_for_without_postgres() {
    let world = World::new().await;
    world.start_projector();
    for n in 1..=20 {
        world.append(task_record(id(n), 1, &created(id(n), "before")));
    }
    world.settle().await;
    let (far, proxy) = far_from_postgres(&world).await;
    far.remember();
    far.until_remembered().await;
    proxy.silence();
    for n in 1..=20 {
        assert!(answers(&far, n).await, "task {n}");
    }
}

#[tokio::test]
async fn given_more_changes_at_once_than_are_told_when_they_are_over_then_the_index_has_all_of_them() {
    let world = World::new().await;
    world.start_projector();
    world.remember();
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    world.until_remembered().await;
    for n in 2..=1_500 {
        world.append(task_record(id(n), 1, &created(id(n), "many")));
    }
    world.until_remembered().await;
    let (_, _, page) = world.get("/tasks?limit=1&total=true").await;
    assert_eq!(page["total"], 1_500);
    assert!(answers(&world, 1_500).await);
}

#[tokio::test]
async fn given_a_connection_that_was_lost_when_it_is_there_again_then_nothing_is_missing_from_the_index() {
    let world = World::new().await;
    let (far, proxy) = far_from_postgres(&world).await;
    world.start_projector();
    far.remember();
    world.append(task_record(id(1), 1, &created(id(1), "one")));
    far.until_remembered().await;
    proxy.cut();
    world.append(task_record(id(1), 2, &renamed("not heard", 2)));
    world.settle().await;
    far.until_remembered().await;
    let (_, _, task) = far.get(&format!("/tasks/{}", id(1))).await;
    assert_eq!(task["title"], "not heard");
    assert!(answers(&far, 1).await);
}

/// Appends an update that no reader knows, and one behind it; gives the id of the dead letter.
async fn parked(world: &World, n: u128) -> i64 {
    let bad = task_record(id(n), 2, &renamed("poison", 2));
    let text = String::from_utf8(bad.raw).unwrap().replace("task.updated.v1", "task.painted.v1");
    world.append(raw_record(domain::topics::TASKS, &bad.key.unwrap(), text.into_bytes()));
    world.append(task_record(id(n), 3, &renamed("third", 3)));
    world.until_remembered().await;
    let parked = "SELECT id FROM tasklog.dead_letters WHERE projection = 'tasks' ORDER BY record_offset LIMIT 1";
    sqlx::query_scalar(parked).fetch_one(&world.pool).await.unwrap()
}

#[tokio::test]
async fn given_a_dead_letter_when_it_is_dropped_then_the_index_hears_of_what_came_behind_it() {
    let world = World::new().await;
    world.start_projector();
    world.remember();
    world.append(task_record(id(1), 1, &created(id(1), "first")));
    let letter = parked(&world, 1).await;
    assert_eq!(listed(&world, "").await[0].1, "first");
    let request = axum::http::Request::delete(format!("/dead-letters/{letter}"));
    let (status, _, _) = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(status, 200);
    // No position has moved, so there is nothing to wait for but the word itself.
    let heard = async {
        while listed(&world, "").await[0].1 != "third" {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONG, heard).await.unwrap();
    assert!(answers(&world, 1).await);
}
