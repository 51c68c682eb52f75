//! What becomes of what is below a task when that is done, deleted, or there again.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::task::{Lineage, Status, Task, TaskAggregate, TaskCommand, TaskPatch, copied_task_id};
use domain::{tenant, topics};
use process::commands::Answer;
use process::manager::ProcessManager as _;
use process::subtasks::Subtasks;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::*;

/// The task 1, the tasks 2 and 3 below it, and 4 below 2.
pub(crate) async fn tree() -> World {
    let world = World::new().await;
    grow(&world, json!({"title": "whole"}));
    world.settle().await;
    world.advance(TimeDelta::seconds(1));
    world
}

pub(crate) fn grow(world: &World, top: Value) {
    world.create(1, top);
    for (n, parent) in [(2, 1), (3, 1), (4, 2)] {
        world.create(n, json!({"title": format!("part {n}"), "parent_id": id(parent)}));
    }
}

/// Works until nothing is left to do; what people do next is later.
pub(crate) async fn settle(world: &World) {
    world.settle().await;
    world.advance(TimeDelta::seconds(1));
}

pub(crate) fn statuses<const N: usize>(world: &World, tasks: [u128; N]) -> [Option<Status>; N] {
    let all = world.tasks();
    tasks.map(|n| all.get(&id(n)).map(|task| task.status))
}

/// The tasks right below one, by title.
pub(crate) fn below(world: &World, parent: Uuid) -> Vec<Task> {
    let mut below: Vec<Task> = world.tasks().into_values().filter(|task| task.parent_id == Some(parent)).collect();
    below.sort_by(|a, b| a.title.cmp(&b.title));
    below
}

pub(crate) const DONE: Option<Status> = Some(Status::Completed);
pub(crate) const OPEN: Option<Status> = Some(Status::Pending);
const BEGUN: Option<Status> = Some(Status::InProgress);

#[tokio::test]
async fn given_a_task_that_is_completed_then_its_subtasks_on_all_levels_are_and_are_open_again_with_it() {
    let world = tree().await;
    world.update(id(3), json!({"status": "in_progress"}));
    for _ in 0..2 {
        world.complete(id(1));
        settle(&world).await;
        assert_eq!(statuses(&world, [1, 2, 3, 4]), [DONE, DONE, DONE, DONE]);
        world.update(id(1), json!({"status": "pending"}));
        settle(&world).await;
        assert_eq!(statuses(&world, [1, 2, 3, 4]), [OPEN, OPEN, BEGUN, OPEN], "each as it was");
    }
}

#[tokio::test]
async fn given_a_task_that_is_deleted_then_its_subtasks_are_and_come_back_with_it_whatever_their_status() {
    let world = tree().await;
    world.complete(id(4));
    settle(&world).await;
    world.delete(id(1));
    settle(&world).await;
    assert!(world.tasks().is_empty());
    world.restore(id(1));
    settle(&world).await;
    assert_eq!(statuses(&world, [1, 2, 3, 4]), [OPEN, OPEN, OPEN, DONE]);
}

#[tokio::test]
async fn given_subtasks_that_were_over_before_their_parent_then_they_stay_over_after_it() {
    let world = tree().await;
    world.complete(id(2));
    world.update(id(3), json!({"status": "cancelled"}));
    settle(&world).await;
    world.complete(id(1));
    settle(&world).await;
    assert_eq!(statuses(&world, [2, 3, 4]), [DONE, Some(Status::Cancelled), DONE]);
    world.update(id(1), json!({"status": "pending"}));
    settle(&world).await;
    assert_eq!(statuses(&world, [1, 2, 3]), [OPEN, DONE, Some(Status::Cancelled)]);
}

