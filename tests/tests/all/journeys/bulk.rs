//! Many operations in one request: each for itself, in order, and all of it can be repeated.

use serde_json::{Value, json};
use tests::http::{Api, Call};
use tests::system::System;

on_both_brokers!(
    operations_are_answered_in_order_each_for_itself,
    an_operation_that_is_not_valid_does_not_stop_the_others,
    a_request_can_be_repeated_as_a_whole,
    operations_on_one_task_take_effect_in_their_order,
    a_thousand_tasks_are_created_and_not_one_more,
);

const ABSENT: &str = "01890000-0000-7000-8000-000000000000";

pub(super) fn bulk(api: &Api, operations: &[Value]) -> Call {
    api.post("/tasks/bulk", &json!({"operations": operations}))
}

/// One member of each result, `null` where it is left out.
pub(super) fn column(report: &Value, member: &str) -> Vec<Value> {
    report["results"].as_array().unwrap().iter().map(|result| result[member].clone()).collect()
}

/// The kind of a result's problem, such as `not-found`.
fn kind(result: &Value) -> &str {
    result["problem"]["type"].as_str().unwrap().rsplit('/').next().unwrap()
}

/// The fields that a result's problem names.
fn fields(result: &Value) -> Vec<&str> {
    let errors = result["problem"]["errors"].as_array().unwrap();
    errors.iter().map(|error| error["field"].as_str().unwrap()).collect()
}

async fn title_and_version(api: &Api, id: &Value, token: &str) -> (Value, Value) {
    let task = api.get(&format!("/tasks/{}", id.as_str().unwrap())).token(token).send().await.expect(200).json();
    (task["title"].clone(), task["version"].clone())
}

async fn operations_are_answered_in_order_each_for_itself(system: &mut System) {
    let api = system.api();
    let (tasks, _) = api.create_all(&["A", "B", "C"].map(|title| json!({"title": title}))).await;
    let [a, b, c] = [0, 1, 2].map(|index: usize| tasks[index]["id"].clone());
    let answer = bulk(
        &api,
        &[
            json!({"op": "update", "id": a, "patch": {"title": "Changed"}, "if_match": 1}),
            json!({"op": "create", "task": {"title": "New", "tags": ["bulk"]}}),
            json!({"op": "delete", "id": b}),
            json!({"op": "update", "id": c, "patch": {"title": "Never"}, "if_match": 7}),
            json!({"op": "restore", "id": b}),
            json!({"op": "update", "id": b, "patch": {"status": "completed"}}),
            json!({"op": "undo", "id": b, "if_match": 4}),
            json!({"op": "delete", "id": ABSENT}),
            json!({"op": "skip", "id": c}),
        ],
    );
    let answer = answer.send().await.expect(200);
    let report = answer.json();
    assert_eq!(json!(column(&report, "status")), json!([200, 201, 204, 412, 200, 200, 200, 404, 409]), "{report}");
    assert_eq!(json!(column(&report, "version")), json!([2, 1, 2, null, 3, 4, 5, null, null]));
    let new = report["results"][1]["id"].clone();
    assert_eq!(json!(column(&report, "id")), json!([a, new, b, c, b, b, b, ABSENT, c]));
    let kinds = [3, 7, 8].map(|index: usize| kind(&report["results"][index]));
    assert_eq!(kinds, ["wrong-version", "not-found", "conflict"]);

    // The one token is enough to see all of it.
    let token = answer.token();
    assert_eq!(title_and_version(&api, &new, &token).await, (json!("New"), json!(1)));
    assert_eq!(title_and_version(&api, &a, &token).await, (json!("Changed"), json!(2)));
    assert_eq!(title_and_version(&api, &c, &token).await, (json!("C"), json!(1)));
    let path = format!("/tasks/{}", b.as_str().unwrap());
    let undone = api.get(&path).token(&token).send().await.expect(200).json();
    assert_eq!((&undone["status"], &undone["version"]), (&json!("pending"), &json!(5)));

    // Taking a creation back deletes the task, as the call of its own says.
    let gone = bulk(&api, &[json!({"op": "undo", "id": new})]).send().await.expect(200);
    assert_eq!(gone.json()["results"], json!([{"status": 204, "id": new, "version": 2}]));
    // Where nothing was done, there is nothing to wait for.
    let nothing = bulk(&api, &[json!({"op": "delete", "id": ABSENT})]).send().await.expect(200);
    assert_eq!(nothing.headers.get("consistency-token"), None);
}

