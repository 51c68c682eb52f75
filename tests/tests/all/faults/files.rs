//! Files in and out when something is wrong: with their lines, or with the server in the middle of them.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tests::system::{Broker, System};
use tests::workload;

use crate::dump;

/// More than one request takes, so that the first is sent before the file ends.
const FIRST_PART: usize = 600;
const WHOLE: usize = 900;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_means_two_things_is_told_and_the_first_stays() {
    let system = System::start(Broker::Embedded).await;
    let import = |lines: &str| {
        let file = system.folder().join("foreign.jsonl");
        fs::write(&file, lines).unwrap();
        let output = dump::try_import(&system, file.to_str().unwrap());
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), said)
    };
    let one = "{\"id\":1,\"title\":\"One\"}\n";
    let (code, said) = import(&format!("{one}{{\"id\":2,\"title\":\"Two\"}}\n"));
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = import(one);
    assert!(code == Some(0) && said.contains("1 already there"), "{said}");
    // From another program's file.
    let (code, said) = import("{\"title\":\"Three\"}\n{\"id\":1,\"title\":\"Another one\"}\n");
    assert!(code == Some(1) && said.contains("line 2: id 1 was imported before with other content"), "{said}");

    // An export of what was changed since is a line with other content too, and here it is the same task.
    let token = system.api().create(&json!({"title": "Last"})).await.1;
    let listed = system.api().get("/tasks?sort=title").token(&token).send().await.expect(200).json();
    let titles: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Last", "One", "Three", "Two"]);
    let path = format!("/tasks/{}", listed["items"][1]["id"].as_str().unwrap());
    let changed = system.api().patch(&path, &json!({"title": "One, changed"})).send().await.expect(200);
    system.api().get("/tasks?limit=1").token(&changed.token()).send().await.expect(200);
    let (code, said) = import(&dump::export(&system));
    assert!(code == Some(0) && said.contains("4 already there"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_outlives_a_restart_of_the_server_and_an_export_that_fails_leaves_its_file() {
    let mut system = System::start(Broker::Embedded).await;
    let mut command = system.tasklog.command();
    command.args(["import", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut import = command.spawn().unwrap();
    let mut pipe = import.stdin.take().unwrap();
    let file = workload::import_file(WHOLE);
    let at = file.match_indices('\n').nth(FIRST_PART - 1).unwrap().0 + 1;
    pipe.write_all(&file.as_bytes()[..at]).unwrap();
    let api = system.api();
    tests::wait::until("the first request is imported", Duration::from_secs(60), async || {
        let listed = api.get("/tasks?limit=1&total=true").send().await.expect(200).json()["total"].clone();
        if listed.as_u64() > Some(0) { Ok(()) } else { Err(listed.to_string()) }
    })
    .await;

    system.tasklog.stop().await;
    pipe.write_all(&file.as_bytes()[at..]).unwrap();
    drop(pipe);
    let kept = system.folder().join("kept.jsonl");
    fs::write(&kept, "an earlier export\n").unwrap();
    let failed = system.tasklog.run(&["export", "--output", kept.to_str().unwrap()]);
    assert!(!failed.status.success());
    assert_eq!(fs::read_to_string(&kept).unwrap(), "an earlier export\n");
    system.tasklog.start().await;

    let done = tokio::task::spawn_blocking(move || import.wait_with_output().unwrap()).await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}");
    let listed = api.get("/tasks?limit=1&total=true").send().await.expect(200).json();
    assert_eq!(listed["total"], json!(WHOLE), "{said}");
    system.tasklog.run_well(&["export", "--output", kept.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&kept).unwrap().lines().count(), WHOLE);
}
