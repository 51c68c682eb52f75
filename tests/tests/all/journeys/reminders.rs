//! Reminders and what hangs on a task: reminders of a time and before the due date, snoozing, tags.

use serde_json::{Value, json};
use tests::system::System;

on_both_brokers!(
    a_reminder_is_scheduled_changed_snoozed_and_deleted,
    a_reminders_write_can_be_repeated_whatever_became_of_it,
    tags_are_counted,
);

async fn a_reminder_is_scheduled_changed_snoozed_and_deleted(system: &mut System) {
    let api = system.api();
    let due = json!({"title": "Meet Ada", "due_at": "2090-12-01T09:00:00", "time_zone": "Europe/Berlin"});
    let (task, _) = api.create(&due).await;
    let task_id = task["id"].as_str().unwrap();
    let of_task = format!("/tasks/{task_id}/reminders");

    let at = json!({"remind_at": "2090-11-30T18:00:00", "time_zone": "Asia/Tokyo"});
    let answer = api.post(&of_task, &at).key("r-1").send().await.expect(201);
    let reminder = answer.json();
    let path = format!("/reminders/{}", reminder["id"].as_str().unwrap());
    assert_eq!((answer.header("location"), answer.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!((&reminder["task_id"], &reminder["status"]), (&json!(task_id), &json!("scheduled")));
    assert_eq!((&reminder["remind_utc"], &reminder["before_due"]), (&json!("2090-11-30T09:00:00Z"), &Value::Null));
    let again = api.post(&of_task, &at).key("r-1").send().await.expect(201);
    assert_eq!((again.json(), again.token()), (reminder.clone(), answer.token()));
    assert_eq!(api.get(&path).token(&answer.token()).send().await.expect(200).json(), reminder);

    let before = api.post(&of_task, &json!({"before_due": "PT30M"})).send().await.expect(201);
    assert_eq!(before.json()["remind_utc"], "2090-12-01T07:30:00Z");
    let token = before.token();
    let all = api.all_items(&format!("{of_task}?limit=1"), &token).await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(api.all_items("/reminders?limit=1", &token).await.len(), 2);

    let moved = api.patch(&path, &json!({"time_zone": "UTC"})).if_match(1).send().await.expect(200);
    assert_eq!((&moved.json()["remind_utc"], &moved.json()["version"]), (&json!("2090-11-30T18:00:00Z"), &json!(2)));
    assert_eq!(
        api.patch(&path, &json!({"time_zone": "UTC"})).if_match(1).send().await.expect(412).problem(),
        "wrong-version"
    );

    let until = json!({"until": "2091-01-01T09:00:00", "time_zone": "Europe/Berlin"});
    let snoozed = api.post(&format!("{path}/snooze"), &until).send().await.expect(200);
    assert_eq!(snoozed.json()["snoozed_until"], "2091-01-01T08:00:00Z");
    let snoozed = api.post(&format!("{path}/snooze"), &json!({"for": "PT10M"})).send().await.expect(200);
    let until: chrono::DateTime<chrono::Utc> = snoozed.json()["snoozed_until"].as_str().unwrap().parse().unwrap();
    let at: chrono::DateTime<chrono::Utc> = snoozed.json()["updated_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(until - at, chrono::TimeDelta::minutes(10));
    assert_eq!(api.get(&path).token(&snoozed.token()).send().await.expect(200).json(), snoozed.json());

    let past = json!({"until": "2020-01-01T09:00:00", "time_zone": "UTC"});
    assert_eq!(api.post(&format!("{path}/snooze"), &past).send().await.expect(422).fields(), ["until"]);

    let deleted = api.delete(&path).send().await.expect(204);
    assert_eq!(api.get(&path).token(&deleted.token()).send().await.expect(404).problem(), "not-found");
    assert_eq!(api.all_items(&format!("{of_task}?limit=10"), &deleted.token()).await, [before.json()]);

    let (no_due, _) = api.create(&json!({"title": "No due date"})).await;
    let refused =
        api.post(&format!("/tasks/{}/reminders", no_due["id"].as_str().unwrap()), &json!({"before_due": "PT30M"}));
    assert_eq!(refused.send().await.expect(422).fields(), ["before_due"]);
    let nowhere = api.post("/tasks/01890000-0000-7000-8000-000000000000/reminders", &json!({"before_due": "PT30M"}));
    assert_eq!(nowhere.send().await.expect(404).problem(), "not-found");
}

async fn a_reminders_write_can_be_repeated_whatever_became_of_it(system: &mut System) {
    let api = system.api();
    let due = json!({"title": "Meet Ada", "due_at": "2090-12-01T09:00:00", "time_zone": "Europe/Berlin"});
    let (task, _) = api.create(&due).await;
    let task_path = format!("/tasks/{}", task["id"].as_str().unwrap());
    let of_task = format!("{task_path}/reminders");
    let before = json!({"before_due": "PT30M"});
    let first = api.post(&of_task, &before).key("r1").send().await.expect(201);
    let path = format!("/reminders/{}", first.json()["id"].as_str().unwrap());
    let moved = api.patch(&path, &json!({"before_due": "PT1H"})).key("r2").send().await.expect(200);

    // The task goes: what was done stays answered, what is new is refused.
    api.delete(&task_path).send().await.expect(204);
    let again = api.post(&of_task, &before).key("r1").send().await.expect(201);
    assert_eq!((again.json(), again.token()), (first.json(), first.token()));
    let other = api.post(&of_task, &json!({"before_due": "PT5M"})).key("r1").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");
    for key in ["r3", "r4"] {
        assert_eq!(api.post(&of_task, &before).key(key).send().await.expect(404).problem(), "not-found");
    }
    assert_eq!(api.post(&of_task, &before).if_match(1).send().await.expect(404).problem(), "not-found");
    // A wall time needs no task; a time before its due date does.
    let at = json!({"remind_at": "2090-11-30T18:00:00", "time_zone": "UTC"});
    api.patch(&path, &at).send().await.expect(200);
    let relative = api.patch(&path, &json!({"before_due": "PT5M"})).send().await.expect(404);
    assert_eq!(relative.json()["detail"], "there is no task with this id");

    // The reminder goes too.
    api.delete(&path).key("r5").send().await.expect(204);
    let again = api.patch(&path, &json!({"before_due": "PT1H"})).key("r2").send().await.expect(200);
    assert_eq!((again.json(), again.token()), (moved.json(), moved.token()));
    let other = api.patch(&path, &json!({"before_due": "PT2H"})).key("r2").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");
    api.delete(&path).key("r5").send().await.expect(204);
    // What is not there has no version: 404 goes before 412.
    for call in [api.patch(&path, &at), api.delete(&path), api.post(&format!("{path}/snooze"), &json!({"for": "PT5M"}))]
    {
        assert_eq!(call.if_match(1).send().await.expect(404).problem(), "not-found");
    }

    // What a create makes has no version either, but there 404 would say that the task is missing.
    let restored = api.call(reqwest::Method::POST, &format!("{task_path}/restore")).send().await.expect(200);
    assert_eq!(restored.json()["version"], 3);
    assert_eq!(api.post(&of_task, &before).if_match(3).send().await.expect(412).problem(), "wrong-version");
}

async fn tags_are_counted(system: &mut System) {
    let api = system.api();
    let (tasks, _) = api
        .create_all(&[
            json!({"title": "1", "tags": ["home", "日本"]}),
            json!({"title": "2", "tags": ["home"]}),
            json!({"title": "3"}),
        ])
        .await;
    let counts = async |token: &str| -> Vec<(String, u64)> {
        let tags = api.all_items("/tags?", token).await;
        let mut counts: Vec<_> =
            tags.iter().map(|tag| (tag["tag"].as_str().unwrap().to_owned(), tag["count"].as_u64().unwrap())).collect();
        counts.sort();
        counts
    };
    let path = format!("/tasks/{}", tasks[0]["id"].as_str().unwrap());
    let token = api.patch(&path, &json!({"description": "x"})).send().await.expect(200).token();
    assert_eq!(counts(&token).await, [("home".to_owned(), 2), ("日本".to_owned(), 1)]);
    let token = api.patch(&path, &json!({"tags": ["work", "日本"]})).send().await.expect(200).token();
    assert_eq!(counts(&token).await, [("home".to_owned(), 1), ("work".to_owned(), 1), ("日本".to_owned(), 1)]);
    let token = api.delete(&path).send().await.expect(204).token();
    assert_eq!(counts(&token).await, [("home".to_owned(), 1)]);
}
