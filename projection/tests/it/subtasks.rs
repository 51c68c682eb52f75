//! The tasks below one: in their order, page by page, whatever comes and goes; and nothing of what is elsewhere.

use chrono::TimeDelta;
use domain::task::{TaskChanges, TaskCreated, TaskDeleted, TaskEvent, TaskUpdated};
use serde_json::Value;
use uuid::Uuid;

use crate::world::*;

/// A task below the task 1.
fn below(n: u128, rank: Option<&str>, second: i64) -> TaskCreated {
    let created_at = start() + TimeDelta::seconds(second);
    TaskCreated {
        parent_id: Some(id(1)),
        rank: rank.map(str::to_owned),
        created_at,
        updated_at: created_at,
        ..task(id(n), &format!("part {n}"))
    }
}

/// The task 1 and what is below it: in the order that their numbers do not have.
async fn world() -> World {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &created(id(1), "whole")));
    world.append(task_record(id(2), 1, &created(id(2), "elsewhere")));
    let parts = [
        below(9, Some("Zz"), 5),
        below(8, Some("a"), 4),
        below(7, Some("a0"), 9),
        below(6, Some("a0"), 9),
        below(5, None, 1),
        below(4, None, 0),
        TaskCreated { parent_id: Some(id(4)), ..below(3, Some("0"), 0) },
    ];
    for part in parts {
        world.append(task_record(part.id, 1, &TaskEvent::Created(part)));
    }
    world.start_projector();
    world.settle().await;
    world
}

async fn page(world: &World, query: &str) -> (Vec<Uuid>, Option<String>) {
    let (status, headers, body) = world.get(&format!("/tasks/{}/subtasks?{query}", id(1))).await;
    assert_eq!(status, 200, "{query}: {body}");
    assert!(headers.contains_key("consistency-token"));
    let of = |item: &Value| item["id"].as_str().unwrap().parse().unwrap();
    (body["items"].as_array().unwrap().iter().map(of).collect(), body["next_cursor"].as_str().map(str::to_owned))
}

fn ids<const N: usize>(numbers: [u128; N]) -> Vec<Uuid> {
    numbers.map(id).to_vec()
}

#[tokio::test]
async fn given_tasks_below_one_when_listed_then_by_rank_and_those_without_last_and_none_from_elsewhere() {
    let world = world().await;
    assert_eq!(page(&world, "").await, (ids([9, 8, 6, 7, 4, 5]), None));
    let (status, _, body) = world.get(&format!("/tasks/{}", id(9))).await;
    assert_eq!((status.as_u16(), &body["rank"]), (200, &Value::from("Zz")));
    assert_eq!(body["parent_id"].as_str(), Some(id(1).to_string().as_str()));
    for parent in [id(2), id(9)] {
        assert_eq!(world.get(&format!("/tasks/{parent}/subtasks")).await.2["items"], Value::from(Vec::<Value>::new()));
    }
}

#[tokio::test]
async fn given_pages_when_tasks_come_and_go_in_between_then_none_is_lost_and_none_comes_twice() {
    let world = world().await;
    let (first, cursor) = page(&world, "limit=2").await;
    assert_eq!(first, ids([9, 8]));
    // The last one of the page goes, one comes before it, one behind it, and one is moved away.
    let deleted = TaskEvent::Deleted(TaskDeleted { deleted_at: start() });
    world.append(task_record(id(8), 2, &deleted));
    for part in [below(20, Some("0"), 0), below(21, Some("zz"), 0)] {
        world.append(task_record(part.id, 1, &TaskEvent::Created(part)));
    }
    let changes = TaskChanges { parent_id: Some(None), ..TaskChanges::default() };
    world.append(task_record(id(4), 2, &TaskEvent::Updated(TaskUpdated { changes, updated_at: start() })));
    world.settle().await;
    let (second, cursor) = page(&world, &format!("limit=2&cursor={}", cursor.unwrap())).await;
    assert_eq!(second, ids([6, 7]));
    let (third, cursor) = page(&world, &format!("limit=2&cursor={}", cursor.unwrap())).await;
    assert_eq!((third, cursor), (ids([21, 5]), None));
}

#[tokio::test]
async fn given_what_cannot_be_answered_when_subtasks_are_listed_then_a_problem_says_why() {
    let world = world().await;
    let (_, cursor) = page(&world, "limit=2").await;
    let cursor = cursor.unwrap();
    for (path, expected) in [
        (format!("/tasks/{}/subtasks", id(99)), 404),
        ("/tasks/x/subtasks".to_owned(), 404),
        (format!("/tasks/{}/subtasks?limit=0", id(1)), 422),
        (format!("/tasks/{}/subtasks?sort=title", id(1)), 422),
        (format!("/tasks/{}/subtasks?cursor=x", id(1)), 422),
        (format!("/tasks/{}/subtasks?cursor={cursor}", id(2)), 422),
        (format!("/tasks?sort=title&cursor={cursor}"), 422),
    ] {
        assert_eq!(world.get(&path).await.0, expected, "{path}");
    }
    world.append(task_record(id(1), 2, &TaskEvent::Deleted(TaskDeleted { deleted_at: start() })));
    world.settle().await;
    assert_eq!(world.get(&format!("/tasks/{}/subtasks", id(1))).await.0, 404);
}

#[tokio::test]
async fn given_tasks_that_were_moved_when_rebuilt_then_the_same_bytes() {
    let world = world().await;
    let changes = TaskChanges { parent_id: Some(Some(id(2))), rank: Some(None), ..TaskChanges::default() };
    world.append(task_record(id(9), 2, &TaskEvent::Updated(TaskUpdated { changes, updated_at: start() })));
    world.settle().await;
    let before = world.dump().await;
    world.rebuild("tasks").await;
    world.rebuild("history").await;
    assert_eq!(world.dump().await, before);
}
