//! A next occurrence that was taken back comes again as it would be made now; and the rename of a tag takes none over.

use std::sync::Arc;

use domain::task::{TagRename, TaskAggregate, TaskCommand};
use domain::tenant;
use kafka_es::Expected;
use process::commands::{Cause, Order};
use process::tag_renames;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mortal::{Fuse, Mortal};
use crate::world::*;

/// The task 1 repeats daily, has been completed, and is followed by another one, which is given.
async fn followed(world: &World) -> Uuid {
    world.create(
        1,
        json!({"title": "water", "tags": ["old"], "due_date": "2026-11-30", "recurrence_pattern": {"rrule": "FREQ=DAILY"}}),
    );
    world.complete(id(1));
    world.settle().await;
    world.open()[0].id
}

async fn reopen(world: &World) {
    world.update(id(1), json!({"status": "pending"}));
    world.settle().await;
}

async fn complete(world: &World) {
    world.complete(id(1));
    world.settle().await;
}

/// What the manager of renames, or somebody else, makes of the tag `old` of a task.
fn rename_tag(world: &World, task: Uuid, manager: &'static str) {
    let rename = TagRename::new("old", "new").unwrap();
    let order = Order {
        tenant: tenant::DEFAULT.to_owned(),
        id: task,
        command: TaskCommand::RenameTag { rename, at: world.twin.now() },
        command_id: Uuid::new_v4().to_string(),
        expected: Expected::Any,
        cause: Cause::time(manager),
    };
    world.twin.execute::<TaskAggregate>(order).unwrap();
}

#[tokio::test]
async fn given_a_next_one_that_was_taken_back_when_it_comes_again_then_it_is_as_it_would_be_made_now() {
    for (change, title, tags, rule) in [
        (json!({"title": "soak"}), "soak", vec!["old"], "FREQ=DAILY"),
        (json!({"tags": ["a", "b"]}), "water", vec!["a", "b"], "FREQ=DAILY"),
        (json!({"recurrence_pattern": {"rrule": "FREQ=DAILY;COUNT=5"}}), "water", vec!["old"], "FREQ=DAILY;COUNT=5"),
        (Value::Object(serde_json::Map::new()), "water", vec!["old"], "FREQ=DAILY"),
    ] {
        let world = World::new().await;
        let next = followed(&world).await;
        reopen(&world).await;
        world.update(id(1), change.clone());
        complete(&world).await;
        let task = world.tasks()[&next].clone();
        assert_eq!((task.title.as_str(), task.recurrence.unwrap().rrule.as_str()), (title, rule), "{change}");
        assert_eq!(task.tags, tags, "{change}");
        // It is still nobody's but the series'.
        reopen(&world).await;
        assert_eq!(world.open_days(), ["2026-11-30"], "{change}");
        complete(&world).await;
        assert_eq!((world.open_days(), world.tasks().len()), (vec!["2026-12-01".to_owned()], 2), "{change}");
        let before = world.twin.len();
        world.forget().await;
        world.settle().await;
        assert_eq!(world.twin.len(), before, "a replay gave commands: {change}");
    }
}

#[tokio::test]
async fn given_a_change_of_the_first_alone_when_the_next_one_comes_again_then_it_has_none_of_it() {
    let world = World::new().await;
    let next = followed(&world).await;
    reopen(&world).await;
    world.update_this(id(1), json!({"title": "water twice"}));
    complete(&world).await;
    assert_eq!(world.tasks()[&next].title, "water");
}

#[tokio::test]
async fn given_a_first_one_that_was_moved_below_another_when_the_next_one_comes_again_then_it_stands_there_too() {
    let world = World::new().await;
    let next = followed(&world).await;
    reopen(&world).await;
    world.create(2, json!({"title": "house"}));
    world.update(id(1), json!({"parent_id": id(2)}));
    complete(&world).await;
    assert_eq!(world.tasks()[&next].parent_id, Some(id(2)));
}

