//! `GET /tasks/export`: all tasks, in one answer that is written page by page.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use domain::task::{TaskDeleted, TaskEvent};
use domain::topics::REMINDERS;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::asking::scheduled;
use crate::world::*;

/// More than two pages.
const TASKS: u128 = 450;

async fn get(world: &World, path: &str) -> (StatusCode, HeaderMap, String) {
    let answer = world.router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
}

/// One task is deleted; the first and the last have a reminder.
async fn world_of_pages() -> World {
    let world = World::new().await;
    for n in 0..TASKS {
        let mut task = task(id(n), &format!("Task {n}"));
        task.created_at += chrono::TimeDelta::seconds(n as i64);
        world.append(task_record(id(n), 1, &TaskEvent::Created(task)));
    }
    let gone = TaskEvent::Deleted(TaskDeleted { deleted_at: start() });
    world.append(task_record(id(7), 2, &gone));
    for (reminder, task) in [(1_000, 0), (1_001, TASKS - 1)] {
        world.append(record(REMINDERS, id(reminder), 1, &scheduled(reminder, task, 60)));
    }
    world.start_projector();
    world.settle().await;
    world
}

#[tokio::test]
async fn given_more_tasks_than_a_page_holds_when_exported_then_each_is_there_once_oldest_first_in_every_format() {
    let world = world_of_pages().await;
    let expected: Vec<String> = (0..TASKS).filter(|n| *n != 7).map(|n| format!("Task {n}")).collect();

    let (status, headers, lines) = get(&world, "/tasks/export").await;
    assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"application/x-ndjson".parse().unwrap()));
    let date = world.clock.now().date_naive();
    assert_eq!(headers["content-disposition"], format!("attachment; filename=\"tasklog-{date}.jsonl\""));
    assert!(headers.contains_key("consistency-token"));
    let tasks: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tasks.iter().map(|task| task["title"].as_str().unwrap()).collect::<Vec<_>>(), expected);
    let (_, _, listed) = world.get("/tasks?sort=created_at&limit=1").await;
    assert_eq!(tasks[0], listed["items"][0], "as the API shows it");

    let (_, headers, table) = get(&world, "/tasks/export?format=csv").await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    assert!(table.starts_with("id,title,"), "{table}");
    assert_eq!(table.lines().skip(1).map(|row| row.split(',').nth(1).unwrap()).collect::<Vec<_>>(), expected);

    let (_, headers, calendar) = get(&world, "/tasks/export?format=ics").await;
    assert_eq!(headers["content-type"], "text/calendar; charset=utf-8");
    assert!(headers["content-disposition"].to_str().unwrap().ends_with(".ics\""));
    let summaries = calendar.lines().filter_map(|line| line.strip_prefix("SUMMARY:"));
    assert_eq!(summaries.collect::<Vec<_>>(), expected);
    let alarms = calendar.matches("BEGIN:VALARM").count();
    assert_eq!((alarms, calendar.matches("END:VCALENDAR").count()), (2, 1));
}

#[tokio::test]
async fn given_a_format_that_there_is_not_when_exported_then_422_names_what_would_be_right() {
    let world = World::new().await;
    world.start_projector();
    let (status, _, problem) = world.get("/tasks/export?format=xml").await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &"format".into()));
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("ics"), "{problem}");
    assert_eq!(world.get("/tasks/export?status=pending").await.0, 422);
}

#[tokio::test]
async fn given_no_task_when_exported_then_the_file_is_whole_and_empty() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "task")));
    world.append(task_record(id(1), 2, &TaskEvent::Deleted(TaskDeleted { deleted_at: start() })));
    world.start_projector();
    world.settle().await;
    assert_eq!(get(&world, "/tasks/export?format=jsonl").await.2, "");
    assert_eq!(get(&world, "/tasks/export?format=csv").await.2.lines().count(), 1);
    let calendar = get(&world, "/tasks/export?format=ics").await.2;
    assert!(calendar.starts_with("BEGIN:VCALENDAR") && calendar.ends_with("END:VCALENDAR\r\n"), "{calendar}");
}
