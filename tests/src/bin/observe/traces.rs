//! One change, followed in Jaeger through every role that has to do with it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tests::wait::until;

use crate::holds;
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(60);
/// The span of whoever asks.
const CALLER: &str = "00f067aa0ba902b7";
/// What each role does about the change.
const PARTS: [&str; 7] =
    ["PATCH /tasks/{id}", "decide", "kafka.produce", "project tasks", "project search", "reminder", "deliver"];

/// A task whose reminder could not ring for want of a due date gets one that is past: the change makes it ring at once, and so everything
/// from the request to the receiver is one trace.
pub async fn one_change_is_one_trace_to_the_notification(world: &World) {
    let api = world.web.api();
    // Long enough for what is done before that, on a machine that does much else.
    let due = chrono::Utc::now() + chrono::TimeDelta::seconds(12);
    let due_at = json!({"due_at": due.format("%Y-%m-%dT%H:%M:%S").to_string(), "time_zone": "UTC"});
    let (task, _) = api.create(&json!({"title": "Traced"})).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    api.patch(&path, &due_at).send().await.expect(200);
    api.post(&format!("{path}/reminders"), &json!({"before_due": "PT1S"})).send().await.expect(201);
    api.patch(&path, &json!({"due_at": null, "time_zone": null})).send().await.expect(200);
    until("its time is past", PATIENCE, async || {
        let left = due - chrono::Utc::now();
        if left < chrono::TimeDelta::seconds(-2) { Ok(()) } else { Err(left.to_string()) }
    })
    .await;

    let trace = uuid::Uuid::new_v4().simple().to_string();
    let caller = format!("00-{trace}-{CALLER}-01");
    api.patch(&path, &due_at).header("traceparent", &caller).send().await.expect(200);
    until("the trace is whole", PATIENCE, async || {
        let spans = world.jaeger.trace(&trace).await;
        let names: Vec<&str> = spans.iter().filter_map(|span| span["operationName"].as_str()).collect();
        let missing: Vec<&str> = PARTS.into_iter().filter(|part| !names.contains(part)).collect();
        if !missing.is_empty() {
            return Err(format!("no {missing:?} among {names:?}"));
        }
        // A parent ends after its children, and may come after them.
        let ids: BTreeSet<&str> = spans.iter().filter_map(|span| span["spanID"].as_str()).collect();
        let lost = spans.iter().find(|span| parent_of(span) != CALLER && !ids.contains(parent_of(span)));
        lost.map_or(Ok(()), |span| Err(format!("a span without its parent: {span:#}")))
    })
    .await;
    holds("one change is one trace, from the request by both projectors and the process manager to the notification");
}

/// A reminder rings in the trace of the request that set its time.
pub async fn a_reminder_rings_in_the_trace_of_the_request_that_set_its_time(world: &World) {
    let api = world.web.api();
    let (task, _) = api.create(&json!({"title": "Rings in its trace"})).await;
    let rings = chrono::Utc::now() + chrono::TimeDelta::seconds(2);
    let reminder = json!({"remind_at": rings.format("%Y-%m-%dT%H:%M:%S").to_string(), "time_zone": "UTC"});
    let trace = uuid::Uuid::new_v4().simple().to_string();
    let caller = format!("00-{trace}-{CALLER}-01");
    let path = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    api.post(&path, &reminder).header("traceparent", &caller).send().await.expect(201);
    until("it has rung and was told in its trace", PATIENCE, async || {
        let spans = world.jaeger.trace(&trace).await;
        let has = |name: &str| spans.iter().any(|span| span["operationName"] == name);
        if has("ring") && has("deliver") { Ok(()) } else { Err(format!("{} spans", spans.len())) }
    })
    .await;
    holds("a reminder rings in the trace of the request that set its time");
}

fn parent_of(span: &Value) -> &str {
    span["references"][0]["spanID"].as_str().unwrap_or_default()
}
