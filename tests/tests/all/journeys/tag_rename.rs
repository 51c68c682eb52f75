//! A tag gets another name on every task that carries it.

use std::time::Duration;

use serde_json::{Value, json};
use tests::http::Api;
use tests::system::System;
use tests::wait::until;

on_both_brokers!(a_tag_is_renamed_over_all_tasks, a_rename_goes_on_after_a_crash);

const PATIENCE: Duration = Duration::from_secs(30);
const TASKS: usize = 300;

/// Creates the tasks; every third has the new tag too, and is the only one with another.
async fn tagged(api: &Api) {
    let task = |n: usize| {
        let tags: &[&str] = if n.is_multiple_of(3) { &["garden", "house", "household"] } else { &["house"] };
        json!({"op": "create", "task": {"title": format!("Task {n}"), "tags": tags}})
    };
    let operations: Vec<Value> = (0..TASKS).map(task).collect();
    let made = api.post("/tasks/bulk", &json!({"operations": operations})).send().await.expect(200);
    assert!(made.json()["results"].as_array().unwrap().iter().all(|result| result["status"] == 201));
}

async fn until_ended(api: &Api, path: &str) -> Value {
    until(&format!("{path} has ended"), PATIENCE, async || {
        let rename = api.get(path).send().await.expect(200).json();
        if rename["status"] == "running" { Err(rename.to_string()) } else { Ok(rename) }
    })
    .await
}

/// Waits until these are the tags in use.
async fn until_tags(api: &Api, tags: &[(&str, usize)]) {
    let expected: Vec<Value> = tags.iter().map(|(tag, count)| json!({"tag": tag, "count": count})).collect();
    until("the tags are those", PATIENCE, async || {
        let listed = api.get("/tags").send().await.expect(200).json();
        if listed["items"] == json!(expected) { Ok(()) } else { Err(listed.to_string()) }
    })
    .await;
}

async fn a_tag_is_renamed_over_all_tasks(system: &mut System) {
    let api = system.api();
    tagged(&api).await;
    let body = json!({"to": "household"});
    let accepted = api.post("/tags/house/rename", &body).key("k1").send().await.expect(202);
    let path = accepted.header("location").to_owned();
    let first = accepted.json();
    assert_eq!(path, format!("/tag-renames/{}", first["id"].as_str().unwrap()));
    assert_eq!(
        (&first["from"], &first["to"], &first["status"], &first["changed"], &first["finished_at"]),
        (&json!("house"), &json!("household"), &json!("running"), &json!(0), &Value::Null)
    );
    let done = until_ended(&api, &path).await;
    assert_eq!((&done["status"], &done["changed"]), (&json!("done"), &json!(TASKS)));
    assert!(done["finished_at"].as_str().unwrap() > done["created_at"].as_str().unwrap(), "{done}");
    until_tags(&api, &[("garden", TASKS / 3), ("household", TASKS)]).await;

    // Asked again, it is the same, and happens once.
    let again = api.post("/tags/house/rename", &body).key("k1").send().await.expect(202);
    assert_eq!((again.json(), again.header("location")), (first, path.as_str()));
    let other = api.post("/tags/house/rename", &json!({"to": "home"})).key("k1").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");
    assert_eq!(api.get(&path).send().await.expect(200).json(), done);

    // One task takes it back, as any change.
    let listed = api.get("/tasks?tag=garden&limit=1").send().await.expect(200).json();
    let task = format!("/tasks/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(listed["items"][0]["tags"], json!(["garden", "household"]));
    let undone = api.post(&format!("{task}/undo"), &json!({})).send().await.expect(200);
    assert_eq!(undone.json()["tags"], json!(["garden", "house", "household"]));
    let token = undone.token();
    let history = api.get(&format!("{task}/history")).token(&token).send().await.expect(200).json();
    let changes = json!({"tags": {"from": ["garden", "house", "household"], "to": ["garden", "household"]}});
    assert_eq!(
        (&history["items"][1]["changes"], &history["items"][1]["actor"]),
        (&changes, &json!("tasklog/tag-renames"))
    );
    until_tags(&api, &[("garden", TASKS / 3), ("house", 1), ("household", TASKS)]).await;

    // Newest first, page after page.
    let newest = api.post("/tags/nobody's/rename", &body).send().await.expect(202).json();
    let page = api.get("/tag-renames?limit=1").send().await.expect(200).json();
    assert_eq!(page["items"][0]["id"], newest["id"]);
    let ids: Vec<Value> =
        api.all_items("/tag-renames?limit=1", "").await.into_iter().map(|rename| rename["id"].clone()).collect();
    assert_eq!(ids, [newest["id"].clone(), done["id"].clone()]);
}

async fn a_rename_goes_on_after_a_crash(system: &mut System) {
    let api = system.api();
    tagged(&api).await;
    let accepted = api.post("/tags/house/rename", &json!({"to": "a/b c"})).send().await.expect(202);
    system.tasklog.kill().await;
    system.tasklog.start().await;
    let api = system.api();
    // Whoever died with it had it for himself for half a minute.
    let path = accepted.header("location").to_owned();
    let done = until("it has ended", 3 * PATIENCE, async || {
        let rename = api.get(&path).send().await.expect(200).json();
        if rename["status"] == "running" { Err(rename.to_string()) } else { Ok(rename) }
    })
    .await;
    assert_eq!((&done["status"], &done["changed"]), (&json!("done"), &json!(TASKS)));
    until_tags(&api, &[("a/b c", TASKS), ("garden", TASKS / 3), ("household", TASKS / 3)]).await;
    // What stands in a path is written as such.
    let back = api.post("/tags/a%2Fb%20c/rename", &json!({"to": "house"})).send().await.expect(202);
    let back = until_ended(&api, back.header("location")).await;
    assert_eq!((&back["from"], &back["changed"]), (&json!("a/b c"), &json!(TASKS)));
}
