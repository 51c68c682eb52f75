//! Which tasks carry a tag, for whoever changes them all.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::task::{TaskChanges, TaskDeleted, TaskEvent, TaskUpdated};
use domain::topics::TASKS;
use projection::lists::tagged::{self, Tagged};
use projection::source::Log as _;
use uuid::Uuid;

use crate::world::*;

const OLD: Tagged<'static> = Tagged { tenant: domain::tenant::DEFAULT, tag: "old", after: None, most: 100 };

fn tags(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

fn tagged_task(n: u128, of: &[&str]) -> TaskEvent {
    TaskEvent::Created(domain::task::TaskCreated { tags: tags(of), ..task(id(n), "x") })
}

/// Where the log of tasks ends.
async fn ends(world: &World) -> BTreeMap<i32, i64> {
    let ends = world.log.end_offsets(&[TASKS]).await.unwrap();
    ends.into_iter().map(|((_, partition), end)| (partition, end)).collect()
}

async fn page(world: &World, tagged: Tagged<'_>) -> Option<Vec<Uuid>> {
    tagged::page(&world.pool, &tagged, &ends(world).await).await.unwrap()
}

#[tokio::test]
async fn given_tasks_when_asked_which_carry_a_tag_then_those_that_are_there_in_the_order_of_their_ids() {
    let world = World::new().await;
    let all: [(u128, &[&str]); 7] =
        [(7, &["old"]), (1, &["a", "old"]), (2, &["Old"]), (3, &["old"]), (4, &["old"]), (5, &[]), (6, &["a"])];
    for (n, of) in all {
        world.append(task_record(id(n), 1, &tagged_task(n, of)));
    }
    let at = start() + TimeDelta::seconds(1);
    world.append(task_record(id(4), 2, &TaskEvent::Deleted(TaskDeleted { deleted_at: at })));
    let changes = TaskChanges { tags: Some(tags(&["old", "b"])), ..TaskChanges::default() };
    world.append(task_record(id(6), 2, &TaskEvent::Updated(TaskUpdated { changes, updated_at: at })));
    world.start_projector();
    world.settle().await;

    let found = |numbers: &[u128]| Some(numbers.iter().map(|n| id(*n)).collect::<Vec<_>>());
    assert_eq!(page(&world, OLD).await, found(&[1, 3, 6, 7]));
    assert_eq!(page(&world, Tagged { most: 2, ..OLD }).await, found(&[1, 3]));
    assert_eq!(page(&world, Tagged { after: Some(id(3)), most: 2, ..OLD }).await, found(&[6, 7]));
    assert_eq!(page(&world, Tagged { after: Some(id(7)), ..OLD }).await, found(&[]));
    assert_eq!(page(&world, Tagged { tag: "nobody's", ..OLD }).await, found(&[]));
    assert_eq!(page(&world, Tagged { tenant: "other", ..OLD }).await, found(&[]));

    // As well from the generation that takes this one's place.
    world.rebuild("tasks").await;
    assert_eq!(page(&world, OLD).await, found(&[1, 3, 6, 7]));
}

#[tokio::test]
async fn given_a_projection_that_is_behind_when_asked_then_there_is_no_answer_until_it_has_read_on() {
    let world = World::new().await;
    world.append(task_record(id(1), 1, &tagged_task(1, &["old"])));
    assert_eq!(page(&world, OLD).await, None, "nothing serves yet");
    let projector = world.start_projector();
    world.settle().await;
    assert_eq!(page(&world, OLD).await, Some(vec![id(1)]));
    projector.abort();
    let _ = projector.await;
    world.append(task_record(id(2), 1, &tagged_task(2, &["old"])));
    assert_eq!(page(&world, OLD).await, None);
    world.start_projector();
    world.settle().await;
    assert_eq!(page(&world, OLD).await, Some(vec![id(1), id(2)]));
}
