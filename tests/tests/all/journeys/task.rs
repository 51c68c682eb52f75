//! A task's life: created, read, changed, completed, deleted, restored, and all of it in the history.

use serde_json::{Value, json};
use tests::system::System;

on_both_brokers!(a_task_is_created_read_and_changed, a_write_can_be_repeated, a_task_is_completed_deleted_and_restored);

async fn a_task_is_created_read_and_changed(system: &mut System) {
    let api = system.api();
    let task = json!({
        "title": "Pay the rent", "description": "By transfer", "priority": "high", "tags": ["home", "money"],
        "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin",
        "recurrence_pattern": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=1"},
    });
    let answer = api.post("/tasks", &task).send().await.expect(201);
    let created = answer.json();
    let id = created["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/tasks/{id}"));
    assert_eq!(answer.header("etag"), "\"1\"");
    for (field, value) in task.as_object().unwrap() {
        if field != "recurrence_pattern" {
            assert_eq!(&created[field], value, "{field}");
        }
    }
    assert_eq!(
        created["recurrence_pattern"],
        json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=1", "from": "due", "generate": "when_completed", "missed": "collapse"})
    );
    assert_eq!((&created["status"], &created["version"]), (&json!("pending"), &json!(1)));
    assert_eq!(created["due_utc"], "2026-12-01T08:00:00Z");
    assert_eq!(created["created_at"], created["updated_at"]);
    for empty in ["due_date", "completed_at"] {
        assert_eq!(created.get(empty), Some(&Value::Null), "{empty} is there and null");
    }
    let path = format!("/tasks/{id}");
    let read = api.get(&path).token(&answer.token()).send().await.expect(200);
    assert_eq!(read.json(), created, "what is read is what the write answered");
    assert_eq!(read.header("etag"), "\"1\"");

    // Left out stays, null clears, a value replaces.
    let patch = json!({"title": "Pay the new rent", "priority": null, "tags": [], "recurrence_pattern": null});
    let changed = api.patch(&path, &patch).if_match(1).send().await.expect(200);
    let after = changed.json();
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!((&after["title"], &after["description"]), (&json!("Pay the new rent"), &json!("By transfer")));
    assert_eq!((&after["priority"], &after["tags"]), (&json!("none"), &json!([])));
    assert_eq!((&after["recurrence_pattern"], &after["due_at"]), (&Value::Null, &created["due_at"]));
    assert_eq!(api.get(&path).token(&changed.token()).send().await.expect(200).json(), after);

    // A whole day instead of a time.
    let day = api
        .patch(&path, &json!({"due_date": "2026-12-24", "due_at": null, "time_zone": null}))
        .send()
        .await
        .expect(200);
    let day = day.json();
    assert_eq!((&day["due_date"], &day["due_at"], &day["due_utc"]), (&json!("2026-12-24"), &Value::Null, &Value::Null));

    // A patch that changes nothing is no event.
    let same = api.patch(&path, &json!({"title": "Pay the new rent"})).send().await.expect(200);
    assert_eq!((same.json(), same.header("etag")), (day, "\"3\""));

    // An old version.
    let late = api.patch(&path, &json!({"title": "Too late"})).if_match(2).send().await.expect(412);
    assert_eq!(late.problem(), "wrong-version");
    let late = api.delete(&path).if_match(1).send().await.expect(412);
    assert_eq!(late.problem(), "wrong-version");
    assert_eq!(api.get(&path).token(&same.token()).send().await.expect(200).json()["title"], "Pay the new rent");
    // Any of several versions will do, and none of them is too late as well.
    let several = |versions: &str| api.patch(&path, &json!({"title": "Pay rent"})).header("if-match", versions);
    assert_eq!(several("\"1\", W/\"3\", \"4\"").send().await.expect(412).problem(), "wrong-version");
    assert_eq!(several("\"2\", \"3\"").send().await.expect(200).header("etag"), "\"4\"");

    let absent = api.get("/tasks/01890000-0000-7000-8000-000000000000").send().await.expect(404);
    assert_eq!(absent.problem(), "not-found");
    let absent =
        api.patch("/tasks/01890000-0000-7000-8000-000000000000", &json!({"title": "x"})).send().await.expect(404);
    assert_eq!(absent.problem(), "not-found");
}