#[tokio::test]
async fn given_a_subtask_that_somebody_changed_after_its_parents_end_then_it_does_not_come_back_with_it() {
    let world = tree().await;
    world.complete(id(1));
    settle(&world).await;
    world.update(id(2), json!({"title": "mine"}));
    world.update(id(3), json!({"parent_id": null}));
    settle(&world).await;
    world.update(id(1), json!({"status": "pending"}));
    settle(&world).await;
    assert_eq!(statuses(&world, [1, 2, 3, 4]), [OPEN, DONE, DONE, DONE]);
}

#[tokio::test]
async fn given_what_came_below_a_task_after_its_end_or_was_opened_again_then_it_is_left_alone() {
    let world = tree().await;
    world.complete(id(1));
    settle(&world).await;
    world.create(5, json!({"title": "an afterthought", "parent_id": id(1)}));
    world.update(id(3), json!({"status": "pending"}));
    settle(&world).await;
    assert_eq!(statuses(&world, [3, 5]), [OPEN, OPEN]);
    // Nor when all is read again.
    let before = world.twin.len();
    world.forget().await;
    settle(&world).await;
    assert_eq!((statuses(&world, [3, 5]), world.twin.len()), ([OPEN, OPEN], before));
}

#[tokio::test]
async fn given_a_completion_by_hand_that_was_taken_back_when_all_is_read_again_then_it_is_not_completed_once_more() {
    let world = tree().await;
    world.complete(id(3));
    settle(&world).await;
    world.complete(id(1));
    settle(&world).await;
    world.update(id(3), json!({"status": "pending"}));
    settle(&world).await;
    world.forget().await;
    settle(&world).await;
    assert_eq!(statuses(&world, [1, 3]), [DONE, OPEN]);
}

#[tokio::test]
async fn given_the_end_of_a_task_that_is_read_before_its_subtask_then_that_goes_along_once_it_is_read() {
    let world = World::new().await;
    grow(&world, json!({"title": "whole"}));
    world.advance(TimeDelta::seconds(1));
    world.complete(id(1));
    let records = world.twin.records(topics::TASKS, 0);
    let (parts, end) = (&records[1..4], &records[4..]);
    let subtasks = Subtasks::new(Arc::new(world.twin.clone()), world.pool.clone());
    for batch in [end, parts] {
        let changes = subtasks.handle(batch).await.unwrap();
        let mut transaction = platform::postgres::begin(&world.pool).await.unwrap();
        subtasks.write(&mut transaction, &changes).await.unwrap();
        transaction.commit().await.unwrap();
    }
    assert_eq!(statuses(&world, [2, 3]), [DONE, DONE]);
    settle(&world).await;
    assert_eq!(statuses(&world, [2, 3, 4]), [DONE, DONE, DONE]);
}

/// The tasks 1 and 2 are moved below each other at the same time: both are told of what was before.
pub(crate) fn into_a_ring(world: &World) {
    for (n, parent) in [(1, 2), (2, 1)] {
        let mut lineage = Lineage::of(id(parent));
        lineage.learn(Some(&Task { id: id(parent), version: 1, ..Task::default() }));
        let body = json!({"parent_id": id(parent)});
        let patch = TaskPatch::from_json(body.as_object().unwrap()).unwrap();
        let command = TaskCommand::Update { patch, at: world.twin.now() }.below(lineage);
        let answer = world.twin.user::<TaskAggregate>(id(n), command);
        assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    }
}

#[tokio::test]
async fn given_two_moves_at_once_that_make_a_ring_then_what_is_done_to_it_ends() {
    let world = World::new().await;
    world.create(1, json!({"title": "hen"}));
    world.create(2, json!({"title": "egg"}));
    world.settle().await;
    into_a_ring(&world);
    settle(&world).await;
    world.complete(id(1));
    settle(&world).await;
    assert_eq!(statuses(&world, [1, 2]), [DONE, DONE]);
    world.update(id(1), json!({"status": "pending"}));
    settle(&world).await;
    assert_eq!(statuses(&world, [1, 2]), [OPEN, OPEN]);
    // One of them is led out of it.
    world.update(id(1), json!({"parent_id": null}));
    settle(&world).await;
    assert_eq!(below(&world, id(1)).len(), 1);
}

