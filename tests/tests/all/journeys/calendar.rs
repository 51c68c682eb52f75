//! `GET /tasks.ics`: a calendar program subscribes to the tasks.

use icalendar::{Calendar, CalendarComponent, Component as _, EventLike as _, Todo, TodoStatus};
use serde_json::json;
use tests::http::Answer;
use tests::system::System;

on_both_brokers!(a_calendar_program_follows_the_tasks);

fn todos(answer: Answer) -> Vec<Todo> {
    let answer = answer.expect(200);
    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
    let text = answer.text();
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    let calendar: Calendar = text.parse().unwrap();
    let todos = calendar.components.into_iter().filter_map(|component| match component {
        CalendarComponent::Todo(todo) => Some(todo),
        _ => None,
    });
    todos.collect()
}

async fn a_calendar_program_follows_the_tasks(system: &mut System) {
    let api = system.api();
    let summary =
        "Rent, water; electricity: pay all of them before the landlord\u{2019}s next visit \u{1f3e0}\u{1f4b6}";
    let rent = json!({
        "title": summary, "description": "To \"Müller\"\nand sons; half, not all", "priority": "urgent", "tags": ["home", "a,b"],
        "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin", "recurrence_pattern": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=1"},
    });
    let plants = json!({"title": "Water the plants", "tags": ["home"], "due_date": "2026-11-30"});
    let (created, mut token) = api.create_all(&[rent, plants, json!({"title": "Somewhere else"})]).await;
    let ids: Vec<&str> = created.iter().map(|task| task["id"].as_str().unwrap()).collect();

    let all = todos(api.get("/tasks.ics").token(&token).send().await);
    assert_eq!(all.iter().map(|todo| todo.get_uid().unwrap()).collect::<Vec<_>>(), ids);
    let rent = &all[0];
    assert_eq!(rent.get_summary(), Some(summary));
    assert_eq!(rent.get_description(), Some("To \"Müller\"\nand sons; half, not all"));
    assert_eq!((rent.get_status(), rent.get_priority()), (Some(TodoStatus::NeedsAction), Some(1)));
    assert_eq!(rent.get_categories(), Some(vec!["home".to_owned(), "a,b".to_owned()]));
    assert_eq!((rent.property_value("RRULE"), rent.get_start()), (None, None), "each occurrence is a task of its own");
    let due = &rent.properties()["DUE"];
    assert_eq!((due.value(), due.params()["TZID"].value()), ("20261201T090000", "Europe/Berlin"));
    assert_eq!(all[1].property_value("DUE"), Some("20261130"));

    // The same filters as the list has, in the database and in the index.
    let of_home = api.get("/tasks.ics?tag=home&status=pending").token(&token).send().await;
    let etag = of_home.header("etag").to_owned();
    assert_eq!(todos(of_home).len(), 2);
    assert_eq!(todos(api.get("/tasks.ics?q=plants").token(&token).send().await)[0].get_uid(), Some(ids[1]));
    let dated = todos(api.get("/tasks.ics?due_from=2026-12-01&due_to=2026-12-01").token(&token).send().await);
    assert_eq!(dated[0].get_uid(), Some(ids[0]));
    let refused = api.get("/tasks.ics?limit=5&colour=red").send().await.expect(422);
    assert_eq!(refused.fields(), ["limit", "colour"]);

    // Nothing new: nothing is sent. Something new: everything is.
    let same = api.get("/tasks.ics?tag=home&status=pending").token(&token).header("if-none-match", &etag).send().await;
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, etag.as_str()));
    let done = api.patch(&format!("/tasks/{}", ids[1]), &json!({"status": "completed"})).send().await.expect(200);
    token = done.token();
    let left = api.get("/tasks.ics?tag=home&status=pending").token(&token).header("if-none-match", &etag).send().await;
    assert_eq!(todos(left).len(), 1);
    let plants = &todos(api.get("/tasks.ics?status=completed").token(&token).send().await)[0];
    assert_eq!((plants.get_status(), plants.get_percent_complete()), (Some(TodoStatus::Completed), Some(100)));
    assert_eq!(plants.get_sequence(), Some(2));
    assert!(plants.get_completed().is_some());
}
