//! What protects subtasks, switched on and off: ids that follow from events, the version that a command is meant for, what people have
//! changed since, and the levels that there may be.

use std::sync::Arc;

use domain::topics;
use kafka_es::LogRecord;
use process::commands::Commands;
use process::manager::ProcessManager as _;
use process::subtasks::Subtasks;
use serde_json::json;

use crate::crashes::{Forgetful, Shared};
use crate::faults::{Fault, HeldUp, commands};
use crate::mortal::{Fuse, Mortal};
use crate::subtasks::*;
use crate::world::*;

/// What ends a task, or takes that back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Complete,
    Reopen,
    Delete,
    Restore,
}

impl Act {
    fn on(self, world: &World) {
        match self {
            Self::Complete => world.complete(id(1)),
            Self::Reopen => world.update(id(1), json!({"status": "pending"})),
            Self::Delete => world.delete(id(1)),
            Self::Restore => world.restore(id(1)),
        }
    }
}

/// Works with these until nothing is left to do; what people do next is later.
async fn work(world: &World, commands: Arc<dyn Commands>) {
    world.process(commands, &Fuse::never()).await.unwrap();
    world.advance(chrono::TimeDelta::seconds(1));
}

fn last_record(world: &World) -> LogRecord {
    world.twin.records(topics::TASKS, 0).pop().unwrap()
}

#[tokio::test]
async fn given_an_end_that_is_taken_back_then_so_is_what_it_did_and_under_ids_that_follow_from_nothing_it_is_not() {
    for (end, back, gone) in [(Act::Complete, Act::Reopen, DONE), (Act::Delete, Act::Restore, None)] {
        for fault in [None, Some(Fault::IdsFollowFromNothing)] {
            let world = tree().await;
            for act in [end, back] {
                act.on(&world);
                work(&world, commands(&world.twin, fault)).await;
            }
            let parts = if fault.is_none() { OPEN } else { gone };
            assert_eq!(statuses(&world, [1, 2, 3, 4]), [OPEN, parts, parts, parts], "{fault:?}");
        }
    }
}

/// The write side, or one with ids that follow from nothing: of commands, or of tasks as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ids {
    Follow,
    OfTasksFollow,
    FollowFromNothing,
}

impl Ids {
    fn commands(self, world: &World) -> Arc<dyn Commands> {
        match self {
            Self::Follow => commands(&world.twin, None),
            Self::OfTasksFollow => commands(&world.twin, Some(Fault::IdsFollowFromNothing)),
            Self::FollowFromNothing => Arc::new(Forgetful(world.twin.clone())),
        }
    }
}

#[tokio::test]
async fn given_a_process_that_dies_while_subtasks_are_copied_then_there_is_one_copy_of_each_and_where_ids_follow_from_nothing_there_are_doubles()
 {
    let mut world = World::new().await;
    // The copies right below the next task, and those below these.
    for (ids, below_that) in [(Ids::Follow, 1), (Ids::OfTasksFollow, 0), (Ids::FollowFromNothing, 0)] {
        let mut doubles = 0;
        for life in 0.. {
            grow(&world, weekly());
            settle(&world).await;
            world.complete(id(1));
            world.recur().await;
            let fuse = Fuse::after(life);
            let mortal = Arc::new(Mortal { inner: Shared(ids.commands(&world)), fuse: fuse.clone() });
            let died = world.process(mortal, &fuse).await.is_err();
            world.leases_run_out().await;
            work(&world, ids.commands(&world)).await;
            let next =
                world.tasks().into_values().find(|task| task.series_id == Some(id(1)) && task.id != id(1)).unwrap();
            let copies = below(&world, next.id);
            let lower: usize = copies.iter().map(|copy| below(&world, copy.id).len()).sum();
            doubles += copies.len() - 2;
            assert_eq!(lower, below_that, "{ids:?}: died after {life} steps");
            world = world.anew().await;
            if !died {
                assert!(life > 10, "there is hardly a step to die at");
                break;
            }
        }
        assert_eq!(doubles > 0, ids == Ids::FollowFromNothing, "{ids:?}: {doubles} doubles");
    }
}

