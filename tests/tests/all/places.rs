//! Commands say which server or folder they act on: it may be another one than was meant.

use std::fs;

use tests::system::{Broker, System};
use tests::workload;

/// What a command says first to people; it must end well.
fn said_first(system: &System, arguments: &[&str]) -> String {
    let output = system.tasklog.run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {}\n{said}", output.status);
    let first = said.lines().next().unwrap_or_default().to_owned();
    assert!(first.starts_with(&format!("tasklog {}: on ", arguments[0])), "{arguments:?} {said}");
    first
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_says_in_its_first_line_what_it_acts_on() {
    let mut system = System::start(Broker::Embedded).await;
    let file = system.folder().join("tasks.jsonl");
    fs::write(&file, workload::import_file(3)).unwrap();
    let folder = format!("the data folder {}", system.tasklog.data().display());
    let url = format!("http://{}", system.tasklog.address());
    let to_the_api: [&[&str]; 3] = [&["import", file.to_str().unwrap()], &["add", "Water the plants"], &["export"]];
    for arguments in to_the_api {
        assert!(said_first(&system, arguments).ends_with(&url), "{arguments:?}: the one that TASKLOG_URL names");
    }
    system.tasklog.set("TASKLOG_URL", "");
    let below: [&[&str]; 4] = [&["events"], &["topics", "check"], &["dump", "tasks"], &["rebuild", "tasks"]];
    for arguments in to_the_api.into_iter().chain(below) {
        let said = said_first(&system, arguments);
        assert!(said.ends_with(&format!("of the `tasklog up` that runs on {folder}")), "{said}");
    }
    system.tasklog.stop().await;
    let resting: [&[&str]; 2] = [&["events"], &["rebuild", "tasks"]];
    for arguments in resting {
        let said = said_first(&system, arguments);
        assert!(said.contains(&folder) && said.ends_with("where no `tasklog up` runs"), "{said}");
    }
}
