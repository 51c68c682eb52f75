//! `GET /events`: every change as it happens, gone on with after a break without a loss or a double.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::sse::{Event, Events};
use tests::system::System;

on_both_brokers!(the_stream_goes_on_where_it_broke, the_stream_survives_a_restart);

/// The versions seen of each task or reminder, in the order they came.
pub(super) fn versions(events: &[Event]) -> BTreeMap<String, Vec<u64>> {
    let mut versions = BTreeMap::<String, Vec<u64>>::new();
    for event in events {
        let (subject, sequence) = (&event.data["subject"], &event.data["sequence"]);
        versions.entry(subject.as_str().unwrap().to_owned()).or_default().push(number(sequence));
    }
    versions
}

/// A sequence; CloudEvents writes it as text.
fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value} is no sequence"))
}

async fn the_stream_goes_on_where_it_broke(system: &mut System) {
    let api = system.api();
    let (before, _) = {
        let mut early = Events::open(&api, None).await;
        let created = api.create(&json!({"title": "Before the others listen"})).await;
        assert_eq!(early.next().await.data["subject"], created.0["id"]);
        created
    };
    let mut live = Events::open(&api, None).await;
    let mut expected = BTreeMap::new();
    for index in 0..40 {
        let (task, _) = api.create(&json!({"title": format!("Task {index}")})).await;
        let id = task["id"].as_str().unwrap().to_owned();
        api.patch(&format!("/tasks/{id}"), &json!({"status": "completed"})).send().await.expect(200);
        expected.insert(id, vec![1, 2]);
    }
    let mut seen = live.take(30).await;
    assert!(seen.iter().all(|event| event.data["subject"] != before["id"]), "a new listener hears what is new");
    for event in &seen {
        let kind = event.data["type"].as_str().unwrap();
        assert!(["task.created", "task.completed"].contains(&event.name.as_str()), "{}", event.name);
        assert_eq!(kind, format!("tasklog.{}.v1", event.name));
    }
    drop(live);

    // While nobody listens, of a task that is not done: there it would be cancelled.
    let reminder = json!({"remind_at": "2090-01-01T08:00:00", "time_zone": "UTC"});
    let of_task = format!("/tasks/{}/reminders", before["id"].as_str().unwrap());
    let reminder = api.post(&of_task, &reminder).send().await.expect(201).json();
    expected.insert(reminder["id"].as_str().unwrap().to_owned(), vec![1]);

    let mut live = Events::open(&api, Some(&seen[29].id)).await;
    seen.extend(live.take(51).await);
    assert_eq!(versions(&seen), expected);
    assert!(seen.iter().any(|event| event.name == "reminder.scheduled"));

    // Nothing more follows than what is written next.
    let (last, _) = api.create(&json!({"title": "The last one"})).await;
    assert_eq!(live.next().await.data["subject"], last["id"]);
}

async fn the_stream_survives_a_restart(system: &mut System) {
    let api = system.api();
    let mut live = Events::open(&api, None).await;
    let (first, _) = api.create(&json!({"title": "First"})).await;
    let heard = live.next().await;
    assert_eq!(heard.data["subject"], first["id"]);
    let (second, _) = api.create(&json!({"title": "Second"})).await;
    // A listener does not keep the server from stopping.
    system.restart().await;
    drop(live);
    let (third, _) = api.create(&json!({"title": "Third"})).await;
    let mut live = Events::open(&system.api(), Some(&heard.id)).await;
    let subjects: Vec<Value> = live.take(2).await.into_iter().map(|event| event.data["subject"].clone()).collect();
    assert!(subjects.contains(&second["id"]) && subjects.contains(&third["id"]), "{subjects:?}");
}
