//! Every query that takes a consistency token waits for it, and says what its answer shows.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use domain::topics::REMINDERS;
use kafka_es::ConsistencyToken;
use serde_json::Value;

use crate::asking::scheduled;
use crate::world::*;

/// Calls of the contract that take one, and what each declares of its answer 200.
fn queries() -> Vec<(String, Value)> {
    let contract = serde_json::to_value(projection::contract()).unwrap();
    let paths = contract["paths"].as_object().unwrap();
    let takes_one = |call: &Value| {
        let parameters = call["parameters"].as_array();
        parameters.into_iter().flatten().any(|parameter| parameter["name"] == "Consistency-Token")
    };
    let calls = paths.iter().map(|(path, item)| (path.clone(), item["get"].clone()));
    calls.filter(|(_, call)| takes_one(call)).map(|(path, call)| (path, call["responses"]["200"].clone())).collect()
}

/// A path of the contract with the id of something that is there.
fn filled(path: &str) -> String {
    path.replace("{id}", &id(if path.starts_with("/reminders") { 100 } else { 1 }).to_string())
}

async fn ask(world: &World, path: &str, token: &str, prefer: &str) -> (StatusCode, HeaderMap, Value) {
    let request = Request::get(path).header("Consistency-Token", token).header("Prefer", prefer);
    world.send(request.body(Body::empty()).unwrap()).await
}

fn shown(headers: &HeaderMap) -> ConsistencyToken {
    headers["consistency-token"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn given_writes_that_no_projection_has_when_any_query_is_asked_with_their_token_then_it_waits_for_them() {
    let world = World::new().await;
    let projector = world.start_projector();
    world.append(task_record(id(1), 1, &created(id(1), "task")));
    world.append(record(REMINDERS, id(100), 1, &scheduled(100, 1, 60)));
    world.settle().await;
    projector.abort();
    let _ = projector.await;
    let before = world.end().await;
    world.append(task_record(id(1), 2, &renamed("renamed", 2)));
    world.append(record(REMINDERS, id(100), 2, &scheduled(100, 1, 30)));
    let after = world.end().await;
    let queries = queries();
    for path in ["/tasks", "/tasks.ics", "/reminders", "/tags", "/stats/completed"] {
        assert!(queries.iter().any(|(query, _)| query == path), "{path} takes no token");
    }

    for (path, _) in &queries {
        let path = filled(path);
        let (status, headers, problem) = ask(&world, &path, &after.to_string(), "wait=0").await;
        assert_eq!(status, 503, "{path} {problem}");
        assert!(problem["type"].as_str().unwrap().ends_with("/projection-behind"), "{path} {problem}");
        assert!(headers.contains_key("retry-after"), "{path}");
        // The protection switched off: the answer is one that does not show the write, and says so.
        let (status, headers, _) = ask(&world, &path, &after.to_string(), "wait=0, handling=lenient").await;
        assert_eq!((status.as_u16(), headers["stale"].as_bytes()), (200, &b"true"[..]), "{path}");
        assert!(shown(&headers).iter().all(|at| before.get(&at.topic, at.partition) >= Some(at.offset)), "{path}");
    }
    world.start_projector();
    for (path, declared) in &queries {
        let path = filled(path);
        let (status, headers, _) = ask(&world, &path, &after.to_string(), "wait=7").await;
        assert!(status == 200 && !headers.contains_key("stale"), "{path} {status}");
        let shown = shown(&headers);
        assert!(shown.iter().all(|at| after.get(&at.topic, at.partition) == Some(at.offset)), "{path} {shown}");
        assert!(declared["headers"]["Consistency-Token"].is_object(), "{path} does not declare what it says");
    }
}
