//! Somebody acts while the manager of occurrences is behind, and it dies again and again. What becomes of a task then depends on who was
//! faster; what must hold at the end does not. Without ids that follow from what they are for, an occurrence is followed twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use domain::task::{Generate, Scope, Status, TaskAggregate, TaskCommand, TaskCreated, TaskEvent, TaskPatch};
use domain::topics;
use kafka_es::{AdjacentlyTagged, EventCodec as _};
use process::commands::Commands;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::crashes::{Forgetful, Shared};
use crate::mortal::{Fuse, Mortal};
use crate::world::*;

/// Rounds of random crashes.
const ROUNDS: usize = 150;

/// What a user does, or the time.
#[derive(Debug, Clone)]
enum Step {
    Complete(usize),
    Reopen(usize),
    Skip(usize),
    ChangeThis(usize),
    ChangeFollowing(usize),
    /// This and those that follow come at another day.
    Move(usize, u32),
    Delete(usize),
    Restore(usize),
    Hours(i64),
}

impl Step {
    /// After it the rule may come to a day for the second time.
    const fn turns_back(&self) -> bool {
        matches!(self, Self::Skip(_) | Self::Move(..) | Self::Restore(_))
    }
}

/// What is done while the process is dead, and after how many steps of its own it dies again.
#[derive(Debug, Clone)]
struct Turn {
    steps: Vec<Step>,
    life: i64,
    /// What it was at work on is free when it comes back.
    leases_run_out: bool,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let n = any::<usize>;
    let step = prop_oneof![
        6 => n().prop_map(Step::Complete),
        4 => n().prop_map(Step::Reopen),
        1 => n().prop_map(Step::Skip),
        1 => n().prop_map(Step::ChangeThis),
        1 => n().prop_map(Step::ChangeFollowing),
        2 => (n(), 1..6_u32).prop_map(|(n, day)| Step::Move(n, day)),
        1 => n().prop_map(Step::Delete),
        1 => n().prop_map(Step::Restore),
        3 => (-5..40_i64).prop_map(Step::Hours),
    ];
    let life = prop_oneof![4 => 0..30_i64, 1 => Just(i64::MAX)];
    let turn = (proptest::collection::vec(step, 1..5), life, any::<bool>());
    proptest::collection::vec(turn.prop_map(|(steps, life, leases_run_out)| Turn { steps, life, leases_run_out }), 3..7)
}

/// Three series: by completion, counted from completion, and by the clock.
fn begin(world: &World) {
    let due = |pattern: Value| json!({"title": "x", "due_at": "2026-11-30T12:00:00", "time_zone": "Europe/Berlin", "recurrence_pattern": pattern});
    world.create(1, due(json!({"rrule": "FREQ=DAILY", "missed": "keep"})));
    world.create(2, due(json!({"rrule": "FREQ=DAILY;INTERVAL=2", "from": "completion"})));
    world.create(3, due(json!({"rrule": "FREQ=DAILY;COUNT=4", "generate": "when_due"})));
}

fn act(world: &World, step: &Step) {
    let all = world.twin.all::<TaskAggregate>();
    let pick = |n: &usize| *all.keys().nth(n % all.len()).unwrap();
    let at = world.twin.now();
    let patch = |body: Value, scope: Option<Scope>| {
        let patch = TaskPatch::from_json(body.as_object().unwrap()).unwrap().meant_for(scope).unwrap();
        TaskCommand::Update { patch, at }
    };
    let (id, command) = match step {
        Step::Complete(n) => (pick(n), patch(json!({"status": "completed"}), None)),
        Step::Reopen(n) => (pick(n), patch(json!({"status": "pending"}), None)),
        Step::Skip(n) => (pick(n), TaskCommand::Skip { at }),
        Step::ChangeThis(n) => (pick(n), patch(json!({"title": "this one"}), Some(Scope::This))),
        Step::ChangeFollowing(n) => (pick(n), patch(json!({"title": "all that follow"}), Some(Scope::Following))),
        Step::Move(n, day) => {
            (pick(n), patch(json!({"due_at": format!("2026-12-0{day}T10:00:00")}), Some(Scope::Following)))
        }
        Step::Delete(n) => (pick(n), TaskCommand::Delete { at }),
        Step::Restore(n) => (pick(n), TaskCommand::Restore { at }),
        Step::Hours(hours) => return world.advance(TimeDelta::hours(*hours)),
    };
    // What does not fit is refused, as it would be by the API.
    world.twin.to_task_of_user(id, command);
}

/// Works through the turns, and then to the end of what there is to do. Gives how often the process died.
async fn live(world: &World, turns: &[Turn], commands: &dyn Fn() -> Arc<dyn Commands>) -> usize {
    begin(world);
    let mut deaths = 0;
    for turn in turns {
        for step in &turn.steps {
            act(world, step);
        }
        let fuse = Fuse::after(turn.life);
        let mortal = Arc::new(Mortal { inner: Shared(commands()), fuse: fuse.clone() });
        deaths += usize::from(world.process(mortal, &fuse).await.is_err());
        if turn.leases_run_out {
            world.leases_run_out().await;
        }
    }
    world.leases_run_out().await;
    world.process(commands(), &Fuse::never()).await.unwrap();
    deaths
}

