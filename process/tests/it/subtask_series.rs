//! Subtasks that repeat, or are below a task that does, when one occurrence was changed alone.

use chrono::TimeDelta;
use domain::task::{Status, Task};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::subtasks::*;
use crate::world::*;

/// Completes the task 1, which repeats; the one that follows it.
async fn followed(world: &World) -> Task {
    world.complete(id(1));
    settle(world).await;
    world.tasks().into_values().find(|task| task.series_id == Some(id(1)) && task.id != id(1)).unwrap()
}

/// Title and due day of what is below a task.
fn shown(world: &World, parent: Uuid) -> Vec<(String, Option<String>)> {
    let shown = |task: Task| (task.title, task.due.map(|due| due.day().to_string()));
    below(world, parent).into_iter().map(shown).collect()
}

fn part(title: &str, day: Option<&str>) -> (String, Option<String>) {
    (title.to_owned(), day.map(str::to_owned))
}

fn daily(generate: &str, day: &str) -> Value {
    json!({"due_date": day, "recurrence_pattern": {"rrule": "FREQ=DAILY", "generate": generate}})
}

#[tokio::test]
async fn given_what_was_changed_for_one_occurrence_alone_then_the_copies_are_as_if_it_had_not_been() {
    let world = World::new().await;
    grow(&world, weekly());
    world.update(id(2), json!({"due_date": "2026-11-29"}));
    world.update(id(3), daily("when_completed", "2026-11-30"));
    world.update_this(id(3), json!({"title": "but today", "tags": ["once"], "due_date": "2026-12-02"}));
    // Those below it stay where they are.
    world.update_this(id(1), json!({"due_date": "2026-12-03"}));
    settle(&world).await;
    let next = followed(&world).await;
    assert_eq!(next.due.map(|due| due.day().to_string()).as_deref(), Some("2026-12-07"));
    let expected = [part("part 2", Some("2026-12-06")), part("part 3", Some("2026-12-07"))];
    assert_eq!(shown(&world, next.id), expected);
    let copy = &below(&world, next.id)[1];
    assert_eq!((copy.tags.len(), copy.recurrence.is_some()), (0, true));
}

#[tokio::test]
async fn given_a_level_without_a_due_date_then_what_is_below_it_moves_with_the_task_above_it() {
    let world = World::new().await;
    grow(&world, weekly());
    world.update(id(4), json!({"due_date": "2026-11-29"}));
    world.create(5, json!({"title": "part 5", "parent_id": id(4), "due_date": "2026-11-28"}));
    settle(&world).await;
    let next = followed(&world).await;
    assert_eq!(shown(&world, next.id), [part("part 2", None), part("part 3", None)]);
    let second = below(&world, next.id)[0].id;
    assert_eq!(shown(&world, second), [part("part 4", Some("2026-12-06"))]);
    let third = below(&world, second)[0].id;
    assert_eq!(shown(&world, third), [part("part 5", Some("2026-12-05"))]);
}

#[tokio::test]
async fn given_a_completed_subtask_that_would_still_be_followed_when_its_parent_is_completed_then_it_is_not() {
    for parent_ends in [false, true] {
        let world = tree().await;
        world.update(id(3), daily("when_due", "2026-12-02"));
        world.complete(id(3));
        settle(&world).await;
        if parent_ends {
            world.complete(id(1));
            settle(&world).await;
            assert_eq!(statuses(&world, [3, 4]), [DONE, DONE]);
        }
        world.advance(TimeDelta::days(2));
        settle(&world).await;
        assert_eq!(world.tasks().len(), if parent_ends { 4 } else { 5 });
    }
}

#[tokio::test]
async fn given_a_parent_that_is_open_again_then_a_completed_subtask_of_it_is_followed_again_and_a_replay_does_nothing()
{
    let world = tree().await;
    world.update(id(3), daily("when_due", "2026-12-02"));
    world.complete(id(3));
    settle(&world).await;
    for _ in 0..2 {
        world.complete(id(1));
        settle(&world).await;
        assert_eq!(world.tasks()[&id(3)].recurrence, None);
        world.update(id(1), json!({"status": "pending"}));
        settle(&world).await;
        let part = &world.tasks()[&id(3)];
        assert_eq!((part.status, part.recurrence.is_some()), (Status::Completed, true));
    }
    world.advance(TimeDelta::days(2));
    settle(&world).await;
    assert_eq!(world.tasks().len(), 5);
    // Now another one goes on, and with the parent that one goes.
    world.complete(id(1));
    settle(&world).await;
    assert!(world.tasks()[&id(3)].recurrence.is_some(), "it was followed already");
    assert!(below(&world, id(1)).iter().all(|part| part.status == Status::Completed));
    let before = world.twin.len();
    world.forget().await;
    settle(&world).await;
    assert_eq!(world.twin.len(), before, "a replay gave commands");
}
