//! Tasks that are parts of others: put there, listed, moved, and taken along with what they are a part of.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::{Api, merged};
use tests::system::System;
use tests::wait::until;

use crate::dump;

on_both_brokers!(
    subtasks_are_listed_in_their_order_and_moved,
    what_is_below_a_task_goes_along_with_it_and_comes_back,
    a_repeated_command_is_answered_as_before_whatever_became_of_the_parent,
    an_import_takes_lines_in_any_order,
);

const PATIENCE: Duration = Duration::from_secs(20);

fn id(task: &Value) -> &str {
    task["id"].as_str().unwrap()
}

fn path(task: &Value) -> String {
    format!("/tasks/{}", id(task))
}

/// The titles of what is right below a task, in the order of the API.
async fn below(api: &Api, task: &Value, token: &str) -> Vec<String> {
    let items = api.all_items(&format!("{}/subtasks?limit=2", path(task)), token).await;
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

/// Waits until the task has this in that field.
async fn until_has(api: &Api, task: &Value, field: &str, value: &Value) {
    let what = format!("{} has {field} {value}", task["title"]);
    until(&what, PATIENCE, async || {
        let now = api.get(&path(task)).send().await;
        let seen = if now.status == 200 { now.json()[field].clone() } else { Value::from("gone") };
        if seen == *value { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

/// A trip, what belongs to it, and what belongs to that.
async fn trip(api: &Api) -> [Value; 3] {
    let (trip, _) = api.create(&json!({"title": "Trip"})).await;
    let (pack, _) = api.create(&json!({"title": "Pack", "parent_id": trip["id"]})).await;
    let (shoes, token) = api.create(&json!({"title": "Shoes", "parent_id": pack["id"]})).await;
    api.get(&path(&shoes)).token(&token).send().await.expect(200);
    [trip, pack, shoes]
}

async fn subtasks_are_listed_in_their_order_and_moved(system: &mut System) {
    let api = system.api();
    let (trip, _) = api.create(&json!({"title": "Trip"})).await;
    let part = |title: &str, rank: Value| json!({"title": title, "parent_id": trip["id"], "rank": rank});
    let (parts, token) = api
        .create_all(&[
            part("Book", json!("b")),
            part("Pack", json!("a1")),
            part("Leave", Value::Null),
            part("Plan", json!("Zz")),
            part("Return", Value::Null),
        ])
        .await;
    assert_eq!((&parts[0]["parent_id"], &parts[0]["rank"]), (&trip["id"], &json!("b")));
    assert_eq!(below(&api, &trip, &token).await, ["Plan", "Pack", "Book", "Leave", "Return"]);

    // Moved within its order, to the top, and below another.
    let ranked = api.patch(&path(&parts[4]), &json!({"rank": "0"})).send().await.expect(200).token();
    let top = api.patch(&path(&parts[3]), &json!({"parent_id": null})).send().await.expect(200);
    assert_eq!((&top.json()["parent_id"], &top.json()["rank"]), (&Value::Null, &json!("Zz")));
    let deeper = api.patch(&path(&parts[2]), &json!({"parent_id": parts[1]["id"]})).send().await.expect(200);
    let token = merged(&[token, ranked, top.token(), deeper.token()]);
    assert_eq!(below(&api, &trip, &token).await, ["Return", "Pack", "Book"]);
    assert_eq!(below(&api, &parts[1], &token).await, ["Leave"]);

    // What the change was, taken back, and as it was before.
    let history = api.get(&format!("{}/history", path(&parts[2]))).token(&token).send().await.expect(200).json();
    let change = &history["items"][1]["changes"]["parent_id"];
    assert_eq!((&change["from"], &change["to"]), (&trip["id"], &parts[1]["id"]));
    let undone = api.post(&format!("{}/undo", path(&parts[2])), &json!({})).send().await.expect(200);
    assert_eq!(undone.json()["parent_id"], trip["id"]);
    let then = api.get(&format!("{}?as_of=2", path(&parts[2]))).token(&undone.token()).send().await.expect(200).json();
    assert_eq!(then["parent_id"], parts[1]["id"]);

    // Not below itself, nor below what is below it, by an undo neither.
    let refused = async |task: &Value, parent: &Value| {
        let answer = api.patch(&path(task), &json!({"parent_id": parent["id"]})).send().await.expect(422);
        assert_eq!(answer.fields(), ["parent_id"]);
    };
    refused(&trip, &trip).await;
    refused(&trip, &parts[0]).await;
    api.patch(&path(&parts[0]), &json!({"parent_id": null})).send().await.expect(200);
    api.patch(&path(&trip), &json!({"parent_id": parts[0]["id"]})).send().await.expect(200);
    let answer = api.post(&format!("{}/undo", path(&parts[0])), &json!({})).send().await.expect(422);
    assert_eq!(answer.fields(), ["parent_id"]);

    // Five levels and no more.
    let mut above = parts[1].clone();
    for title in ["fourth", "fifth"] {
        (above, _) = api.create(&json!({"title": title, "parent_id": above["id"]})).await;
    }
    let sixth = api.post("/tasks", &json!({"title": "sixth", "parent_id": above["id"]})).send().await.expect(422);
    assert!(sixth.text().contains("at most 5 levels"), "{}", sixth.text());
    let operation = json!({"op": "create", "task": {"title": "sixth", "parent_id": above["id"]}});
    let bulk = api.post("/tasks/bulk", &json!({"operations": [operation]})).send().await.expect(200).json();
    assert_eq!(bulk["results"][0]["problem"]["errors"][0]["field"], "operations[0].task.parent_id");
}

async fn what_is_below_a_task_goes_along_with_it_and_comes_back(system: &mut System) {
    let api = system.api();
    let [trip, pack, shoes] = trip(&api).await;
    api.patch(&path(&trip), &json!({"status": "completed"})).send().await.expect(200);
    for task in [&pack, &shoes] {
        until_has(&api, task, "status", &json!("completed")).await;
    }
    // Whoever is changed meanwhile stays as it is then.
    api.post(&format!("{}/undo", path(&trip)), &json!({})).send().await.expect(200);
    for task in [&pack, &shoes] {
        until_has(&api, task, "status", &json!("pending")).await;
    }
    api.delete(&path(&trip)).send().await.expect(204);
    for task in [&pack, &shoes] {
        until_has(&api, task, "status", &json!("gone")).await;
    }
    system.tasklog.kill().await;
    system.tasklog.start().await;
    let api = system.api();
    api.post(&format!("{}/restore", path(&trip)), &json!({})).send().await.expect(200);
    for task in [&pack, &shoes] {
        until_has(&api, task, "status", &json!("pending")).await;
    }
    assert_eq!(below(&api, &trip, "").await, ["Pack"]);

    // The next occurrence has them too, open again.
    let weekly = json!({"due_date": "2090-01-02", "recurrence_pattern": {"rrule": "FREQ=WEEKLY"}, "tags": ["weekly"]});
    api.patch(&path(&trip), &weekly).send().await.expect(200);
    api.patch(&path(&trip), &json!({"status": "completed"})).send().await.expect(200);
    let next = until("the next trip is there with what belongs to it", PATIENCE, async || {
        let open = api.get("/tasks?status=pending&tag=weekly").send().await.expect(200).json();
        let mut items = open["items"].as_array().unwrap().iter();
        let Some(next) = items.find(|task| task["id"] != trip["id"]) else { return Err("no next one".to_owned()) };
        match below(&api, next, "").await.as_slice() {
            [one] if one == "Pack" => Ok(next.clone()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert_eq!(next["due_date"], "2090-01-09");
}

async fn a_repeated_command_is_answered_as_before_whatever_became_of_the_parent(system: &mut System) {
    let api = system.api();
    let [trip, pack, _] = trip(&api).await;
    let body = json!({"title": "Book", "parent_id": trip["id"]});
    let create = || api.post("/tasks", &body).key("book");
    let patch = json!({"parent_id": trip["id"], "rank": "a"});
    let book = create().send().await.expect(201).json();
    api.patch(&path(&pack), &json!({"parent_id": null})).send().await.expect(200);
    let back = || api.patch(&path(&pack), &patch).key("back");
    let moved = back().send().await.expect(200).json();
    api.delete(&path(&trip)).send().await.expect(204);
    assert_eq!(create().send().await.expect(201).json(), book);
    assert_eq!(back().send().await.expect(200).json(), moved);
    let other = api.post("/tasks", &body).key("another").send().await.expect(422);
    assert_eq!(other.fields(), ["parent_id"]);
}

async fn an_import_takes_lines_in_any_order(system: &mut System) {
    let api = system.api();
    // More than a request takes, the parts first.
    let uuid = |n: usize| format!("01980000-0000-7000-8000-{n:012x}");
    let line = |n: usize, parent: Option<usize>| json!({"id": uuid(n), "title": format!("task {n}"), "parent_id": parent.map(uuid), "rank": format!("{n:04}")});
    let below = (2..=1_100).map(|n| line(n, Some(1)));
    let lines: Vec<String> =
        [line(2_000, Some(2))].into_iter().chain(below).chain([line(1, None)]).map(|line| line.to_string()).collect();
    let file = system.folder().join("tree.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    dump::import(system, file.to_str().unwrap());
    let all = api.all_items(&format!("/tasks/{}/subtasks?limit=200", uuid(1)), "").await;
    let ids: Vec<&str> = all.iter().map(id).collect();
    assert_eq!(ids, (2..=1_100).map(uuid).collect::<Vec<_>>());
    let deeper = api.get(&format!("/tasks/{}/subtasks", uuid(2))).send().await.expect(200).json();
    assert_eq!(deeper["items"][0]["id"], json!(uuid(2_000)));

    // One whose parent is nowhere is refused, in its line.
    let lost = line(3_000, Some(4_000)).to_string().into_bytes();
    let lost = api.call(reqwest::Method::POST, "/tasks/import").body("application/x-ndjson", lost).send().await;
    assert_eq!(lost.expect(200).json()["results"][0]["problem"]["errors"][0]["field"], "parent_id");
}
