//! Back in time: the last change is undone, and a task is read as it was.

use reqwest::Method;
use serde_json::{Value, json};
use tests::http::{Answer, Api, Call};
use tests::system::System;

on_both_brokers!(
    the_last_change_is_undone_and_done_again,
    an_undo_is_a_write_like_any_other,
    a_task_is_read_as_it_was_at_each_version_and_time,
    an_imported_task_is_read_as_it_was,
);

fn undo(api: &Api, path: &str) -> Call {
    api.call(Method::POST, &format!("{path}/undo"))
}

/// All that people see, whenever it was said.
fn shown(task: &Value) -> Value {
    let mut task = task.clone();
    let fields = task.as_object_mut().unwrap();
    fields.remove("version");
    fields.remove("updated_at");
    task
}

async fn the_last_change_is_undone_and_done_again(system: &mut System) {
    let api = system.api();
    let day = json!({"title": "Paint the fence", "tags": ["garden"], "due_date": "2026-12-01"});
    let (first, _) = api.create(&day).await;
    let path = format!("/tasks/{}", first["id"].as_str().unwrap());

    let mut before = first;
    for patch in [
        json!({"title": "Paint it green", "tags": null, "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin"}),
        json!({"recurrence_pattern": {"rrule": "FREQ=YEARLY"}}),
        json!({"status": "completed", "priority": "high"}),
        json!({"status": "in_progress"}),
    ] {
        let changed = api.patch(&path, &patch).send().await.expect(200).json();
        let undone = undo(&api, &path).send().await.expect(200);
        assert_eq!(shown(&undone.json()), shown(&before), "without {patch}");
        assert_eq!(api.get(&path).token(&undone.token()).send().await.expect(200).json(), undone.json());
        let again = undo(&api, &path).send().await.expect(200).json();
        assert_eq!(shown(&again), shown(&changed), "with {patch} again");
        before = again;
    }

    // What is there is deleted, and what is deleted comes back, by whichever call it went.
    api.delete(&path).send().await.expect(204);
    assert_eq!(shown(&undo(&api, &path).send().await.expect(200).json()), shown(&before));
    let gone = undo(&api, &path).send().await.expect(204);
    assert!(gone.body.is_empty());
    assert_eq!(api.get(&path).token(&gone.token()).send().await.expect(404).problem(), "not-found");
    api.call(Method::POST, &format!("{path}/restore")).send().await.expect(200);
    undo(&api, &path).send().await.expect(204);
    let back = undo(&api, &path).send().await.expect(200);
    assert_eq!(shown(&back.json()), shown(&before));

    let history = api.all_items(&format!("{path}/history?limit=50"), &back.token()).await;
    let types: Vec<&str> =
        history.iter().map(|item| item["type"].as_str().unwrap().trim_start_matches("task.")).collect();
    assert_eq!(
        types.join(" "),
        "created updated updated updated updated updated updated completed reopened completed reopened completed reopened \
         deleted restored deleted restored deleted restored",
        "events of the kinds there are"
    );

    // A create can be undone as well, and so can its undo.
    let (task, _) = api.create(&json!({"title": "By mistake"})).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    let gone = undo(&api, &path).send().await.expect(204);
    assert_eq!(gone.header("etag"), "\"2\"");
    assert!(api.all_items("/tasks?q=mistake", &gone.token()).await.is_empty());
    assert_eq!(shown(&undo(&api, &path).send().await.expect(200).json()), shown(&task));
}

async fn an_undo_is_a_write_like_any_other(system: &mut System) {
    let api = system.api();
    let (task, _) = api.create(&json!({"title": "One"})).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    let titled = |answer: &Answer| answer.json()["title"].as_str().unwrap().to_owned();
    api.patch(&path, &json!({"title": "Two"})).send().await.expect(200);
    api.patch(&path, &json!({"title": "Three"})).send().await.expect(200);

    // Who has not seen the last change does not undo it.
    let late = undo(&api, &path).if_match(2).send().await.expect(412);
    assert_eq!(late.problem(), "wrong-version");
    let undone = undo(&api, &path).if_match(3).key("undo-1").send().await.expect(200);
    assert_eq!((titled(&undone), undone.header("etag")), ("Two".to_owned(), "\"4\""));
    assert_eq!(undo(&api, &path).if_match(3).send().await.expect(412).problem(), "wrong-version");

    // Repeated, it is not done twice.
    let again = undo(&api, &path).if_match(3).key("undo-1").send().await.expect(200);
    assert_eq!((again.json(), again.token()), (undone.json(), undone.token()));
    let other = api.patch(&path, &json!({"title": "Four"})).key("undo-1").send().await.expect(422);
    assert_eq!(other.problem(), "idempotency-key-reused");

    let refused = undo(&api, &path).json("application/json", &json!({"steps": 2})).send().await.expect(422);
    assert_eq!(refused.fields(), ["steps"]);
    let absent = undo(&api, "/tasks/01890000-0000-7000-8000-000000000000").send().await.expect(404);
    assert_eq!(absent.problem(), "not-found");

    // What the last change was does not end with the process.
    system.restart().await;
    let api = system.api();
    let redone = undo(&api, &path).if_match(4).json("application/json", &json!({})).send().await.expect(200);
    assert_eq!((titled(&redone), redone.header("etag")), ("Three".to_owned(), "\"5\""));
    let again = undo(&api, &path).if_match(3).key("undo-1").send().await.expect(200);
    assert_eq!((again.json(), again.token()), (undone.json(), undone.token()));
}