/// A task that was made to follow another.
struct Follower {
    series: Uuid,
    /// When the rule had it due.
    due: NaiveDateTime,
    follows: Uuid,
    /// It is there, and no person has ever done anything to it.
    left_alone: bool,
    /// A person has done something to it, so it is theirs.
    touched: bool,
}

fn followers(world: &World) -> Vec<Follower> {
    let user = process::commands::actor("user");
    let (mut touched, mut made) = (BTreeSet::new(), Vec::new());
    for event in world.twin.records(topics::TASKS, 0).into_iter().flat_map(|record| record.content.unwrap()) {
        if event.actor == user {
            touched.insert(event.subject);
        } else if let Ok(TaskEvent::Created(created)) = AdjacentlyTagged::decode(&event.event_type, &event.data) {
            made.push(created);
        }
    }
    let there = world.tasks();
    let follower = |created: TaskCreated| {
        let touched = touched.contains(&created.id.to_string());
        Follower {
            series: created.series_id.unwrap(),
            due: created.occurrence.unwrap().due.wall(),
            follows: created.follows.unwrap(),
            left_alone: !touched && there.contains_key(&created.id),
            touched,
        }
    };
    made.into_iter().map(follower).collect()
}

/// What must not be.
#[derive(Debug, PartialEq, Eq)]
enum Broken {
    /// Two tasks follow this one, though nobody has done anything to either.
    FollowedTwice(Uuid),
    /// Two tasks of the series were made for that time, though the rule came to it once.
    MadeTwice(Uuid, NaiveDateTime),
    /// It is completed, and nothing follows.
    NotFollowed(Uuid),
    /// It is open again, and what followed it was not taken back.
    NotTakenBack(Uuid),
}

/// `turned_back`: in a series, the rule may have come to a day more than once.
fn broken(world: &World, turned_back: bool) -> Vec<Broken> {
    let followers = followers(world);
    let mut broken = Vec::new();
    let mut made = BTreeMap::<(Uuid, NaiveDateTime), Vec<Uuid>>::new();
    for it in &followers {
        made.entry((it.series, it.due)).or_default().push(it.follows);
    }
    for ((series, due), follows) in made {
        // Each task that is followed brings a day about once; counted from completions, several may bring about the same.
        let several: BTreeSet<&Uuid> = follows.iter().collect();
        let most = if turned_back || series == id(2) { several.len() } else { 1 };
        if follows.len() > most {
            broken.push(Broken::MadeTwice(series, due));
        }
    }
    for (task_id, (TaskAggregate { task, .. }, _)) in world.twin.all::<TaskAggregate>() {
        let theirs = || followers.iter().filter(move |it| it.follows == task_id);
        let left_alone = theirs().filter(|it| it.left_alone).count();
        if left_alone > 1 {
            broken.push(Broken::FollowedTwice(task_id));
        }
        if task.recurrence.is_none_or(|recurrence| recurrence.generate != Generate::WhenCompleted) {
            continue;
        }
        if task.status != Status::Completed && left_alone > 0 {
            broken.push(Broken::NotTakenBack(task_id));
        }
        if task.status == Status::Completed && left_alone == 0 && !theirs().any(|it| it.touched) {
            broken.push(Broken::NotFollowed(task_id));
        }
    }
    broken
}

fn turned_back(turns: &[Turn]) -> bool {
    turns.iter().flat_map(|turn| &turn.steps).any(Step::turns_back)
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[37; 32]))
}

#[tokio::test]
async fn given_150_rounds_in_which_somebody_acts_while_the_process_is_dead_then_each_is_followed_once_and_a_replay_makes_nothing()
 {
    let mut runner = runner();
    let mut world = World::new().await;
    let mut deaths = 0;
    for round in 0..ROUNDS {
        let turns = turns().new_tree(&mut runner).unwrap().current();
        let twin = world.twin.clone();
        deaths += live(&world, &turns, &|| Arc::new(twin.clone())).await;
        let turned_back = turned_back(&turns);
        assert_eq!(broken(&world, turned_back), Vec::<Broken>::new(), "round {round}: {turns:?}");
        assert_eq!(world.ids_that_a_client_could_send(), Vec::<String>::new());
        // From the first record on, into empty state.
        world.forget().await;
        let before = world.twin.len();
        world.settle().await;
        assert_eq!(world.twin.len(), before, "round {round}: a replay gave commands: {turns:?}");
        world = world.anew().await;
    }
    assert!(deaths > ROUNDS, "it hardly died: {deaths}");
}

#[tokio::test]
async fn given_ids_that_follow_from_nothing_when_somebody_acts_while_the_process_is_dead_then_one_is_followed_twice() {
    let mut runner = runner();
    let mut world = World::new().await;
    for _ in 0..ROUNDS {
        let turns = turns().new_tree(&mut runner).unwrap().current();
        let twin = world.twin.clone();
        live(&world, &turns, &|| Arc::new(Forgetful(twin.clone()))).await;
        if broken(&world, turned_back(&turns)).iter().any(|it| matches!(it, Broken::FollowedTwice(_))) {
            return;
        }
        world = world.anew().await;
    }
    panic!("no crash has made a double: the other test proves nothing");
}