/// A task due on Monday, November 30, that repeats every week.
pub(crate) fn weekly() -> Value {
    json!({"title": "whole", "due_date": "2026-11-30", "recurrence_pattern": {"rrule": "FREQ=WEEKLY"}})
}

#[tokio::test]
async fn given_a_subtask_that_repeats_when_completed_then_the_next_one_is_below_the_same_task() {
    let world = tree().await;
    let daily = json!({"due_date": "2026-11-30", "recurrence_pattern": {"rrule": "FREQ=DAILY"}, "rank": "a0"});
    world.update(id(3), daily);
    world.complete(id(3));
    settle(&world).await;
    let next: Vec<Task> = below(&world, id(1)).into_iter().filter(|task| task.series_id == Some(id(3))).collect();
    assert_eq!((next.len(), next[1].rank.as_deref()), (2, Some("a0")));
}

#[tokio::test]
async fn given_a_subtask_that_repeats_when_its_parent_is_completed_then_it_repeats_no_more_until_that_is_open_again() {
    let world = tree().await;
    world.update(id(3), json!({"due_date": "2026-11-30", "recurrence_pattern": {"rrule": "FREQ=DAILY"}}));
    settle(&world).await;
    world.complete(id(1));
    settle(&world).await;
    assert_eq!(world.tasks().len(), 4, "no next one");
    assert_eq!(world.tasks()[&id(3)].recurrence, None);
    world.update(id(1), json!({"status": "pending"}));
    settle(&world).await;
    let part = &world.tasks()[&id(3)];
    assert_eq!((part.status, part.recurrence.is_some()), (Status::Pending, true));
}

#[tokio::test]
async fn given_a_task_that_repeats_when_completed_then_the_next_one_has_its_subtasks_open_again_on_all_levels() {
    let world = World::new().await;
    grow(&world, weekly());
    world.update(id(2), json!({"due_date": "2026-11-29", "rank": "a0"}));
    world.complete(id(3));
    world.create(5, json!({"title": "given up", "parent_id": id(1), "status": "cancelled"}));
    settle(&world).await;
    world.complete(id(1));
    settle(&world).await;
    let next = world.tasks().into_values().find(|task| task.series_id == Some(id(1)) && task.id != id(1)).unwrap();
    let parts = below(&world, next.id);
    let shown: Vec<_> = parts
        .iter()
        .map(|part| (part.title.as_str(), part.status, part.due.map(|due| due.day().to_string())))
        .collect();
    assert_eq!(shown, [("part 2", Status::Pending, Some("2026-12-06".to_owned())), ("part 3", Status::Pending, None)]);
    assert_eq!((parts[0].id, parts[0].rank.as_deref()), (copied_task_id(tenant::DEFAULT, next.id, id(2)), Some("a0")));
    assert_eq!(below(&world, parts[0].id)[0].title, "part 4");
    assert_eq!(statuses(&world, [2, 3, 4]), [DONE, DONE, DONE]);
    // Taken back, they go with what they are below; and come again with it.
    world.update(id(1), json!({"status": "pending"}));
    settle(&world).await;
    assert_eq!(world.tasks().len(), 5);
    assert_eq!(statuses(&world, [2, 3, 4]), [OPEN, DONE, OPEN]);
    world.complete(id(1));
    settle(&world).await;
    assert_eq!((below(&world, next.id), world.tasks().len()), (restored(&parts), 9));
    let before = world.twin.len();
    world.forget().await;
    settle(&world).await;
    assert_eq!(world.twin.len(), before, "a replay gave commands");
}

/// The same after they were deleted and restored.
fn restored(tasks: &[Task]) -> Vec<Task> {
    let again =
        |task: &Task| Task { version: task.version + 2, updated_at: start() + TimeDelta::seconds(3), ..task.clone() };
    tasks.iter().map(again).collect()
}
