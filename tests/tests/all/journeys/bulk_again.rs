//! Many operations under one key: other ones under the same key are refused as a whole, and what a crash has cut off is completed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tests::http::Api;
use tests::system::System;

use super::bulk::{bulk, column};

on_both_brokers!(
    other_operations_under_the_same_key_are_refused_as_a_whole,
    operations_that_meet_no_event_of_the_key_are_another_request,
    what_a_crash_has_cut_off_is_completed_by_the_same_request,
);

async fn tasks(api: &Api, titles: &[&str]) -> Vec<Value> {
    let bodies: Vec<Value> = titles.iter().map(|title| json!({"title": title})).collect();
    api.create_all(&bodies).await.0.into_iter().map(|task| task["id"].clone()).collect()
}

fn rename(id: &Value, title: &str) -> Value {
    json!({"op": "update", "id": id, "patch": {"title": title}})
}

/// Title and version of each task, as the log has them at its end: a change of nothing is answered from there.
async fn now(api: &Api, ids: &[Value]) -> Vec<(Value, Value)> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let task = api.patch(&format!("/tasks/{}", id.as_str().unwrap()), &json!({})).send().await.expect(200).json();
        found.push((task["title"].clone(), task["version"].clone()));
    }
    found
}

async fn other_operations_under_the_same_key_are_refused_as_a_whole(system: &mut System) {
    let api = system.api();
    let mut ids = tasks(&api, &["A", "B", "C"]).await;
    let [a, b, c] = &[0, 1, 2].map(|index: usize| ids[index].clone());
    let made = |title: &str| json!({"op": "create", "task": {"title": title}});
    let create = made("New");
    let once = [rename(a, "A once"), rename(b, "B once"), create.clone()];
    let first = bulk(&api, &once).key("k").send().await.expect(200);
    assert_eq!(json!(column(&first.json(), "version")), json!([2, 2, 1]));
    ids.push(first.json()["results"][2]["id"].clone());
    let before = now(&api, &ids).await;
    for (what, others) in [
        ("another patch", vec![rename(a, "A twice"), rename(b, "B once"), create.clone()]),
        ("another target", vec![rename(a, "A once"), rename(c, "B once"), create.clone()]),
        ("another task to create", vec![rename(c, "C once"), rename(c, "C twice"), made("Newer")]),
        ("one more", vec![rename(a, "A once"), rename(b, "B once"), create.clone(), rename(c, "C once")]),
        ("fewer", vec![rename(a, "A once")]),
        ("another operation", vec![json!({"op": "delete", "id": a}), rename(b, "B once"), create.clone()]),
        ("another operation that is not valid", vec![rename(a, "A once"), json!({"op": "complete"}), create.clone()]),
    ] {
        let refused = bulk(&api, &others).key("k").send().await.expect(422);
        assert_eq!(refused.problem(), "idempotency-key-reused", "{what}");
        assert_eq!(refused.fields(), ["Idempotency-Key"], "{what}");
        // Not one of them was run, whether or not its task knows the key.
        assert_eq!(now(&api, &ids).await, before, "{what}");
    }
    // The version that an operation is for is no part of what it asks for.
    let mut again = once.clone();
    again[0]["if_match"] = json!(1);
    for operations in [&once, &again] {
        let repeated = bulk(&api, operations).key("k").send().await.expect(200);
        assert_eq!((repeated.json(), repeated.token()), (first.json(), first.token()));
    }
    // Keys do not end with the process.
    system.restart().await;
    let api = system.api();
    assert_eq!(bulk(&api, &once[..2]).key("k").send().await.expect(422).problem(), "idempotency-key-reused");
    assert_eq!(bulk(&api, &once).key("k").send().await.expect(200).json(), first.json());
}

/// The events alone remember the key, as they do that of a single call: on another task it is another request.
async fn operations_that_meet_no_event_of_the_key_are_another_request(system: &mut System) {
    let api = system.api();
    let ids = tasks(&api, &["A", "B"]).await;
    let [a, b] = [0, 1].map(|index: usize| &ids[index]);
    for (id, title) in [(a, "A once"), (b, "B once")] {
        let done = bulk(&api, &[rename(id, title)]).key("k").send().await.expect(200).json();
        assert_eq!(json!(column(&done, "version")), json!([2]), "{title}");
    }
    // What changes nothing is remembered by nothing.
    let nothing = bulk(&api, &[rename(a, "A once")]).key("nothing").send().await.expect(200).json();
    assert_eq!(json!(column(&nothing, "version")), json!([2]));
    let something = bulk(&api, &[rename(a, "A twice")]).key("nothing").send().await.expect(200).json();
    assert_eq!(json!(column(&something, "version")), json!([3]));
}

async fn what_a_crash_has_cut_off_is_completed_by_the_same_request(system: &mut System) {
    const TASKS: usize = 1_000;
    const ROUNDS: usize = 8;
    let operations = |round: usize| -> Vec<Value> {
        let task = |n: usize| json!({"title": format!("Task {n}"), "tags": [format!("round-{round}")]});
        (0..TASKS).map(|n| json!({"op": "create", "task": task(n)})).collect()
    };
    let took = bulk(&system.api(), &operations(0)).key("round-0").send().await.expect(200).took;
    for round in 1..=ROUNDS {
        let (key, operations) = (format!("round-{round}"), operations(round));
        let cut_off = tokio::spawn(bulk(&system.api(), &operations).key(&key).try_send());
        tokio::time::sleep(took / 2).await;
        system.tasklog.kill().await;
        let killed_at = Utc::now();
        let answered = cut_off.await.unwrap().is_ok();
        system.tasklog.start().await;
        let api = system.api();
        let completed = bulk(&api, &operations).key(&key).send().await.expect(200);
        let report = completed.json();
        assert!(column(&report, "status").iter().all(|status| *status == 201), "{report}");
        assert!(column(&report, "version").iter().all(|version| *version == 1), "{report}");
        assert_eq!(bulk(&api, &operations).key(&key).send().await.expect(200).json(), report);
        let ids: BTreeSet<String> = column(&report, "id").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        let listed = api.all_items(&format!("/tasks?limit=200&tag=round-{round}"), &completed.token()).await;
        let there: BTreeSet<String> = listed.iter().map(|task| task["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ids.len(), listed.len()), (TASKS, TASKS), "each is there once");
        assert_eq!(there, ids);
        let made_at = |task: &Value| task["created_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        let before = listed.iter().filter(|task| made_at(task) < killed_at).count();
        if !answered && (1..TASKS).contains(&before) {
            return;
        }
    }
    panic!("no crash came in the midst of a request: this test proves nothing");
}