async fn an_operation_that_is_not_valid_does_not_stop_the_others(system: &mut System) {
    let api = system.api();
    let (task, _) = api.create(&json!({"title": "There"})).await;
    let id = &task["id"];
    let answer = bulk(
        &api,
        &[
            json!({"op": "create", "task": {"title": "Good"}}),
            json!({"op": "create", "task": {"title": "", "priority": "hot"}}),
            json!({"op": "complete", "id": id}),
            json!({"op": "update", "patch": {"title": "Whose?"}}),
            json!(7),
            json!({"op": "delete", "id": id, "colour": "red"}),
            json!({"op": "create", "task": {"title": "With an id"}, "id": id}),
            json!({"op": "update", "id": id, "patch": {"recurrence_pattern": {"rrule": "FREQ=DAILY"}}}),
            json!({"op": "create", "task": {"title": "Also good"}}),
        ],
    );
    let answer = answer.send().await.expect(200);
    let report = answer.json();
    assert_eq!(json!(column(&report, "status")), json!([201, 422, 422, 422, 422, 422, 422, 422, 201]), "{report}");
    for (index, named) in [
        (1_usize, vec!["operations[1].task.title", "operations[1].task.priority"]),
        (2, vec!["operations[2].op"]),
        (3, vec!["operations[3].id"]),
        (4, vec!["operations[4]"]),
        (5, vec!["operations[5].colour"]),
        (6, vec!["operations[6].id"]),
        (7, vec!["operations[7].patch.recurrence_pattern"]),
    ] {
        let result = &report["results"][index];
        assert_eq!((kind(result), fields(result)), ("invalid", named));
        assert_eq!(result["problem"]["status"], 422);
    }
    let listed = api.all_items("/tasks?sort=title", &answer.token()).await;
    let titles: Vec<&Value> = listed.iter().map(|task| &task["title"]).collect();
    assert_eq!(titles, ["Also good", "Good", "There"]);

    // No version is that of all.
    let refused = bulk(&api, &[json!({"op": "delete", "id": id})]).if_match(1).send().await.expect(422);
    assert_eq!(refused.fields(), ["If-Match"]);
}

async fn a_request_can_be_repeated_as_a_whole(system: &mut System) {
    let api = system.api();
    let (tasks, _) = api.create_all(&["Changes", "Goes"].map(|title| json!({"title": title}))).await;
    let (id, goes) = (&tasks[0]["id"], &tasks[1]["id"]);
    let operations = |title: &str| {
        [
            json!({"op": "create", "task": {"title": title}}),
            json!({"op": "update", "id": id, "patch": {"title": title}, "if_match": 1}),
            json!({"op": "update", "id": id, "patch": {"description": title}}),
            json!({"op": "delete", "id": goes}),
            json!({"op": "create", "task": {"title": title}, "idempotency_key": "own"}),
        ]
    };
    let first = bulk(&api, &operations("Once")).key("k").send().await.expect(200);
    let report = first.json();
    assert_eq!(json!(column(&report, "status")), json!([201, 200, 200, 204, 201]), "{report}");
    assert_eq!(json!(column(&report, "version")), json!([1, 2, 3, 2, 1]));
    let again = bulk(&api, &operations("Once")).key("k").send().await.expect(200);
    assert_eq!((again.json(), again.token()), (first.json(), first.token()));

    // An operation's own key is that of a call of its own, in any request.
    let task = json!({"title": "Once"});
    let single = api.post("/tasks", &task).key("own").send().await.expect(201).json();
    assert_eq!(single["id"], report["results"][4]["id"]);
    let own = |title: &str| json!({"op": "create", "task": {"title": title}, "idempotency_key": "own"});
    let elsewhere = bulk(&api, &[own("Once"), own("Twice")]).key("another").send().await.expect(200).json();
    assert_eq!(json!(column(&elsewhere, "status")), json!([201, 422]), "{elsewhere}");
    assert_eq!(elsewhere["results"][0]["id"], single["id"]);
    let refused = &elsewhere["results"][1];
    assert_eq!((kind(refused), fields(refused)), ("idempotency-key-reused", vec!["operations[1].idempotency_key"]));
    // The request's key belongs to the whole.
    let path = format!("/tasks/{}", id.as_str().unwrap());
    for call in [api.post("/tasks", &task).key("k/0"), api.patch(&path, &task).key("k/1")] {
        assert_eq!(call.send().await.expect(422).problem(), "idempotency-key-reused");
    }

    // A key as long as one may be serves as well.
    let long = "k".repeat(255);
    let create = [json!({"op": "create", "task": {"title": "Long"}})];
    let first = bulk(&api, &create).key(&long).send().await.expect(200);
    assert_eq!(first.json()["results"][0]["status"], 201);

    // Keys do not end with the process.
    system.restart().await;
    let api = system.api();
    let again = bulk(&api, &create).key(&long).send().await.expect(200);
    assert_eq!((again.json(), again.token()), (first.json(), first.token()));
    let again = bulk(&api, &operations("Once")).key("k").send().await.expect(200);
    assert_eq!(again.json(), report);
    let token = tests::http::merged(&[first.token(), again.token()]);
    assert_eq!(title_and_version(&api, id, &token).await, (json!("Once"), json!(3)));
    let listed = api.get("/tasks?limit=1&total=true").token(&token).send().await.expect(200).json();
    assert_eq!(
        listed["total"], 4,
        "two with the key `k` and `own`, the long one, and the one that was there: {listed}"
    );
}

