//! Process managers in several processes, and what a rebuild makes happen: nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tests::http::Api;
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::receiver::Receiver;
use tests::system::{Broker, System, folder};
use tests::tasklog::Tasklog;
use tests::wait::until;

/// Longer than what a process was about to send when it was killed waits for another one.
const PATIENCE: Duration = Duration::from_secs(120);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const REMINDERS: usize = 120;
const SERIES: usize = 10;

/// Throws away all that managers know and can learn again.
const FORGET: &str =
    "TRUNCATE tasklog_process.positions, tasklog_process.series, tasklog_process.reminders, tasklog_process.successors,
    tasklog_process.subtasks, tasklog_process.followed_parents, tasklog_process.deliveries, tasklog_process.attempts";

/// Says where reminders are to be told of.
async fn tell(api: &Api, receiver: &Receiver) {
    let settings = json!({"channels": [{"type": "webhook", "url": receiver.url(), "secret": SECRET}]});
    api.call(Method::PUT, "/notification-settings").json("application/json", &settings).send().await.expect(200);
}

/// Reminders that all ring at the same second, so many milliseconds from now; gives their ids.
async fn remind(api: &Api, count: usize, after_ms: i64) -> BTreeSet<String> {
    let at = (Utc::now() + TimeDelta::milliseconds(after_ms + 999)).format("%Y-%m-%dT%H:%M:%S").to_string();
    let (task, _) = api.create(&json!({"title": "Call Ada"})).await;
    let path = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let mut ids = BTreeSet::new();
    for _ in 0..count {
        let body = json!({"remind_at": at, "time_zone": "UTC"});
        let reminder = api.post(&path, &body).send().await.expect(201).json();
        ids.insert(reminder["id"].as_str().unwrap().to_owned());
    }
    ids
}

/// Completes the first task of so many daily series.
async fn complete_series(api: &Api, count: usize) {
    for n in 0..count {
        let rule = json!({"rrule": "FREQ=DAILY"});
        let body = json!({"title": format!("Water {n}"), "due_date": "2090-01-01", "recurrence_pattern": rule});
        let (task, _) = api.create(&body).await;
        let path = format!("/tasks/{}", task["id"].as_str().unwrap());
        api.patch(&path, &json!({"status": "completed"})).send().await.expect(200);
    }
}

/// How often each type of event stands in the log.
fn events(tasklog: &Tasklog) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in tasklog.run_well(&["events"]).lines() {
        let event_type = line.split_whitespace().find(|word| word.starts_with("tasklog."));
        *counts.entry(event_type.unwrap_or("none").to_owned()).or_default() += 1;
    }
    counts
}

fn count(events: &BTreeMap<String, usize>, of: &str) -> usize {
    events.get(of).copied().unwrap_or_default()
}

