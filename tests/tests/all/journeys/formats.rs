//! Files of other programs, in and out.

use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};
use tests::http::Api;
use tests::system::{Broker, System};

use super::calendar_file::CALENDAR;
use crate::dump;

on_both_brokers!(tasks_of_other_programs_are_imported_once_and_come_out_as_they_went_in);

/// Those of the three files, and one made here.
const TASKS: usize = 9 + 6 + 2 + 1;

/// Imports a file that nothing is wrong with: what standard output and standard error say.
fn import(system: &System, file: &str) -> (String, String) {
    let output = system.tasklog.run(&["import", file, "--time-zone", "Europe/Berlin"]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "tasklog import {file}: {}\n{out}\n{err}", output.status);
    (out.into_owned(), err.into_owned())
}

/// Writes a file of the test's own: its path.
fn written(system: &System, name: &str, bytes: &[u8]) -> String {
    let file = system.folder().join(name);
    fs::write(&file, bytes).unwrap();
    file.to_str().unwrap().to_owned()
}

fn testdata(name: &str) -> String {
    tests::root().join("formats/testdata").canonicalize().unwrap().join(name).to_str().unwrap().to_owned()
}

/// All that the API shows of tasks and reminders.
async fn everything(api: &Api) -> (Vec<Value>, Vec<Value>) {
    (api.all_items("/tasks?limit=200&sort=title", "").await, api.all_items("/reminders?limit=200", "").await)
}

fn titled<'a>(tasks: &'a [Value], title: &str) -> &'a Value {
    tasks.iter().find(|task| task["title"] == title).unwrap_or_else(|| panic!("{title} is not among {tasks:#?}"))
}

async fn tasks_of_other_programs_are_imported_once_and_come_out_as_they_went_in(system: &mut System) {
    let api = system.api();
    let calendar = written(system, "calendar.ics", CALENDAR.as_bytes());
    let (taskwarrior, todoist) = (testdata("taskwarrior-2.6.json"), testdata("todoist-project.csv"));

    let (out, err) = import(system, &calendar);
    assert!(out.contains("2 imported, 0 already there, 0 refused, 2 reminders made"), "{out}");
    for part in ["VTODO at line 4 (UID 4711@example.org): GEO \"52.52;13.405\"", "left out: VEVENT (1)"] {
        assert!(err.contains(part), "the report says {part}:\n{err}");
    }
    let (out, err) = import(system, &taskwarrior);
    assert!(out.contains("9 imported, 0 already there, 0 refused"), "{out}");
    assert!(err.contains("left out: deleted task (1)") && err.contains("client \"ACME\""), "{err}");
    let (out, err) = import(system, &todoist);
    assert!(out.contains("6 imported, 0 already there, 0 refused"), "{out}");
    assert!(err.contains("task at line 11: DATE \"jeden zweiten Dienstag\""), "{err}");

    let (tasks, _) = everything(&api).await;
    shows_the_calendar(&api, &tasks).await;
    shows_the_others(&tasks);

    // A task with a reminder that no file brought.
    let own = json!({"title": "Made here", "due_at": "2090-06-01T09:00:00", "time_zone": "Asia/Tokyo"});
    let (own, _) = api.create(&own).await;
    let reminders = format!("/tasks/{}/reminders", own["id"].as_str().unwrap());
    let reminder = json!({"remind_at": "2090-05-31T20:00:00", "time_zone": "America/New_York"});
    let token = api.post(&reminders, &reminder).send().await.expect(201).token();
    for path in ["/tasks?limit=1", "/reminders?limit=1"] {
        api.get(path).token(&token).send().await.expect(200);
    }
    let before = everything(&api).await;
    assert_eq!((before.0.len(), before.1.len()), (TASKS, 3));

    for file in [&taskwarrior, &todoist, &calendar] {
        let (out, _) = import(system, file);
        assert!(out.contains("0 imported") && out.contains("0 refused, 0 reminders made"), "{file}: {out}");
    }
    same(&before, &everything(&api).await);
    exports_bring_nothing_new(system, &before).await;
}

