//! `GET /tasks.ics`: all that match, in one answer that is written page by page.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use domain::task::{Status, TaskEvent};
use icalendar::{Calendar, CalendarComponent, Component as _};
use tower::ServiceExt as _;

use crate::world::*;

async fn get(world: &World, path: &str, if_none_match: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).header("If-None-Match", if_none_match).body(Body::empty()).unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
}

/// The summaries of a feed, in its order.
async fn summaries(world: &World, path: &str) -> Vec<String> {
    let (status, headers, text) = get(world, path, "\"none\"").await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(headers["content-type"], "text/calendar; charset=utf-8");
    let calendar: Calendar = text.parse().unwrap();
    let summary = |component: &CalendarComponent| match component {
        CalendarComponent::Todo(todo) => todo.get_summary().unwrap_or_default().to_owned(),
        other => panic!("{other:?} is no task"),
    };
    calendar.components.iter().map(summary).collect()
}

/// 450 tasks, which are three pages: every third is in progress, every tenth is tagged.
async fn world_of_pages() -> World {
    let world = World::new().await;
    for n in 0..450 {
        let mut task = task(id(n), &format!("Task {n}"));
        task.created_at += chrono::TimeDelta::seconds(n as i64);
        task.status = if n % 3 == 0 { Status::InProgress } else { Status::Pending };
        task.tags = if n % 10 == 0 { vec!["tenth".to_owned()] } else { Vec::new() };
        world.append(task_record(id(n), 1, &TaskEvent::Created(task)));
    }
    world.start_projector();
    world.settle().await;
    world
}

#[tokio::test]
async fn given_more_tasks_than_a_page_holds_when_the_feed_is_read_then_all_that_match_are_in_it_once_oldest_first() {
    let world = world_of_pages().await;
    let titles = |keep: fn(&usize) -> bool| (0..450).filter(keep).map(|n| format!("Task {n}")).collect::<Vec<_>>();
    assert_eq!(summaries(&world, "/tasks.ics").await, titles(|_| true));
    assert_eq!(summaries(&world, "/tasks.ics?status=in_progress").await, titles(|n| n % 3 == 0));
    assert_eq!(summaries(&world, "/tasks.ics?tag=tenth&status=pending").await, titles(|n| n % 10 == 0 && n % 3 != 0));
    assert!(summaries(&world, "/tasks.ics?overdue=true").await.is_empty());
}

#[tokio::test]
async fn given_a_feed_that_was_read_when_nothing_has_changed_then_304_and_after_a_change_it_is_read_again() {
    let world = world_of_pages().await;
    let (_, headers, _) = get(&world, "/tasks.ics?tag=tenth", "\"none\"").await;
    let etag = headers["etag"].to_str().unwrap().to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    // Of no concern to this feed.
    world.append(task_record(id(1), 2, &renamed("other", 2)));
    world.settle().await;
    let (status, headers, text) = get(&world, "/tasks.ics?tag=tenth", &etag).await;
    assert_eq!((status, text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(headers["etag"], etag);
    assert!(headers.contains_key("consistency-token"));
    world.append(task_record(id(20), 2, &renamed("changed", 2)));
    world.settle().await;
    let (status, headers, text) = get(&world, "/tasks.ics?tag=tenth", &etag).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["etag"] != etag && text.contains("SUMMARY:changed\r\nUID:"));
    assert!(text.contains("SEQUENCE:2\r\n"));
}

#[tokio::test]
async fn given_parameters_of_a_page_or_bad_values_when_a_feed_is_asked_for_then_422_names_them() {
    let world = World::new().await;
    for (query, field) in
        [("limit=5", "limit"), ("cursor=x", "cursor"), ("sort=due", "sort"), ("status=done", "status")]
    {
        let (status, _, problem) = world.get(&format!("/tasks.ics?{query}")).await;
        assert_eq!((status.as_u16(), problem["errors"][0]["field"].as_str()), (422, Some(field)), "{query}");
    }
    let request = Request::get("/tasks.ics").header("Prefer", "wait=0").body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.0, 503, "nothing is known before a projector has run");
}
