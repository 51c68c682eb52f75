//! The process dies at any moment, again and again: what is below a task is left as if nobody had died, and a replay from the first record
//! does nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use domain::task::{TaskAggregate, TaskCommand, TaskPatch};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mortal::{Fuse, Mortal};
use crate::subtask_trust::rename;
use crate::world::*;

/// Rounds of random crashes.
const ROUNDS: usize = 200;

/// What a user does to the task with this number, or the time.
#[derive(Debug, Clone)]
enum Step {
    Patch(usize, Value),
    Below(usize, usize),
    Undo(usize),
    Skip(usize),
    Rename(usize),
    Delete(usize),
    Restore(usize),
    Hours(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let n = any::<usize>;
    let patch = |body: Value| n().prop_map(move |n| Step::Patch(n, body.clone()));
    let step = prop_oneof![
        6 => patch(json!({"status": "completed"})),
        4 => patch(json!({"status": "pending"})),
        1 => patch(json!({"title": "another"})),
        1 => patch(json!({"status": "cancelled"})),
        2 => (n(), n()).prop_map(|(n, parent)| Step::Below(n, parent)),
        1 => patch(json!({"parent_id": null})),
        1 => patch(json!({"recurrence_pattern": {"generate": "when_due"}})),
        1 => n().prop_map(Step::Rename),
        2 => n().prop_map(Step::Undo),
        1 => n().prop_map(Step::Skip),
        2 => n().prop_map(Step::Delete),
        2 => n().prop_map(Step::Restore),
        1 => (0..40_i64).prop_map(Step::Hours),
    ];
    proptest::collection::vec(step, 4..9)
}

/// A task that repeats with parts on two levels, one of which repeats, and a task beside it.
fn begin(world: &World) {
    let daily = json!({"rrule": "FREQ=DAILY"});
    world.create(1, json!({"title": "whole", "due_date": "2026-11-30", "recurrence_pattern": daily}));
    world.create(2, json!({"title": "part", "tags": ["a"], "parent_id": id(1)}));
    world.create(3, json!({"title": "part of a part", "parent_id": id(2)}));
    world.create(
        4,
        json!({"title": "again", "tags": ["a"], "parent_id": id(1), "due_date": "2026-11-30", "recurrence_pattern": daily}),
    );
    world.create(5, json!({"title": "elsewhere"}));
}

fn act(world: &World, step: &Step) {
    // People see what has become of it before they go on.
    world.advance(TimeDelta::seconds(1));
    let all = world.twin.all::<TaskAggregate>();
    let pick = |n: &usize| *all.keys().nth(n % all.len()).unwrap();
    let at = world.twin.now();
    let patch = |body: &Value| {
        let patch = TaskPatch::from_json(body.as_object().unwrap()).unwrap();
        TaskCommand::Update { patch, at }
    };
    let (id, command) = match step {
        Step::Patch(n, body) => (pick(n), patch(body)),
        Step::Below(n, parent) => (pick(n), patch(&json!({"parent_id": pick(parent)}))),
        Step::Undo(n) => (pick(n), TaskCommand::Undo { at }),
        Step::Skip(n) => (pick(n), TaskCommand::Skip { at }),
        Step::Rename(n) => {
            let from = all[&pick(n)].0.task.tags.first().cloned().unwrap_or_else(|| "a".to_owned());
            return rename(world, pick(n), &from, if from == "a" { "b" } else { "a" });
        }
        Step::Delete(n) => (pick(n), TaskCommand::Delete { at }),
        Step::Restore(n) => (pick(n), TaskCommand::Restore { at }),
        Step::Hours(hours) => return world.advance(TimeDelta::hours(*hours)),
    };
    // What does not fit is refused, as it would be by the API.
    world.twin.to_task_of_user(id, command);
}

/// Every task's state and version, without the times at which commands were given.
fn outcome(world: &World) -> BTreeMap<Uuid, String> {
    let tasks = world.twin.all::<TaskAggregate>().into_iter().map(|(id, (aggregate, version))| {
        let task = aggregate.task;
        let (due, gone, repeats) = (task.due, task.deleted_at.is_some(), task.recurrence.is_some());
        (id, format!("{} {} {due:?} {:?} {gone} {repeats} @{version}", task.title, task.status, task.parent_id))
    });
    tasks.collect()
}

/// Works through `steps`; after each, the process dies after so many steps of its own, as often as `lives` says. Gives how often it died.
async fn live(world: &World, steps: &[Step], lives: &mut dyn FnMut() -> Vec<i64>) -> usize {
    begin(world);
    let mut deaths = 0;
    for step in steps {
        act(world, step);
        for life in lives() {
            let fuse = Fuse::after(life);
            let mortal = Arc::new(Mortal { inner: world.twin.clone(), fuse: fuse.clone() });
            deaths += usize::from(world.process(mortal, &fuse).await.is_err());
        }
        world.leases_run_out().await;
        world.settle().await;
    }
    deaths
}

/// A story in which each kind of command is given.
fn story() -> Vec<Step> {
    let status = |status: &str| Step::Patch(0, json!({"status": status}));
    vec![
        status("completed"),
        status("pending"),
        status("completed"),
        Step::Rename(1),
        Step::Patch(0, json!({"status": "pending"})),
        Step::Delete(1),
        Step::Restore(1),
        Step::Delete(0),
    ]
}

#[tokio::test]
async fn given_a_process_that_dies_after_any_one_step_then_what_is_below_a_task_is_as_if_it_had_not() {
    let mut world = World::new().await;
    live(&world, &story(), &mut Vec::new).await;
    let expected = outcome(&world);
    for life in 0.. {
        world = world.anew().await;
        let deaths = live(&world, &story(), &mut || vec![life]).await;
        assert_eq!(outcome(&world), expected, "died after {life} steps");
        if deaths == 0 {
            assert!(life > 20, "there is hardly a step to die at");
            break;
        }
    }
}

#[tokio::test]
async fn given_200_rounds_of_random_crashes_then_what_is_below_a_task_is_as_if_there_were_none_and_a_replay_does_nothing()
 {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[25; 32]));
    let mut world = World::new().await;
    for round in 0..ROUNDS {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        live(&world, &steps, &mut Vec::new).await;
        let expected = outcome(&world);
        world = world.anew().await;
        let mut deaths = || proptest::collection::vec(0..60_i64, 0..3).new_tree(&mut runner).unwrap().current();
        live(&world, &steps, &mut deaths).await;
        assert_eq!(outcome(&world), expected, "round {round}: {steps:?}");
        // From the first record on, into empty state.
        world.forget().await;
        let before = world.twin.len();
        world.settle().await;
        assert_eq!(world.twin.len(), before, "round {round}: a replay gave commands: {steps:?}");
        world = world.anew().await;
    }
}