async fn shows_the_calendar(api: &Api, tasks: &[Value]) {
    let tax = titled(tasks, "Hand in the tax return");
    for (field, value) in [
        ("description", json!("Forms are in the blue folder.\nAsk Ann.")),
        ("tags", json!(["Money"])),
        ("priority", json!("urgent")),
        ("due_at", json!("2090-12-03T17:00:00")),
        ("time_zone", json!("Europe/Berlin")),
    ] {
        assert_eq!(tax[field], value, "{field}");
    }
    assert_eq!(tax["recurrence_pattern"]["rrule"], "FREQ=YEARLY");
    let path = format!("/tasks/{}/reminders?limit=10", tax["id"].as_str().unwrap());
    let reminders = api.all_items(&path, "").await;
    let [at, before] = reminders.as_slice() else { panic!("{reminders:#?}") };
    assert_eq!((&at["remind_at"], &at["time_zone"]), (&json!("2090-12-02T10:00:00"), &json!("Europe/Berlin")));
    assert_eq!((&before["before_due"], &before["remind_utc"]), (&json!("PT30M"), &json!("2090-12-03T15:30:00Z")));
    let back = titled(tasks, "Call back");
    assert_eq!((&back["status"], &back["due_at"]), (&json!("pending"), &json!("2090-12-04T08:00:00")));
}

fn shows_the_others(tasks: &[Value]) {
    let rent = titled(tasks, "Pay the rent");
    assert_eq!((&rent["due_at"], &rent["priority"]), (&json!("2026-12-31T09:00:00"), &json!("high")));
    assert!(rent["recurrence_pattern"]["rrule"].as_str().unwrap().starts_with("FREQ=MONTHLY;"), "{rent}");
    assert_eq!(titled(tasks, "Write report")["status"], "in_progress");
    let done = titled(tasks, "Old thing");
    assert_eq!((&done["status"], &done["completed_at"]), (&json!("completed"), &json!("2026-11-29T03:49:45Z")));
    let accountant = titled(tasks, "Call the accountant");
    assert_eq!((&accountant["due_date"], &accountant["priority"]), (&json!("2026-12-01"), &json!("urgent")));
    let mut tags: Vec<&str> = accountant["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
    tags.sort_unstable();
    assert_eq!(tags, ["money", "phone"]);
}

/// What was exported is imported again, and everything stays as it is.
async fn exports_bring_nothing_new(system: &System, before: &(Vec<Value>, Vec<Value>)) {
    let api = system.api();
    for name in ["tasks.ics", "tasks.csv"] {
        let file = written(system, name, b"an earlier export\n");
        system.tasklog.run_well(&["export", "--output", &file]);
        let (out, err) = import(system, &file);
        let counts = format!("0 imported, {TASKS} already there, 0 refused, 0 reminders made");
        assert!(out.contains(&counts), "{name}: {out}\n{err}");
        same(before, &everything(&api).await);
    }
    let calendar = system.tasklog.run_well(&["export", "--format", "ical"]);
    let count = |part: &str| calendar.matches(part).count();
    assert_eq!((count("BEGIN:VCALENDAR"), count("BEGIN:VTODO"), count("BEGIN:VALARM")), (1, TASKS, 3));
    assert!(system.tasklog.run_well(&["export", "--format", "csv"]).starts_with("id,title,"));

    // What is compressed, whatever it is called.
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(calendar.as_bytes()).unwrap();
    let file = written(system, "zipped", &zipped.finish().unwrap());
    assert!(import(system, &file).0.contains(&format!("0 imported, {TASKS} already there")));
    same(before, &everything(&api).await);
}

fn same(before: &(Vec<Value>, Vec<Value>), after: &(Vec<Value>, Vec<Value>)) {
    assert_eq!(before.0, after.0, "tasks");
    assert_eq!(before.1, after.1, "reminders");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_of_its_format_is_told_with_the_line_and_nothing_of_it_is_imported() {
    let system = System::start(Broker::Embedded).await;
    let cut_off = CALENDAR.split("END:VEVENT").next().unwrap();
    for (name, text, said) in [
        ("cut.ics", cut_off, "cut.ics cannot be read as icalendar: line "),
        (
            "cut.json",
            "[\n{\"uuid\":\"1\",\"description\":\"x\"},\n{",
            "cut.json cannot be read as taskwarrior: line 3: ",
        ),
        ("cells.csv", "what,when\nx,y\n", "cells.csv cannot be read as csv: line 1: "),
    ] {
        let file = written(&system, name, text.as_bytes());
        let output = dump::try_import(&system, &file);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {err}");
        let is_told = |line: &str| line.starts_with("tasklog: ") && line.contains(said);
        assert!(err.lines().any(is_told), "{name}: {err}");
    }
    let file = written(&system, "tasks.jsonl", b"{\"title\":\"x\"}\n");
    let output = system.tasklog.run(&["import", &file, "--format", "icalendar"]);
    assert_eq!(output.status.code(), Some(1), "the flag goes before what the file looks like");
    let output = system.tasklog.run(&["import", &file, "--time-zone", "Mars/Olympus"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("IANA"), "a zone that there is not");
    let listed = system.api().get("/tasks?limit=1&total=true").send().await.expect(200).json();
    assert_eq!(listed["total"], json!(0));
}