#[tokio::test]
async fn given_next_ones_of_two_days_that_were_taken_back_when_the_first_day_comes_again_then_so_does_its_task() {
    let world = World::new().await;
    let next = followed(&world).await;
    for (rule, day) in [("WEEKLY", "2026-12-07"), ("DAILY", "2026-12-01"), ("WEEKLY", "2026-12-07")] {
        reopen(&world).await;
        world.update(id(1), json!({"recurrence_pattern": {"rrule": format!("FREQ={rule}")}}));
        complete(&world).await;
        assert_eq!(world.open_days(), [day]);
        assert_eq!(world.open()[0].id == next, rule == "DAILY");
    }
    assert_eq!(world.twin.all::<TaskAggregate>().len(), 3);
    let before = world.twin.len();
    world.forget().await;
    world.settle().await;
    assert_eq!(world.twin.len(), before, "a replay gave commands");
}

/// When it is made for the second time, it was not taken back yet.
#[tokio::test]
async fn given_a_next_one_of_another_day_that_was_taken_back_when_the_log_is_read_again_then_it_stays_away() {
    let world = World::new().await;
    followed(&world).await;
    reopen(&world).await;
    world.update(id(1), json!({"recurrence_pattern": {"rrule": "FREQ=WEEKLY"}}));
    complete(&world).await;
    assert_eq!(world.open_days(), ["2026-12-07"]);
    reopen(&world).await;
    assert_eq!(world.open_days(), ["2026-11-30"]);
    let before = world.twin.len();
    world.forget().await;
    world.settle().await;
    assert_eq!((world.open_days(), world.twin.len()), (vec!["2026-11-30".to_owned()], before));
}

/// The process dies when it has given the commands of a batch and not written its rows.
#[tokio::test]
async fn given_a_next_one_of_another_day_that_was_taken_back_when_the_process_dies_then_it_stays_away() {
    let mut world = World::new().await;
    for life in 0..24 {
        followed(&world).await;
        reopen(&world).await;
        world.update(id(1), json!({"recurrence_pattern": {"rrule": "FREQ=WEEKLY"}}));
        world.complete(id(1));
        world.update(id(1), json!({"status": "pending"}));
        let fuse = Fuse::after(life);
        let mortal = Arc::new(Mortal { inner: world.twin.clone(), fuse: fuse.clone() });
        // With more steps than it takes it does not die.
        world.process(mortal, &fuse).await.ok();
        world.settle().await;
        assert_eq!(world.open_days(), ["2026-11-30"], "died after {life} steps");
        world = world.anew().await;
    }
}

#[tokio::test]
async fn given_a_tag_that_was_renamed_when_the_completion_is_taken_back_then_so_is_the_next_one() {
    let world = World::new().await;
    let next = followed(&world).await;
    for task in [id(1), next] {
        rename_tag(&world, task, tag_renames::NAME);
    }
    reopen(&world).await;
    assert_eq!(world.open_days(), ["2026-11-30"]);
    complete(&world).await;
    assert_eq!(world.tasks()[&next].tags, ["new"]);
    let before = world.twin.len();
    world.forget().await;
    world.settle().await;
    assert_eq!(world.twin.len(), before, "a replay gave commands");
}

#[tokio::test]
async fn given_a_tag_that_was_renamed_while_the_next_one_was_away_when_it_comes_again_then_it_has_the_new_name() {
    let world = World::new().await;
    let next = followed(&world).await;
    reopen(&world).await;
    rename_tag(&world, id(1), tag_renames::NAME);
    complete(&world).await;
    assert_eq!(world.tasks()[&next].tags, ["new"]);
}

#[tokio::test]
async fn given_a_next_one_whose_tag_somebody_has_changed_when_the_completion_is_taken_back_then_it_stays() {
    for both in [false, true] {
        let world = World::new().await;
        let next = followed(&world).await;
        if both {
            rename_tag(&world, next, tag_renames::NAME);
            world.update(next, json!({"tags": ["mine"]}));
        } else {
            rename_tag(&world, next, "user");
        }
        reopen(&world).await;
        assert_eq!(world.open_days(), ["2026-11-30", "2026-12-01"], "{both}");
    }
}
