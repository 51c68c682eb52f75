//! `GET /events?tag=…&status=…` and `?id=…`: the changes of some tasks only.

use serde_json::{Value, json};
use tests::sse::Events;
use tests::system::System;

on_both_brokers!(
    a_filtered_stream_tells_what_a_filtered_list_needs,
    a_stream_by_ids_tells_of_these_tasks_and_reminders_alone,
);

async fn a_filtered_stream_tells_what_a_filtered_list_needs(system: &mut System) {
    let api = system.api();
    let begin = {
        let mut early = Events::open(&api, None).await;
        api.create(&json!({"title": "Before the others listen"})).await;
        early.next().await.id
    };
    let path = "/events?tag=home&status=pending&status=in_progress";
    let mut live = Events::open_at(&api, path, None).await;

    let (task, _) = api.create(&json!({"title": "Comes home", "tags": ["work"]})).await;
    let task_path = format!("/tasks/{}", task["id"].as_str().unwrap());
    let reminder = json!({"remind_at": "2090-01-01T08:00:00", "time_zone": "UTC"});
    api.post(&format!("{task_path}/reminders"), &reminder).send().await.expect(201);
    for patch in [
        json!({"title": "Still elsewhere"}),
        json!({"tags": ["work", "home"]}),
        json!({"title": "At home"}),
        json!({"status": "completed"}),
        json!({"title": "Done and gone"}),
        json!({"status": "in_progress"}),
        json!({"tags": []}),
        json!({"title": "Elsewhere again"}),
    ] {
        api.patch(&task_path, &patch).send().await.expect(200);
    }
    api.delete(&task_path).send().await.expect(204);
    let (last, _) = api.create(&json!({"title": "The end", "tags": ["home"]})).await;

    // It comes with version 3, is left with 5, comes back with 7, is left with 8.
    let expected: Vec<Value> = [3, 4, 5, 7, 8].map(|version| json!(version)).into();
    let of_task = async |events: &mut Events, count: usize| -> Vec<Value> {
        let mut told = events.take(count).await;
        told.retain(|event| event.data["subject"] == task["id"]);
        told.into_iter().map(|event| event.data["sequence"].clone()).collect()
    };
    let as_numbers = |sequences: Vec<Value>| -> Vec<Value> {
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        sequences.iter().map(|value| json!(number(value))).collect()
    };
    assert_eq!(as_numbers(of_task(&mut live, 6).await), expected);

    // Who comes later, from the place before, hears the same, though by now the task is deleted and has no tags.
    let mut late = Events::open_at(&api, path, Some(&begin)).await;
    assert_eq!(as_numbers(of_task(&mut late, 6).await), expected);
    api.delete(&format!("/tasks/{}", last["id"].as_str().unwrap())).send().await.expect(204);
    for stream in [&mut live, &mut late] {
        let event = stream.next().await;
        assert_eq!((event.name.as_str(), &event.data["subject"]), ("task.deleted", &last["id"]), "and nothing else");
    }

    let refused = api.get("/events?status=done&tag=").send().await.expect(422);
    assert_eq!(
        (refused.problem().as_str(), refused.fields()),
        ("invalid", vec!["tag".to_owned(), "status".to_owned()])
    );
    assert_eq!(api.get("/events?priority=high").send().await.expect(422).fields(), ["priority"]);
}

async fn a_stream_by_ids_tells_of_these_tasks_and_reminders_alone(system: &mut System) {
    let api = system.api();
    let mut early = Events::open(&api, None).await;
    let (task, _) = api.create(&json!({"title": "Followed", "tags": ["home"]})).await;
    let begin = early.next().await.id;
    let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
    let task_path = format!("/tasks/{}", id(&task));
    let reminder = json!({"remind_at": "2090-01-01T08:00:00", "time_zone": "UTC"});
    let reminder = api.post(&format!("{task_path}/reminders"), &reminder).send().await.expect(201).json();
    assert_eq!(early.next().await.data["subject"], reminder["id"], "what begins now begins after it");

    let path = format!("/events?id={}&id={}", id(&task), id(&reminder));
    let mut live = Events::open_at(&api, &path, None).await;
    let mut one = Events::open_at(&api, &format!("/events?tag=home&id={}", id(&task)), None).await;
    api.create(&json!({"title": "Somebody else's", "tags": ["home"]})).await;
    api.patch(&task_path, &json!({"title": "Followed on"})).send().await.expect(200);
    api.delete(&format!("/reminders/{}", id(&reminder))).send().await.expect(204);
    api.patch(&task_path, &json!({"tags": []})).send().await.expect(200);
    api.patch(&task_path, &json!({"title": "Not at home"})).send().await.expect(200);

    // Two topics, so only what is of one task has an order.
    let told = async |events: &mut Events, count: usize| -> Vec<(Value, String)> {
        let mut told: Vec<_> =
            events.take(count).await.into_iter().map(|event| (event.data["subject"].clone(), event.name)).collect();
        told.sort_by_key(|(subject, _)| *subject != task["id"]);
        told
    };
    let updates = |count| vec![(task["id"].clone(), "task.updated".to_owned()); count];
    let cancelled = (reminder["id"].clone(), "reminder.cancelled".to_owned());
    assert_eq!(told(&mut live, 4).await, [updates(3), vec![cancelled.clone()]].concat());
    assert_eq!(told(&mut one, 2).await, updates(2));

    // Who comes later hears what it has missed: the schedule of the reminder too.
    let mut late = Events::open_at(&api, &path, Some(&begin)).await;
    let scheduled = (reminder["id"].clone(), "reminder.scheduled".to_owned());
    assert_eq!(told(&mut late, 5).await, [updates(3), vec![scheduled, cancelled]].concat());
}
