//! Files in and out, and the read side thrown away and had back.

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tests::http::Api;
use tests::system::{Broker, System};
use tests::workload;

use crate::dump;

on_both_brokers!(
    a_file_is_imported_once_however_often_it_is_given,
    an_export_whose_parents_are_gone_comes_in_whole,
    a_rebuild_gives_back_the_same_views,
);

const TASKS: usize = 2_000;

async fn a_file_is_imported_once_however_often_it_is_given(system: &mut System) {
    let api = system.api();
    let file = system.folder().join("tasks.jsonl.gz");
    let mut zipped = flate2::write::GzEncoder::new(fs::File::create(&file).unwrap(), flate2::Compression::fast());
    zipped.write_all(workload::import_file(TASKS).as_bytes()).unwrap();
    zipped.finish().unwrap();
    let file = file.to_str().unwrap();

    dump::import(system, file);
    wait_for_tasks(&api, TASKS).await;
    let exported = dump::export(system);
    dump::import(system, file);
    let (task_made_here, token) = api.create(&json!({"title": "After the second import"})).await;
    let after = api.get("/tasks?limit=1&total=true").token(&token).send().await.expect(200).json();
    assert_eq!(after["total"], json!(TASKS + 1), "the second import imports nothing");

    // The times of the file are the task's own.
    let found = api.all_items("/tasks?q=Fix%20login%20Electron%200", &token).await;
    let task =
        found.iter().find(|task| task["title"] == "Fix login page for Electron 0").expect("the first line's task");
    let line = workload::import_line(0);
    for field in ["created_at", "completed_at", "due_date", "tags", "priority", "description"] {
        assert_eq!(task[field], line[field], "{field}");
    }
    assert_eq!(task["status"], "completed");

    // Our own export is a file to import: here every task is there already.
    let again = system.folder().join("export.jsonl");
    fs::write(&again, &exported).unwrap();
    dump::import(system, again.to_str().unwrap());
    let after = api.get("/tasks?limit=1&total=true").token(&token).send().await.expect(200).json();
    assert_eq!(after["total"], json!(TASKS + 1));

    // Where no line of a request was ever imported, there is nothing to wait for; and no version is that of all lines.
    let line = json!({"id": task_made_here["id"], "title": "Another title"}).to_string().into_bytes();
    let lines = || api.call(reqwest::Method::POST, "/tasks/import").body("application/x-ndjson", line.clone());
    let known = lines().key("any").send().await.expect(200);
    assert_eq!(
        (known.json()["results"][0]["status"].clone(), known.headers.get("consistency-token")),
        (json!(200), None)
    );
    assert_eq!(lines().if_match(1).send().await.expect(422).fields(), ["If-Match"]);

    // Lines that are refused are told, the others are taken.
    let mixed = system.folder().join("mixed.jsonl");
    fs::write(
        &mixed,
        "{\"title\":\"Good\"}\n{\"title\":\"\",\"priority\":\"hot\"}\nnot json\n{\"title\":\"Also good\"}\n",
    )
    .unwrap();
    let output = dump::try_import(system, mixed.to_str().unwrap());
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "refused lines are an error:\n{said}");
    for part in ["2", "title", "priority", "3"] {
        assert!(said.contains(part), "the report names {part}:\n{said}");
    }
    let (_, token) = api.create(&json!({"title": "The end"})).await;
    let after = api.get("/tasks?limit=1&total=true").token(&token).send().await.expect(200).json();
    assert_eq!(after["total"], json!(TASKS + 4));
}