async fn operations_on_one_task_take_effect_in_their_order(system: &mut System) {
    const UPDATES: u64 = 20;
    let api = system.api();
    let task = json!({"title": "Number 0"});
    let id = api.post("/tasks", &task).key("first").send().await.expect(201).json()["id"].clone();
    // The create is the same one again: only so can it be in a request whose other operations name its task.
    let mut operations = vec![json!({"op": "create", "task": task, "idempotency_key": "first"})];
    for number in 1..=UPDATES {
        let title = format!("Number {number}");
        operations.push(json!({"op": "update", "id": id, "patch": {"title": title}, "if_match": number}));
        // Others run between them.
        operations.push(json!({"op": "create", "task": {"title": "Another"}}));
    }
    let answer = bulk(&api, &operations).send().await.expect(200);
    let report = answer.json();
    let results = report["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result.get("problem").is_none()), "{report}");
    let of_the_task: Vec<&Value> =
        results.iter().filter(|result| result["id"] == id).map(|result| &result["version"]).collect();
    assert_eq!(of_the_task, (1..=UPDATES + 1).collect::<Vec<u64>>());
    let token = answer.token();
    assert_eq!(title_and_version(&api, &id, &token).await, (json!("Number 20"), json!(UPDATES + 1)));
    let path = format!("/tasks/{}/history?limit=50", id.as_str().unwrap());
    let history = api.all_items(&path, &token).await;
    let titles: Vec<String> =
        history.iter().map(|item| item["changes"]["title"]["to"].as_str().unwrap().to_owned()).collect();
    assert_eq!(titles, (0..=UPDATES).map(|number| format!("Number {number}")).collect::<Vec<_>>());
}

async fn a_thousand_tasks_are_created_and_not_one_more(system: &mut System) {
    let api = system.api();
    let create = |index: usize| json!({"op": "create", "task": {"title": format!("Task {index}")}});
    let operations: Vec<Value> = (0..=1_000).map(create).collect();
    let refused = bulk(&api, &operations).send().await.expect(422);
    assert_eq!((refused.problem(), refused.fields()), ("invalid".to_owned(), vec!["operations".to_owned()]));

    let answer = bulk(&api, &operations[..1_000]).send().await.expect(200);
    let report = answer.json();
    let results = report["results"].as_array().unwrap();
    assert_eq!(results.len(), 1_000);
    assert!(results.iter().all(|result| result["status"] == 201), "{report}");
    let token = answer.token();
    let listed = api.get("/tasks?limit=1&total=true").token(&token).send().await.expect(200).json();
    assert_eq!(listed["total"], 1_000, "and none of the request that was refused");
    let last = title_and_version(&api, &results[999]["id"], &token).await;
    assert_eq!(last, (json!("Task 999"), json!(1)), "the answers are in order");
}
