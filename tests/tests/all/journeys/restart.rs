//! A second start has everything, and what runs says where it is.

use serde_json::json;
use tests::system::System;
use tests::workload;

on_both_brokers!(a_second_start_has_everything, the_log_can_be_read_by_people);

async fn a_second_start_has_everything(system: &mut System) {
    let api = system.api();
    let bodies: Vec<_> =
        (0..30).map(|index| json!({"title": workload::import_line(index)["title"], "tags": ["kept"]})).collect();
    let (tasks, token) = api.create_all(&bodies).await;
    let path = format!("/tasks/{}", tasks[0]["id"].as_str().unwrap());
    let token = tests::http::merged(&[
        token,
        api.patch(&path, &json!({"priority": "urgent"})).send().await.expect(200).token(),
    ]);
    let everything = async |system: &System| {
        let api = system.api();
        let list = api.all_items("/tasks?sort=title&tag=kept", &token).await;
        let search = api.all_items("/tasks?q=electron&sort=title", &token).await;
        let history = api.all_items(&format!("{path}/history?limit=50"), &token).await;
        (list, search, history)
    };
    let before = everything(system).await;
    assert_eq!(before.0.len(), 30);
    assert!(!before.1.is_empty() && before.2.len() == 2);
    system.restart().await;
    assert_eq!(everything(system).await, before);
    // Writes go on where they were.
    let api = system.api();
    let changed = api.patch(&path, &json!({"priority": "low"})).if_match(2).send().await.expect(200);
    assert_eq!(changed.json()["version"], 3);
    let projections = api.get("/projections").token(&changed.token()).send().await.expect(200).json();
    let names: Vec<&str> =
        projections["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    for name in ["tasks", "history", "reminders", "search"] {
        assert!(names.contains(&name), "{projections}");
    }
    assert_eq!(api.all_items("/dead-letters?limit=10", "").await, [json!(null); 0]);
    system.tasklog.kill().await;
    system.tasklog.start().await;
    assert_eq!(system.api().get(&path).token(&changed.token()).send().await.expect(200).json(), changed.json());
}

async fn the_log_can_be_read_by_people(system: &mut System) {
    let api = system.api();
    let (task, _) = api.create(&json!({"title": "Read me in the log"})).await;
    let id = task["id"].as_str().unwrap();
    api.patch(&format!("/tasks/{id}"), &json!({"status": "completed"})).send().await.expect(200);
    let (other, _) = api.create(&json!({"title": "Another one"})).await;
    let all = system.tasklog.run_well(&["events"]);
    assert!(all.contains(id) && all.contains(other["id"].as_str().unwrap()), "{all}");
    let one = system.tasklog.run_well(&["events", "--stream", &format!("default/{id}")]);
    assert!(one.contains("tasklog.task.created.v1") && one.contains("tasklog.task.completed.v1"), "{one}");
    assert!(!one.contains(other["id"].as_str().unwrap()), "{one}");
}
