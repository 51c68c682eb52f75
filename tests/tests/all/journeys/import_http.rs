//! Files by `POST /tasks/import` and `GET /tasks/export`: the same as `tasklog import` and `tasklog export` make.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use tests::http::{Answer, Api};
use tests::system::System;

use super::calendar_file::CALENDAR;

on_both_brokers!(a_file_that_is_posted_comes_in_once_with_its_reminders_and_says_what_is_lost);

async fn post(api: &Api, query: &str, media_type: &str, file: &str) -> Answer {
    let call = api.call(Method::POST, &format!("/tasks/import{query}"));
    call.body(media_type, file.as_bytes().to_vec()).send().await
}

/// The report of a file that is taken.
async fn imported(api: &Api, query: &str, media_type: &str, file: &str) -> Value {
    post(api, query, media_type, file).await.expect(200).json()
}

fn statuses(report: &Value) -> Vec<u64> {
    report["results"].as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect()
}

/// All reminders, once what was written by the call is shown.
async fn reminders(api: &Api, answer: &Answer) -> Vec<Value> {
    if answer.headers.contains_key("consistency-token") {
        api.get("/reminders?limit=1").token(&answer.token()).send().await.expect(200);
    }
    api.all_items("/reminders?limit=200", "").await
}

async fn a_file_that_is_posted_comes_in_once_with_its_reminders_and_says_what_is_lost(system: &mut System) {
    let api = system.api();
    a_calendar(system, &api).await;
    more_tasks_than_one_request_imports(&api).await;
    a_parent_that_is_gone(&api).await;
    an_export_brings_nothing_new(system, &api).await;
    what_is_refused(&api).await;
}

