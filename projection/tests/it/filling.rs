//! A projection that is being filled knows less than was there before: it says so instead of answering.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::*;

/// The list, asked for with a preference.
async fn list(world: &World, prefer: &str) -> (StatusCode, bool, Value) {
    let request = Request::get("/tasks?total=true").header("Prefer", prefer).body(Body::empty()).unwrap();
    let (status, headers, body) = world.send(request).await;
    (status, headers.contains_key("stale"), body)
}

async fn rebuild_of(world: &World, name: &str) -> Value {
    let (_, _, page) = world.get("/projections").await;
    let items = page["items"].as_array().unwrap().clone();
    items.into_iter().find(|item| item["name"] == name).map(|item| item["rebuild"].clone()).unwrap_or_default()
}

/// Sets a projection back to its beginning, as it is in the middle of its first fill.
async fn empty(world: &World, name: &str) {
    let generation = world.serving(name);
    for statement in [
        format!("TRUNCATE {}", generation.table(name)),
        format!("UPDATE tasklog.positions SET goal = position, position = -1 WHERE projection = '{name}'"),
        format!("SELECT pg_notify('projection', '{{\"p\":\"{name}\",\"reload\":null}}')"),
    ] {
        sqlx::query(&statement).execute(&world.pool).await.unwrap();
    }
}

#[tokio::test]
async fn given_a_first_fill_when_asked_before_it_has_caught_up_then_503_and_only_who_does_not_mind_sees_too_little() {
    let world = World::new().await;
    let projector = world.start_projector();
    for n in 1..=20 {
        world.append(task_record(id(n), 1, &created(id(n), "there before")));
    }
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    empty(&world, "tasks").await;
    while world.positions.is_filled("tasks") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    // Also in a process that comes up in the middle of it.
    let other = World::over(world.pool.clone(), world.log.clone());
    while other.positions.filling("tasks").is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for world in [&world, &other] {
        let (status, _, problem) = list(world, "wait=0").await;
        assert_eq!((status.as_u16(), problem["title"].is_string()), (503, true), "{problem}");
        assert!(problem["type"].as_str().unwrap().ends_with("/projection-behind"), "{problem}");
        assert_eq!(world.get(&format!("/tasks/{}", id(1))).await.0, 503, "not 404: nobody knows yet");
        // What every answer would be without that.
        let (status, stale, page) = list(world, "wait=0, handling=lenient").await;
        assert_eq!((status.as_u16(), stale, &page["total"]), (200, true, &json!(0)));
        assert_eq!(rebuild_of(world, "tasks").await, json!({"read": 0, "total": 20}));
        assert_eq!(rebuild_of(world, "history").await, Value::Null);
    }

    other.start_projector();
    for world in [&world, &other] {
        let (status, stale, page) = list(world, "wait=7").await;
        assert_eq!((status.as_u16(), stale, &page["total"]), (200, false, &json!(20)), "as soon as it has caught up");
        assert_eq!(rebuild_of(world, "tasks").await, Value::Null);
    }
}

#[tokio::test]
async fn given_a_lost_database_when_started_then_nothing_is_answered_before_the_log_was_read() {
    let world = World::new().await;
    for n in 1..=20 {
        world.append(task_record(id(n), 1, &created(id(n), "in the log")));
    }
    assert_eq!(list(&world, "wait=0").await.0, 503, "nothing is known yet");
    world.start_projector();
    let (status, _, page) = list(&world, "wait=7").await;
    assert_eq!((status.as_u16(), &page["total"]), (200, &json!(20)));
}

#[tokio::test]
async fn given_a_stream_with_a_gap_when_its_partition_stops_then_the_others_answer() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "whole")));
    world.append(task_record(id(2), 1, &created(id(2), "to be broken")));
    world.append(task_record(id(2), 3, &renamed("after a gap", 3)));
    world.append(task_record(id(3), 1, &created(id(3), "whole")));
    world.append(task_record(id(4), 1, &created(id(4), "whole")));
    world.start_projector();
    let other = World::over(world.pool.clone(), world.log.clone());
    for world in [&world, &other] {
        let (status, _, page) = list(world, "wait=7").await;
        assert_eq!(status, 200, "{page}");
        assert!(page["total"].as_u64().unwrap() >= 2, "{page}");
    }
}
