//! Reminders that ring, and how people hear of it.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::Api;
use tests::receiver::Receiver;
use tests::sse::{Event, Events};
use tests::system::{Broker, System};
use tests::wait::until;

use super::live::versions;

on_both_brokers!(a_reminder_rings_in_its_time, what_rang_while_nobody_was_there_rings_late_and_once);

const PATIENCE: Duration = Duration::from_secs(20);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A task with a reminder that rings after so many milliseconds; gives the reminder's path.
async fn remind(api: &Api, title: &str, after_ms: i64) -> String {
    let (task, _) = api.create(&json!({"title": title})).await;
    let at = chrono::Utc::now() + chrono::TimeDelta::milliseconds(after_ms + 999);
    let at = at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let path = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let reminder = api.post(&path, &json!({"remind_at": at, "time_zone": "UTC"})).send().await.expect(201).json();
    format!("/reminders/{}", reminder["id"].as_str().unwrap())
}

async fn until_status(api: &Api, path: &str, status: &str) -> Value {
    until(&format!("{path} is {status}"), PATIENCE, async || {
        let answer = api.get(path).send().await;
        let reminder = answer.json();
        if reminder["status"] == status { Ok(reminder) } else { Err(reminder.to_string()) }
    })
    .await
}

/// What the stream tells of a reminder, until it was sent.
async fn until_sent(live: &mut Events, path: &str) -> Vec<Event> {
    let id = path.rsplit('/').next().unwrap();
    let mut told: Vec<Event> = Vec::new();
    while told.last().is_none_or(|event| event.name != "reminder.sent") {
        let event = live.next().await;
        if event.data["subject"] == id {
            told.push(event);
        }
    }
    told
}

async fn a_reminder_rings_in_its_time(system: &mut System) {
    let api = system.api();
    let mut live = Events::open(&api, None).await;
    let path = remind(&api, "Call Ada", 500).await;
    let told = until_sent(&mut live, &path).await;
    let names: Vec<&str> = told.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["reminder.scheduled", "reminder.triggered", "reminder.sent"]);
    for event in &told {
        assert_eq!(event.data["type"], format!("tasklog.{}.v1", event.name));
    }
    assert_eq!(versions(&told).into_values().collect::<Vec<_>>(), [vec![1, 2, 3]]);
    // Nobody has said how to be told, so it is told on the live stream alone.
    let sent = until_status(&api, &path, "sent").await;
    let instant = |field: &str| sent[field].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!(instant("updated_at") >= instant("remind_utc"), "{sent}");
    let deliveries = api.get(&format!("{path}/deliveries")).send().await.expect(200).json();
    assert_eq!(deliveries, json!({"items": [], "next_cursor": null}));

    let done = remind(&api, "Done before", 3_600_000).await;
    let task = until_status(&api, &done, "scheduled").await["task_id"].as_str().unwrap().to_owned();
    api.patch(&format!("/tasks/{task}"), &json!({"status": "completed"})).send().await.expect(200);
    until_status(&api, &done, "cancelled").await;
    api.patch(&format!("/tasks/{task}"), &json!({"status": "pending"})).send().await.expect(200);
    until_status(&api, &done, "scheduled").await;
}

async fn what_rang_while_nobody_was_there_rings_late_and_once(system: &mut System) {
    let path = remind(&system.api(), "Asleep", 1_000).await;
    system.tasklog.kill().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    system.tasklog.start().await;
    let api = system.api();
    until_status(&api, &path, "sent").await;
    let stream = format!("default/{}", path.rsplit('/').next().unwrap());
    let events = system.tasklog.run_well(&["events", "--stream", &stream]);
    assert_eq!(events.matches("tasklog.reminder.triggered.v1").count(), 1, "{events}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_gets_the_event_with_the_task_in_it_and_again_until_it_answers() {
    let receiver = Receiver::start().await;
    let system = System::start_with(Broker::Embedded, &[("NOTIFY_ALLOW_PRIVATE", "true")]).await;
    let api = system.api();
    let settings = json!({"channels": [{"type": "webhook", "url": receiver.url(), "secret": SECRET}]});
    let put = async |settings: &Value| {
        api.call(reqwest::Method::PUT, "/notification-settings").json("application/json", settings).send().await
    };
    let shown = put(&settings).await.expect(200).json();
    assert_eq!(shown["channels"][0]["secret"], "whsec_********");
    assert_eq!(api.get("/notification-settings").send().await.expect(200).json(), shown);

    receiver.answer(503);
    let path = remind(&api, "Call Ada", 300).await;
    until(
        "it was tried",
        PATIENCE,
        async || if receiver.taken().is_empty() { Err("nothing came".into()) } else { Ok(()) },
    )
    .await;
    receiver.answer(204);
    until_status(&api, &path, "sent").await;
    let taken = receiver.taken();
    assert!(taken.len() >= 2, "{taken:?}");
    let first = &taken[0];
    assert_eq!(
        (first.content_type.as_str(), &first.body["type"]),
        ("application/cloudevents+json", &json!("tasklog.reminder.triggered.v1"))
    );
    assert_eq!(first.body["data"]["task"]["title"], "Call Ada");
    assert!(first.signature.starts_with("v1,"), "{first:?}");
    // The same each time, so that the receiver can tell.
    assert!(taken.iter().all(|one| one.id == first.id && one.body == first.body), "{taken:?}");
    let deliveries = api.get(&format!("{path}/deliveries")).send().await.expect(200).json();
    let outcomes: Vec<&str> =
        deliveries["items"].as_array().unwrap().iter().map(|attempt| attempt["outcome"].as_str().unwrap()).collect();
    assert_eq!((outcomes.first(), outcomes.last()), (Some(&"retry"), Some(&"delivered")));

    let bad = json!({"channels": [{"type": "webhook", "url": "ftp://example.com", "secret": "short"}]});
    let mut fields = put(&bad).await.expect(422).fields();
    fields.sort_unstable();
    assert_eq!(fields, ["channels[0].secret", "channels[0].url"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_leave_no_webhook_leads_into_a_private_network() {
    let receiver = Receiver::start().await;
    let system = System::start_with(Broker::Embedded, &[]).await;
    let settings = json!({"channels": [{"type": "webhook", "url": receiver.url(), "secret": SECRET}]});
    let call = system.api().call(reqwest::Method::PUT, "/notification-settings").json("application/json", &settings);
    assert_eq!(call.send().await.expect(422).fields(), ["channels[0].url"]);
}