/// Waits until so many events of the type stand in the log; gives all counts then.
async fn until_events(tasklog: &Tasklog, of: &str, wanted: usize) -> BTreeMap<String, usize> {
    until(&format!("{wanted} times {of}"), PATIENCE, async || {
        let found = events(tasklog);
        if count(&found, of) >= wanted { Ok(found) } else { Err(format!("{found:?}")) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_those_who_lead_are_killed_others_go_on_and_nothing_happens_twice() {
    let folder = folder();
    let kafka = KafkaNode::start_single(&folder.path().join("kafka")).await;
    let postgres = Postgres::start(&folder.path().join("postgres")).await;
    let receiver = Receiver::start().await;
    let names = ["command", "process-1", "process-2", "notify-1", "notify-2"];
    let mut roles = names.map(|name| {
        let own = folder.path().join(name);
        fs::create_dir(&own).unwrap();
        let mut tasklog = Tasklog::role(name.split('-').next().unwrap(), &own);
        tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
        tasklog.set("DATABASE_URL", &postgres.url());
        tasklog.set("NOTIFY_ALLOW_PRIVATE", "true");
        tasklog
    });
    roles[0].run_well(&["topics", "create"]);
    for role in &mut roles {
        role.start().await;
    }
    let [command, leading, process, telling, notify] = &mut roles;
    tell(&notify.api(), &receiver).await;

    complete_series(&command.api(), SERIES).await;
    until_events(command, "tasklog.task.created.v1", 2 * SERIES).await;
    let ids = remind(&command.api(), REMINDERS, 4_000).await;
    // In the middle of it: those who started first have taken the lead.
    until(
        "somebody was told",
        PATIENCE,
        async || if receiver.taken().is_empty() { Err("nobody".into()) } else { Ok(()) },
    )
    .await;
    leading.kill().await;
    telling.kill().await;
    complete_series(&command.api(), SERIES).await;

    let found = until_events(command, "tasklog.reminder.sent.v1", REMINDERS).await;
    let found = if count(&found, "tasklog.task.created.v1") < 4 * SERIES + 1 {
        until_events(command, "tasklog.task.created.v1", 4 * SERIES + 1).await
    } else {
        found
    };
    assert_eq!(count(&found, "tasklog.reminder.triggered.v1"), REMINDERS, "{found:?}");
    assert_eq!(count(&found, "tasklog.reminder.sent.v1"), REMINDERS, "{found:?}");
    assert_eq!(count(&found, "tasklog.task.created.v1"), 4 * SERIES + 1, "{found:?}");
    let told: BTreeSet<String> =
        receiver.taken().iter().map(|taken| taken.body["subject"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ids);
    for role in [command, process, notify] {
        role.stop().await;
    }
}

/// Rebuilds every projection over the API, and waits until none is under way.
async fn rebuild_all(api: &Api) {
    let page = api.get("/projections").send().await.expect(200).json();
    let names: Vec<&str> =
        page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    for name in &names {
        let before = projection(api, name).await["generation"].as_u64();
        api.call(Method::POST, &format!("/projections/{name}/rebuild")).send().await.expect(202);
        until(&format!("{name} is rebuilt"), PATIENCE, async || {
            let now = projection(api, name).await;
            if now["generation"].as_u64() > before { Ok(()) } else { Err(now.to_string()) }
        })
        .await;
    }
}

async fn projection(api: &Api, name: &str) -> Value {
    let page = api.get("/projections").send().await.expect(200).json();
    page["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap().clone()
}

/// Recurrence, reminders, subtasks and notification have done their work once. Neither views that are built again nor managers that know
/// nothing any more do it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_of_everything_makes_nothing_happen() {
    let receiver = Receiver::start().await;
    let postgres_folder = folder();
    let postgres = Postgres::start(postgres_folder.path()).await;
    let variables = [("NOTIFY_ALLOW_PRIVATE", "true"), ("DATABASE_URL", &postgres.url())];
    let mut system = System::start_with(Broker::Embedded, &variables).await;
    let api = system.api();
    tell(&api, &receiver).await;
    complete_series(&api, SERIES).await;
    let (parent, _) = api.create(&json!({"title": "Move house"})).await;
    api.create(&json!({"title": "Pack", "parent_id": parent["id"]})).await;
    let path = format!("/tasks/{}", parent["id"].as_str().unwrap());
    api.patch(&path, &json!({"status": "completed"})).send().await.expect(200);
    remind(&api, REMINDERS, 1_000).await;
    until_events(&system.tasklog, "tasklog.reminder.sent.v1", REMINDERS).await;
    until_events(&system.tasklog, "tasklog.task.created.v1", 2 * SERIES + 3).await;
    let before = until_events(&system.tasklog, "tasklog.task.completed.v1", SERIES + 2).await;
    let told = receiver.taken().len();

    rebuild_all(&api).await;
    assert_eq!(events(&system.tasklog), before, "the views were built again");

    // The managers forget all, and read the log from its first record.
    system.tasklog.stop().await;
    postgres.execute(FORGET).await;
    system.tasklog.start().await;
    // What comes last shows that they are at the end.
    complete_series(&system.api(), 1).await;
    let after = until_events(&system.tasklog, "tasklog.task.created.v1", 2 * SERIES + 5).await;
    let mut expected = before;
    *expected.get_mut("tasklog.task.created.v1").unwrap() += 2;
    *expected.get_mut("tasklog.task.completed.v1").unwrap() += 1;
    assert_eq!(after, expected, "the managers have read the log again");
    assert_eq!(receiver.taken().len(), told, "nobody is told twice");
}