async fn a_calendar(system: &System, api: &Api) {
    let query = "?format=icalendar&time_zone=Europe/Berlin";
    let answer = post(api, query, "text/calendar", CALENDAR).await.expect(200);
    let report = answer.json();
    let [tax, back] = report["results"].as_array().unwrap().as_slice() else { panic!("{report:#}") };
    assert_eq!((&tax["status"], &tax["line"], &tax["reminders"]), (&json!(201), &json!(1), &json!(2)));
    assert_eq!(tax["source"], "VTODO at line 4 (UID 4711@example.org)");
    assert_eq!((&tax["lost"][0]["field"], &tax["lost"][0]["value"]), (&json!("GEO"), &json!("52.52;13.405")));
    assert_eq!((back["status"].as_u64(), back.get("lost"), back.get("reminders")), (Some(201), None, None));
    assert_eq!((&report["tasks"], report.get("next")), (&json!(2), None));
    assert_eq!(report["left_out"], json!([{"what": "VEVENT", "count": 1}]));

    // A time that names no zone is in the one that was asked for.
    let task = format!("/tasks/{}", back["id"].as_str().unwrap());
    let task = api.get(&task).token(&answer.token()).send().await.expect(200).json();
    assert_eq!((&task["due_at"], &task["time_zone"]), (&json!("2090-12-04T08:00:00"), &json!("Europe/Berlin")));
    let of_task = format!("/tasks/{}/reminders?limit=10", tax["id"].as_str().unwrap());
    let made = api.get(&of_task).token(&answer.token()).send().await.expect(200).json();
    let made = made["items"].as_array().unwrap();
    assert_eq!((made.len(), &made[1]["before_due"]), (2, &json!("PT30M")));

    // By its media type too; and what the command line makes of it is the same.
    let again = post(api, "?time_zone=Europe/Berlin", "text/calendar; charset=utf-8", CALENDAR).await.expect(200);
    assert_eq!(statuses(&again.json()), [200, 200], "{}", again.text());
    let file = system.folder().join("posted.ics");
    fs::write(&file, CALENDAR).unwrap();
    let output = system.tasklog.run(&["import", file.to_str().unwrap(), "--time-zone", "Europe/Berlin"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("0 imported, 2 already there, 0 refused, 0 reminders made"), "{said}");
    assert_eq!(reminders(api, &again).await.len(), 2);
}

async fn more_tasks_than_one_request_imports(api: &Api) {
    // The first row is a part of the last one.
    let rows: String = (1..1_200).map(|n| format!("{n},Row {n},{}\n", if n == 1 { "1199" } else { "" })).collect();
    let table = format!("id,title,parent_id\n{rows}");
    let first = imported(api, "", "text/csv", &table).await;
    assert_eq!((&first["tasks"], &first["next"]), (&json!(1_199), &json!(1_001)));
    assert!(statuses(&first) == [201; 1_000], "{:?}", statuses(&first));
    let rest = imported(api, "?from=1001", "text/csv", &table).await;
    assert_eq!((statuses(&rest), rest.get("next")), (vec![201; 199], None));
    let results = rest["results"].as_array().unwrap();
    assert_eq!((&results[0]["line"], &results[0]["source"]), (&json!(1), &json!("row at line 2")));
    assert!(results.iter().all(|result| result.get("lost").is_none()), "{rest:#}");
    assert_eq!(statuses(&imported(api, "?from=1001", "text/csv", &table).await), [200; 199]);
}

async fn a_parent_that_is_gone(api: &Api) {
    let whole = imported(api, "?format=csv", "application/octet-stream", "id,title\na1,Whole\n").await;
    api.delete(&format!("/tasks/{}", whole["results"][0]["id"].as_str().unwrap())).send().await.expect(204);
    let table = "id,title,parent_id\na1,Whole,\na2,Part,a1\n";
    let report = imported(api, "", "text/csv", table).await;
    assert_eq!(statuses(&report)[1], 201, "{report:#}");
    assert_eq!(report["results"][1]["lost"][0]["field"], "parent_id");
    assert_eq!(statuses(&imported(api, "", "text/csv", table).await), [200, 200]);
}

async fn an_export_brings_nothing_new(system: &System, api: &Api) {
    let own = json!({"title": "Made here", "due_at": "2090-06-01T09:00:00", "time_zone": "Asia/Tokyo"});
    let (own, _) = api.create(&own).await;
    let path = format!("/tasks/{}/reminders", own["id"].as_str().unwrap());
    let made = api.post(&path, &json!({"before_due": "PT1H"})).send().await.expect(201);
    let before = reminders(api, &made).await;
    assert_eq!(before.len(), 3);
    for format in ["jsonl", "csv", "ics"] {
        let answer = api.get(&format!("/tasks/export?format={format}")).send().await.expect(200);
        assert!(answer.header("content-disposition").ends_with(&format!(".{format}\"")));
        assert!(
            answer.text() == system.tasklog.run_well(&["export", "--format", format]),
            "{format}: as the command does"
        );
    }
    let exported = system.tasklog.run_well(&["export", "--format", "ical"]);
    // The second part has the task that was made here.
    for query in ["", "?from=1001"] {
        let answer = post(api, query, "text/calendar", &exported).await.expect(200);
        let statuses = statuses(&answer.json());
        assert!(statuses.len() > 100 && statuses.iter().all(|status| *status == 200), "{}", answer.text());
        assert_eq!(reminders(api, &answer).await, before);
    }
}

async fn what_is_refused(api: &Api) {
    let refused = post(api, "?format=xml", "text/csv", "title\nx\n").await.expect(422);
    assert_eq!(refused.fields(), ["format"]);
    assert!(refused.problem().contains("invalid") && refused.text().contains("todoist"), "{}", refused.text());
    let cut_off = CALENDAR.split("END:VEVENT").next().unwrap();
    let refused = post(api, "", "text/calendar", cut_off).await.expect(400);
    assert!(refused.text().contains("icalendar: line "), "{}", refused.text());
    post(api, "?format=csv", "text/plain", "title\nx\n").await.expect(415);
    let large = format!("title\n{}\n", "x".repeat(1_100_000));
    post(api, "", "text/csv", &large).await.expect(413);
}
