//! Tasks that repeat: the next one comes with a completion, or with the time.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::Api;
use tests::system::System;
use tests::wait::until;

on_both_brokers!(
    the_next_one_comes_with_a_completion,
    the_next_one_comes_with_the_time,
    a_change_is_for_this_one_or_for_those_that_follow,
);

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until exactly these due days are still to be done in the series, and gives its open tasks in their order.
async fn open(api: &Api, tag: &str, days: &[&str]) -> Vec<Value> {
    until(&format!("{days:?} are due"), PATIENCE, async || {
        let page = api.get(&format!("/tasks?status=pending&sort=due&tag={tag}")).send().await.expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        let due: Vec<&str> =
            items.iter().map(|task| task["due_date"].as_str().or(task["due_at"].as_str()).unwrap()).collect();
        if due.iter().map(|due| &due[..10]).eq(days.iter().copied()) {
            Ok(items.clone())
        } else {
            Err(format!("{due:?}"))
        }
    })
    .await
}

async fn the_next_one_comes_with_a_completion(system: &mut System) {
    let api = system.api();
    let body = json!({
        "title": "Water the plants", "tags": ["plants"], "due_date": "2090-01-31",
        "recurrence_pattern": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1"},
    });
    let (first, _) = api.create(&body).await;
    let path = format!("/tasks/{}", first["id"].as_str().unwrap());
    api.patch(&path, &json!({"status": "completed"})).send().await.expect(200);
    let next = open(&api, "plants", &["2090-02-28"]).await;
    assert_eq!((&next[0]["title"], &next[0]["series_id"]), (&json!("Water the plants"), &first["id"]));

    // Taken back, the one that nobody has touched goes; done again, it comes again.
    api.post(&format!("{path}/undo"), &json!({})).send().await.expect(200);
    open(&api, "plants", &["2090-01-31"]).await;
    api.patch(&path, &json!({"status": "completed"})).send().await.expect(200);
    let next = open(&api, "plants", &["2090-02-28"]).await;

    let next = format!("/tasks/{}", next[0]["id"].as_str().unwrap());
    let skipped = api.post(&format!("{next}/skip"), &json!({})).send().await.expect(200);
    assert_eq!(skipped.json()["due_date"], "2090-03-31");
    api.patch(&next, &json!({"status": "completed"})).send().await.expect(200);
    open(&api, "plants", &["2090-04-30"]).await;
    assert_eq!(api.post(&format!("{next}/skip"), &json!({})).send().await.expect(409).problem(), "conflict");

    // A restart, and a stop in the middle, change nothing.
    system.tasklog.kill().await;
    system.tasklog.start().await;
    let api = system.api();
    open(&api, "plants", &["2090-04-30"]).await;
}

async fn the_next_one_comes_with_the_time(system: &mut System) {
    let api = system.api();
    let day = chrono::Utc::now().date_naive();
    let named = |days: i64| (day + chrono::TimeDelta::days(days)).to_string();
    let body = json!({
        "title": "Read the news", "tags": ["news"], "due_date": named(0),
        "recurrence_pattern": {"rrule": "FREQ=DAILY", "generate": "when_due"},
    });
    api.create(&body).await;
    open(&api, "news", &[&named(0), &named(1)]).await;
    let tick = api.post("/cron/recurrence", &json!({})).send().await.expect(200).json();
    assert_eq!(tick, json!({"fired": 0, "more": false}));
    open(&api, "news", &[&named(0), &named(1)]).await;
}

async fn a_change_is_for_this_one_or_for_those_that_follow(system: &mut System) {
    let api = system.api();
    let body = json!({
        "title": "Clean the kitchen", "tags": ["clean"], "due_at": "2090-01-02T09:00:00", "time_zone": "Europe/Berlin",
        "recurrence_pattern": {"rrule": "FREQ=WEEKLY"},
    });
    let (task, _) = api.create(&body).await;
    let id = task["id"].as_str().unwrap();
    let (path, alone) = (format!("/tasks/{id}"), format!("/tasks/{id}?occurrences=this"));
    let own = json!({"title": "Clean the kitchen and the oven", "due_at": "2090-01-03T12:00:00"});
    let first = api.patch(&alone, &own).key("oven").send().await.expect(200);
    assert_eq!((&first.json()["title"], &first.json()["due_at"]), (&own["title"], &own["due_at"]));

    // The parameter belongs to the request: the same one is answered again, without it it is another.
    let again = api.patch(&alone, &own).key("oven").send().await.expect(200);
    assert_eq!(again.json(), first.json());
    let other = api.patch(&path, &own).key("oven").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");

    let operation = json!({"op": "update", "id": id, "patch": {"priority": "high"}, "occurrences": "this"});
    let report = api.post("/tasks/bulk", &json!({"operations": [operation]})).send().await.expect(200);
    assert_eq!(report.json()["results"][0]["status"], 200);
    // Where people are, they are for the whole series.
    api.patch(&path, &json!({"time_zone": "Asia/Tokyo", "description": "With soap"})).send().await.expect(200);
    let token = api.patch(&path, &json!({"status": "completed"})).send().await.expect(200).token();
    let history = api.all_items(&format!("{path}/history"), &token).await;
    let alone: Vec<&Value> = history.iter().map(|item| &item["only_this"]).collect();
    assert_eq!(json!(alone), json!([null, ["title"], ["priority"], null, null]));

    let next = open(&api, "clean", &["2090-01-09"]).await.remove(0);
    let shown = ["title", "description", "priority", "due_at", "time_zone"].map(|field| next[field].clone());
    assert_eq!(json!(shown), json!(["Clean the kitchen", "With soap", "none", "2090-01-09T09:00:00", "Asia/Tokyo"]));

    // Skipped, the task is as the series has it; undone, it is as it was.
    let path = format!("/tasks/{}", next["id"].as_str().unwrap());
    let alone = format!("{path}?occurrences=this");
    api.patch(&alone, &json!({"title": "Clean the oven"})).send().await.expect(200);
    let skipped = api.post(&format!("{path}/skip"), &json!({})).send().await.expect(200).json();
    assert_eq!((&skipped["title"], &skipped["due_at"]), (&json!("Clean the kitchen"), &json!("2090-01-16T09:00:00")));
    let undone = api.post(&format!("{path}/undo"), &json!({})).send().await.expect(200).json();
    assert_eq!((&undone["title"], &undone["due_at"]), (&json!("Clean the oven"), &json!("2090-01-09T09:00:00")));

    // What the series has outlives the process.
    system.restart().await;
    let api = system.api();
    let following = format!("{path}?occurrences=following");
    api.patch(&following, &json!({"due_at": "2090-01-10T08:00:00"})).send().await.expect(200);
    api.patch(&path, &json!({"status": "completed"})).send().await.expect(200);
    let next = open(&api, "clean", &["2090-01-17"]).await.remove(0);
    assert_eq!((&next["title"], &next["due_at"]), (&json!("Clean the kitchen"), &json!("2090-01-17T08:00:00")));
}