async fn a_write_can_be_repeated(system: &mut System) {
    let api = system.api();
    let task = json!({"title": "Only once"});
    let first = api.post("/tasks", &task).key("key-1").send().await.expect(201);
    let again = api.post("/tasks", &task).key("key-1").send().await.expect(201);
    assert_eq!(
        (again.json(), again.token(), again.header("etag")),
        (first.json(), first.token(), first.header("etag"))
    );
    let other = api.post("/tasks", &json!({"title": "Something else"})).key("key-1").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");

    let path = format!("/tasks/{}", first.json()["id"].as_str().unwrap());
    let patched = api.patch(&path, &json!({"priority": "low"})).key("key-2").send().await.expect(200);
    api.patch(&path, &json!({"priority": "high"})).key("key-3").send().await.expect(200);
    // The answer of then, although the task has moved on; and it has not moved back.
    let again = api.patch(&path, &json!({"priority": "low"})).key("key-2").send().await.expect(200);
    assert_eq!((again.json(), again.token()), (patched.json(), patched.token()));
    let other = api.patch(&path, &json!({"priority": "none"})).key("key-2").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");
    // A request that changed nothing made no event that could remember its key, so it is judged anew.
    let idle = api.patch(&path, &json!({"priority": "high"})).key("key-5").send().await.expect(200);
    assert_eq!(idle.header("etag"), "\"3\"");
    let other = api.patch(&path, &json!({"title": "Only once"})).key("key-5").send().await.expect(200);
    assert_eq!(other.header("etag"), "\"3\"");
    let deleted = api.delete(&path).key("key-4").send().await.expect(204);
    let again = api.delete(&path).key("key-4").send().await.expect(204);
    assert_eq!(again.token(), deleted.token());

    // Keys do not end with the process.
    system.restart().await;
    let api = system.api();
    let again = api.post("/tasks", &task).key("key-1").send().await.expect(201);
    assert_eq!((again.json(), again.token()), (first.json(), first.token()));
    let all = api.get("/tasks?total=true").token(&deleted.token()).send().await.expect(200).json();
    assert_eq!(all["total"], 0, "one create, and it was deleted: {all}");
}

async fn a_task_is_completed_deleted_and_restored(system: &mut System) {
    let api = system.api();
    let (task, _) = api.create(&json!({"title": "Water the plants", "tags": ["home"]})).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());

    let done =
        api.patch(&path, &json!({"status": "completed", "title": "Water all plants"})).send().await.expect(200).json();
    assert_eq!((&done["status"], &done["version"]), (&json!("completed"), &json!(2)), "one command is one event");
    assert_eq!(done["completed_at"], done["updated_at"]);
    let open = api.patch(&path, &json!({"status": "in_progress"})).send().await.expect(200).json();
    assert_eq!((&open["completed_at"], &open["version"]), (&Value::Null, &json!(3)));

    let deleted = api.delete(&path).if_match(3).send().await.expect(204);
    assert!(deleted.body.is_empty());
    assert_eq!(api.get(&path).token(&deleted.token()).send().await.expect(404).problem(), "not-found");
    assert_eq!(api.delete(&path).send().await.expect(404).problem(), "not-found");
    assert_eq!(api.patch(&path, &json!({"title": "x"})).send().await.expect(404).problem(), "not-found");
    // What is not there has no version: 404 goes before 412, but where it can be brought back.
    assert_eq!(api.delete(&path).if_match(1).send().await.expect(404).problem(), "not-found");
    assert_eq!(api.patch(&path, &json!({"title": "x"})).if_match(1).send().await.expect(404).problem(), "not-found");
    let restore = || api.call(reqwest::Method::POST, &format!("{path}/restore"));
    assert_eq!(restore().if_match(1).send().await.expect(412).problem(), "wrong-version");
    let refused = restore().json("application/json", &json!({"title": "x"})).send().await.expect(422);
    assert_eq!(refused.fields(), ["title"]);
    assert!(api.all_items("/tasks?tag=home", &deleted.token()).await.is_empty());
    assert!(api.all_items("/tasks?q=plants", &deleted.token()).await.is_empty());

    let restored = restore().if_match(4).json("application/json", &json!({})).send().await.expect(200);
    let task = restored.json();
    assert_eq!(
        (&task["title"], &task["status"], &task["version"]),
        (&json!("Water all plants"), &json!("in_progress"), &json!(5))
    );
    assert_eq!(restored.header("etag"), "\"5\"");
    let token = restored.token();
    assert_eq!(api.get(&path).token(&token).send().await.expect(200).json(), task);
    assert_eq!(api.all_items("/tasks?tag=home", &token).await, std::slice::from_ref(&task));
    assert_eq!(api.all_items("/tasks?q=plants", &token).await.len(), 1);

    let history = api.all_items(&format!("{path}/history?limit=2"), &token).await;
    let types: Vec<&str> = history.iter().map(|item| item["type"].as_str().unwrap()).collect();
    for (seen, expected) in types.iter().zip(["created", "completed", "reopened", "deleted", "restored"]) {
        assert!(seen.contains(expected), "{types:?}");
    }
    let versions: Vec<u64> = history.iter().map(|item| item["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    assert!(history.iter().all(|item| item["time"].is_string() && item["actor"].is_string()), "{history:?}");
    assert_eq!(history[1]["changes"]["title"], json!({"from": "Water the plants", "to": "Water all plants"}));
    assert_eq!(history[1]["changes"]["status"], json!({"from": "pending", "to": "completed"}));
    assert_eq!(history[2]["changes"]["status"], json!({"from": "completed", "to": "in_progress"}));
    assert_eq!(history[3]["changes"], json!({}));
}