/// What was answered after each change, oldest first; the last token.
async fn live(api: &Api, path: &str, first_token: &str) -> (Vec<Answer>, String) {
    let restore = || api.call(Method::POST, &format!("{path}/restore"));
    let patch = |patch: Value| api.patch(path, &patch);
    let (mut answers, mut token) = (Vec::new(), first_token.to_owned());
    answers.push(api.get(path).token(&token).send().await.expect(200));
    let changes = [
        patch(json!({"description": "Zwei Zeilen:\nhöher \"als\" eine 🌿", "tags": ["b", "a"], "priority": "urgent"})),
        patch(json!({"due_at": "2026-03-29T02:30:00", "time_zone": "Europe/Berlin"})),
        patch(json!({"recurrence_pattern": {"rrule": "FREQ=WEEKLY;BYDAY=MO", "from": "completion", "missed": "keep"}})),
        patch(json!({"status": "completed", "tags": null})),
        patch(json!({"status": "cancelled", "description": null})),
        undo(api, path),
        api.delete(path),
        restore(),
        undo(api, path),
        undo(api, path),
        patch(json!({"due_date": "2026-12-24", "recurrence_pattern": null})),
    ];
    for change in changes {
        let changed = change.send().await;
        assert!([200, 204].contains(&changed.status), "{}", changed.text());
        token = changed.token();
        answers.push(api.get(path).token(&token).send().await);
    }
    (answers, token)
}

/// The answer is that of then: its status, its body byte for byte, its version.
fn assert_same(answer: &Answer, then: &Answer, asked: &str) {
    assert_eq!((answer.status, answer.text()), (then.status, then.text()), "{asked}");
    assert_eq!(answer.header("etag"), then.header("etag"), "{asked}");
}

async fn a_task_is_read_as_it_was_at_each_version_and_time(system: &mut System) {
    let api = system.api();
    let (task, first_token) = api.create(&json!({"title": "Water the plants", "due_date": "2026-12-01"})).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    let (answers, token) = live(&api, &path, &first_token).await;
    let at = |value: &str| api.get(&format!("{path}?as_of={value}")).token(&token);

    let deleted = answers.iter().filter(|answer| answer.status == 404).count();
    assert_eq!((answers.len(), deleted), (12, 2));
    let history = api.all_items(&format!("{path}/history?limit=50"), &token).await;
    for ((then, version), item) in answers.iter().zip(1_u64..).zip(&history) {
        let asked = at(&version.to_string()).send().await;
        assert_same(&asked, then, &format!("version {version}"));
        let time = item["time"].as_str().unwrap();
        assert_same(&at(time).send().await, then, &format!("at {time}, version {version}"));
        if asked.status == 200 {
            assert_eq!(asked.header("etag"), format!("\"{version}\""));
            assert!(!asked.header("consistency-token").is_empty());
            let same = at(&version.to_string()).header("if-none-match", &format!("\"{version}\"")).send().await;
            assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, asked.header("etag")));
            at(&version.to_string()).header("if-none-match", "\"99\"").send().await.expect(200);
        }
    }
    // Before it was, and after all that happened to it.
    let early = at("2020-01-01T00:00:00Z").send().await.expect(404);
    assert_eq!(early.problem(), "not-found");
    let detail = early.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("at 2020-01-01T00:00:00Z yet") && detail.contains(history[0]["time"].as_str().unwrap()));
    assert_same(&at("2999-01-01T00:00:00%2B02:00").send().await, &answers[11], "at the end of time");
    let unborn = at("13").send().await.expect(404);
    assert_eq!(unborn.problem(), "not-found");
    assert!(unborn.json()["detail"].as_str().unwrap().contains("no version 13; its last one is 12"));
    assert_eq!(at("yesterday").send().await.expect(422).fields(), ["as_of"]);
    assert_eq!(
        api.get("/tasks/01890000-0000-7000-8000-000000000000?as_of=1").send().await.expect(404).problem(),
        "not-found"
    );

    // Deleted now, it is still there as it was.
    let gone = api.delete(&path).send().await.expect(204);
    let then = api.get(&format!("{path}?as_of=12")).token(&gone.token()).send().await;
    assert_same(&then, &answers[11], "before it was deleted");
    api.get(&format!("{path}?as_of=13")).token(&gone.token()).send().await.expect(404);
}

async fn an_imported_task_is_read_as_it_was(system: &mut System) {
    let api = system.api();
    let id = "0190a000-0000-7000-8000-000000000001";
    let path = format!("/tasks/{id}");
    let line = json!({
        "id": id, "title": "From elsewhere", "status": "completed", "created_at": "2020-01-01T08:00:00Z",
        "updated_at": "2021-06-01T08:00:00.5Z", "completed_at": "2021-05-01T08:00:00Z",
    });
    let line = line.to_string().into_bytes();
    let import = api.call(Method::POST, "/tasks/import").body("application/x-ndjson", line);
    let imported = import.send().await.expect(200);
    let first = api.get(&path).token(&imported.token()).send().await.expect(200);
    assert_eq!(first.json()["updated_at"], "2021-06-01T08:00:00.500Z");
    let opened = api.patch(&path, &json!({"status": "pending"})).send().await.expect(200);
    let undone = undo(&api, &path).send().await.expect(200);
    assert_eq!(undone.json()["completed_at"], "2021-05-01T08:00:00Z", "completed when it had been");

    let at = |value: &str| api.get(&format!("{path}?as_of={value}")).token(&undone.token());
    assert_same(&at("1").send().await, &first, "version 1");
    assert_eq!(at("2").send().await.expect(200).text(), opened.text());
    assert_eq!(at("3").send().await.expect(200).text(), undone.text());
    // It was not here before it was imported, however old it is.
    at("2022-01-01T00:00:00Z").send().await.expect(404);
}