/// As an export has them whose tasks stand below one that was deleted.
async fn an_export_whose_parents_are_gone_comes_in_whole(system: &mut System) {
    let api = system.api();
    let create = async |title: &str, parent: Option<&Value>| -> Value {
        api.create(&json!({"title": title, "parent_id": parent.map(|task| &task["id"])})).await.0
    };
    let house = create("House", None).await;
    let roof = create("Roof", Some(&house)).await;
    let tiles = create("Tiles", Some(&roof)).await;
    let path = |task: &Value| format!("/tasks/{}", task["id"].as_str().unwrap());
    let exported: String = [&tiles, &roof].iter().map(|task| format!("{task}\n")).collect();
    let without = exported.replace(house["id"].as_str().unwrap(), "01234567-89ab-7def-8123-456789abcdef");
    // Into a system that knows none of them, by ids of its own.
    let others = [(&roof, "11111111-89ab-7def-8123-456789abcdef"), (&tiles, "22222222-89ab-7def-8123-456789abcdef")];
    let elsewhere = others.iter().fold(without, |text, (task, id)| text.replace(task["id"].as_str().unwrap(), id));
    let file = system.folder().join("orphans.jsonl");
    fs::write(&file, elsewhere).unwrap();
    let file = file.to_str().unwrap();
    for counts in ["2 imported, 0 already there, 0 refused", "0 imported, 2 already there, 0 refused"] {
        let output = dump::try_import(system, file);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && said.contains(counts), "{said}");
        assert_eq!(said.contains("line 2: parent_id: "), counts.starts_with('2'), "{said}");
    }
    let [roof_there, tiles_there] = others.map(|(_, id)| json!({"id": id}));
    let shown = async |task: &Value| api.get(&path(task)).send().await.expect(200).json();
    assert_eq!(shown(&roof_there).await["parent_id"], Value::Null);
    assert_eq!(shown(&tiles_there).await["parent_id"], roof_there["id"], "it stands where it stood");
    assert_eq!(shown(&tiles).await["parent_id"], roof["id"], "those that were there are as they were");
}

async fn wait_for_tasks(api: &Api, count: usize) {
    tests::wait::until("all tasks are listed", Duration::from_secs(60), async || {
        let listed = api.get("/tasks?limit=1&total=true").send().await.expect(200).json()["total"].clone();
        if listed == json!(count) { Ok(()) } else { Err(listed.to_string()) }
    })
    .await;
}

async fn a_rebuild_gives_back_the_same_views(system: &mut System) {
    let file = system.folder().join("tasks.jsonl");
    fs::write(&file, workload::import_file(300)).unwrap();
    dump::import(system, file.to_str().unwrap());
    let api = system.api();
    wait_for_tasks(&api, 300).await;
    let first = api.get("/tasks?limit=20").send().await.expect(200).json()["items"].clone();
    let mut tokens = Vec::new();
    for (index, task) in first.as_array().unwrap().iter().enumerate() {
        let path = format!("/tasks/{}", task["id"].as_str().unwrap());
        let reminder = json!({"remind_at": "2090-01-01T08:00:00", "time_zone": "UTC"});
        tokens.push(api.post(&format!("{path}/reminders"), &reminder).send().await.expect(201).token());
        let answer = match index % 4 {
            0 => api.delete(&path).send().await.expect(204),
            1 => api.patch(&path, &json!({"tags": ["changed"], "due_date": null})).send().await.expect(200),
            _ => api
                .patch(&path, &json!({"title": format!("Renamed {index}"), "status": "cancelled"}))
                .send()
                .await
                .expect(200),
        };
        tokens.push(answer.token());
    }
    let token = tests::http::merged(&tokens);
    // What the dumps show is then in every view.
    for path in ["/tasks?limit=1", "/tasks?limit=1&q=a", "/reminders?limit=1", "/tags"] {
        api.get(path).token(&token).send().await.expect(200);
    }
    let history = format!("/tasks/{}/history", first[1]["id"].as_str().unwrap());
    api.get(&history).token(&token).send().await.expect(200);
    let tasks =
        async |token: &str| -> Vec<Value> { api.all_items("/tasks?limit=200&q=renamed&sort=title", token).await };
    let all = async |system: &System| (dump::export(system), dump::views(system), tasks(&token).await);
    let before = all(system).await;
    assert!(before.0.lines().count() >= 290 && before.1.len() > before.0.len() / 2, "there is something to compare");
    dump::rebuild_online(system);
    same(&before, &all(system).await);
    dump::rebuild_offline(system).await;
    same(&before, &all(system).await);
}

fn same(before: &(String, String, Vec<Value>), after: &(String, String, Vec<Value>)) {
    assert!(before.0 == after.0, "the export is byte-equal");
    assert!(before.1 == after.1, "the dump of the views is byte-equal");
    assert_eq!(before.2, after.2, "a search finds the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_output_nobody_reads_does_its_work_and_ends_well() {
    let system = System::start(Broker::Embedded).await;
    let file = system.folder().join("tasks.jsonl");
    fs::write(&file, workload::import_file(10)).unwrap();
    let commands =
        [vec!["import", file.to_str().unwrap()], vec!["rebuild", "--all"], vec!["rebuild", "--cancel", "tasks"]];
    for arguments in commands {
        let output = system.tasklog.run_unread(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("panicked"), "{arguments:?}: {}\n{said}", output.status);
    }
    wait_for_tasks(&system.api(), 10).await;
}
