//! A tag is renamed by processes that die, several at once, or with a read side or a stream that is not as it should be.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use domain::task::{TaskAggregate, TaskCommand};
use process::commands::Commands;
use process::tag_renames::Status;
use serde_json::json;

use crate::crashes::Forgetful;
use crate::mortal::{BlockedOn, Fuse, Mortal};
use crate::renaming::{Listed, PAUSE, alive, ask, begin, find, outcome, renamed, renames, work_off};
use crate::world::*;

/// Longer than whoever took up a rename has it for himself.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(1);

/// Rows are written in one transaction between two of these steps: whoever dies in it has died at the step before or at the one after.
#[tokio::test]
async fn given_a_process_that_dies_after_any_one_step_then_the_next_one_goes_on_and_leaves_the_same() {
    let mut world = World::new().await;
    for life in 0.. {
        begin(&world);
        let rename = ask(&world, "old", "new").await;
        let fuse = Fuse::after(life);
        let listed = Listed { fuse: fuse.clone(), ..Listed::of(&world, 4) };
        let mortal = Arc::new(Mortal { inner: world.twin.clone(), fuse: fuse.clone() });
        let died = fuse.burns_at(work_off(&world, &renames(&world, mortal, &listed), PAUSE)).await.is_err();
        world.advance(GIVEN_UP);
        work_off(&world, &alive(&world, 4), PAUSE).await.unwrap();
        let done = find(&world, rename).await;
        assert_eq!(
            (outcome(&world), done.changed, done.status),
            (renamed(), 3, Status::Done),
            "died after {life} steps"
        );
        if !died {
            assert!(life > 8, "there is hardly a step to die at");
            break;
        }
        let forget = "TRUNCATE tasklog_process.tag_renames, tasklog_process.tag_rename_tasks";
        sqlx::query(forget).execute(&world.pool).await.unwrap();
        world = world.anew().await;
    }
}

#[tokio::test]
async fn given_two_that_work_on_the_same_rename_at_once_then_each_task_is_changed_and_counted_once() {
    const TASKS: u128 = 1_200;
    let world = World::new().await;
    for n in 1..=TASKS {
        world.create(n, json!({"title": "x", "tags": ["old"]}));
    }
    let rename = ask(&world, "old", "new").await;
    let (one, other) = (alive(&world, 1_000), alive(&world, 1_000));
    // Each step comes when the other one is given up for lost.
    let (one, other) = tokio::join!(work_off(&world, &one, GIVEN_UP), work_off(&world, &other, GIVEN_UP));
    one.unwrap();
    other.unwrap();
    assert!(outcome(&world).iter().all(|(tags, version)| *tags == ["new"] && *version == 2));
    let done = find(&world, rename).await;
    assert_eq!((done.status, u128::from(done.changed)), (Status::Done, TASKS));
}

/// A process dies when it has renamed the tag and not noted that down; then somebody takes that back, and then the next one goes on with
/// these commands.
async fn taken_back_before(world: &World, commands: Arc<dyn Commands>) -> Vec<String> {
    world.create(1, json!({"title": "x", "tags": ["old"]}));
    let rename = ask(world, "old", "new").await;
    let listed = Listed::of(world, 100);
    let fuse = Fuse::after(1);
    let mortal = Arc::new(Mortal { inner: world.twin.clone(), fuse: fuse.clone() });
    fuse.burns_at(work_off(world, &renames(world, mortal, &listed), PAUSE)).await.unwrap_err();
    assert_eq!(world.tasks()[&id(1)].tags, ["new"]);
    world.twin.user::<TaskAggregate>(id(1), TaskCommand::Undo { at: world.clock.now() });
    world.advance(GIVEN_UP);
    work_off(world, &renames(world, commands, &listed), PAUSE).await.unwrap();
    assert_eq!(find(world, rename).await.status, Status::Done);
    world.tasks()[&id(1)].tags.clone()
}

#[tokio::test]
async fn given_a_task_that_got_the_tag_back_when_the_next_process_goes_on_then_it_keeps_it() {
    let world = World::new().await;
    assert_eq!(taken_back_before(&world, Arc::new(world.twin.clone())).await, ["old"]);
    let world = World::new().await;
    let forgetful = Arc::new(Forgetful(world.twin.clone()));
    assert_eq!(taken_back_before(&world, forgetful).await, ["new"], "without ids that follow, it is taken away again");
}

#[tokio::test]
async fn given_a_read_side_that_is_behind_then_the_rename_waits_for_it() {
    for (waits, expected) in [(true, (["new"], 1)), (false, (["old"], 0))] {
        let world = World::new().await;
        for n in 1..=9 {
            world.create(n, json!({"title": "x", "tags": ["other"]}));
        }
        world.create(10, json!({"title": "x", "tags": ["old"]}));
        let rename = ask(&world, "old", "new").await;
        let listed = Listed { waits, ..Listed::of(&world, 1) };
        work_off(&world, &renames(&world, Arc::new(world.twin.clone()), &listed), PAUSE).await.unwrap();
        let done = find(&world, rename).await;
        assert_eq!(done.status, Status::Done);
        assert_eq!(
            (world.tasks()[&id(10)].tags.as_slice(), done.changed),
            (&expected.0.map(str::to_owned)[..], expected.1)
        );
    }
}

#[tokio::test]
async fn given_a_read_side_that_goes_on_showing_what_was_renamed_then_the_rename_ends_all_the_same() {
    // More than it looks for at a time.
    const TASKS: u128 = 10_001;
    let world = World::new().await;
    for n in 1..=TASKS {
        world.create(n, json!({"title": "x", "tags": ["old"]}));
    }
    let rename = ask(&world, "old", "new").await;
    let listed = Listed { waits: false, ..Listed::of(&world, 0) };
    listed.read.store(world.twin.len(), Ordering::Relaxed);
    work_off(&world, &renames(&world, Arc::new(world.twin.clone()), &listed), PAUSE).await.unwrap();
    let done = find(&world, rename).await;
    assert_eq!((done.status, u128::from(done.changed)), (Status::Done, TASKS));
}

#[tokio::test]
async fn given_a_task_whose_stream_is_blocked_then_the_others_are_renamed_and_the_rename_has_failed() {
    let world = World::new().await;
    begin(&world);
    let rename = ask(&world, "old", "new").await;
    let blocked = Arc::new(BlockedOn { inner: world.twin.clone(), task: id(1) });
    work_off(&world, &renames(&world, blocked, &Listed::of(&world, 100)), PAUSE).await.unwrap();
    let failed = find(&world, rename).await;
    assert_eq!((failed.status, failed.changed), (Status::Failed, 2));
    assert_eq!(world.tasks()[&id(1)].tags, ["a", "old", "b"]);
    // Somebody has seen to it.
    let again = ask(&world, "old", "new").await;
    work_off(&world, &alive(&world, 100), PAUSE).await.unwrap();
    assert_eq!((outcome(&world), find(&world, again).await.changed), (renamed(), 1));
}
