//! Tasks that repeat: the next one comes with a completion, or with the time.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::Api;
use tests::system::System;
use tests::wait::until;

on_both_brokers!(the_next_one_comes_with_a_completion, the_next_one_comes_with_the_time);

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