#[tokio::test]
async fn given_a_part_that_somebody_changes_while_a_command_is_on_its_way_then_it_is_left_alone_and_without_a_version_it_is_not()
 {
    let elsewhere = json!({"parent_id": null});
    for (act, change, left, changed) in [
        (Act::Complete, elsewhere.clone(), OPEN, DONE),
        (Act::Delete, elsewhere, OPEN, None),
        (Act::Reopen, json!({"title": "mine"}), DONE, OPEN),
    ] {
        for fault in [None, Some(Fault::NoVersionIsExpected)] {
            let world = tree().await;
            if act == Act::Reopen {
                world.complete(id(1));
                settle(&world).await;
            }
            act.on(&world);
            let held = Arc::new(HeldUp::new(Shared(commands(&world.twin, fault))));
            let (subtasks, end) = (Subtasks::new(held.clone(), world.pool.clone()), last_record(&world));
            let handling = tokio::spawn(async move { subtasks.handle(&[end]).await.map(drop) });
            held.holds(2).await;
            world.update(id(3), change.clone());
            held.let_all_go();
            handling.await.unwrap().unwrap();
            let expected = if fault.is_none() { left } else { changed };
            assert_eq!(statuses(&world, [2, 3]), [changed, expected], "{act:?}, {fault:?}");
        }
    }
}

#[tokio::test]
async fn given_a_part_that_somebody_changed_after_its_parents_end_then_it_does_not_come_back_and_where_that_is_unseen_it_does()
 {
    for fault in [None, Some(Fault::EditsAreUnseen)] {
        let world = tree().await;
        world.complete(id(1));
        settle(&world).await;
        world.update(id(2), json!({"title": "mine"}));
        settle(&world).await;
        world.update(id(1), json!({"status": "pending"}));
        work(&world, commands(&world.twin, fault)).await;
        // With the second comes what is below it.
        let part = if fault.is_none() { DONE } else { OPEN };
        assert_eq!(statuses(&world, [1, 2, 3, 4]), [OPEN, part, OPEN, part]);
    }
}

#[tokio::test]
async fn given_tasks_in_a_ring_when_one_is_followed_then_copying_ends_and_where_levels_are_not_counted_it_does_not() {
    for fault in [None, Some(Fault::LevelsAreNotCounted)] {
        let world = World::new().await;
        world.create(1, weekly());
        world.create(2, json!({"title": "egg"}));
        world.settle().await;
        into_a_ring(&world);
        settle(&world).await;
        world.complete(id(1));
        // More steps than there is work for, if there is an end to it.
        let fuse = Fuse::after(3_000);
        let mortal = Arc::new(Mortal { inner: Shared(commands(&world.twin, fault)), fuse: fuse.clone() });
        let ends = world.process(mortal, &fuse).await.is_ok();
        assert_eq!(ends, fault.is_none());
        let tasks = world.tasks().len();
        assert!(if ends { tasks == 3 } else { tasks > 20 }, "{tasks} tasks");
    }
}

#[tokio::test]
async fn given_others_that_are_faster_with_a_part_again_and_again_then_it_is_given_up_after_five_tries_and_done_later()
{
    let world = World::new().await;
    world.create(1, json!({"title": "whole"}));
    world.create(2, json!({"title": "part", "parent_id": id(1)}));
    settle(&world).await;
    world.complete(id(1));
    for (fault, tries) in [(Some(Fault::OthersAreFaster), 5), (None, 1)] {
        let held = Arc::new(HeldUp::new(Shared(commands(&world.twin, fault))));
        held.let_all_go();
        let done = Subtasks::new(held.clone(), world.pool.clone()).handle(&[last_record(&world)]).await;
        assert_eq!((done.is_ok(), held.come.available_permits()), (fault.is_none(), tries));
    }
    assert_eq!(statuses(&world, [1, 2]), [DONE, DONE]);
}
