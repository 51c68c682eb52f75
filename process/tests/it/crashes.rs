//! A process dies at any moment, again and again: each occurrence exists once, each reminder rings once, as if nobody had died. Without
//! ids that follow from what they are for, the same crashes leave doubles.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, ReminderRejection};
use domain::task::{TaskAggregate, TaskCommand, TaskRejection};
use kafka_es::{Envelope, Position};
use process::commands::{Answer, Commands, Order};
use process::manager::Failure;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use uuid::Uuid;

use crate::mortal::{Fuse, Mortal};
use crate::twin::Twin;
use crate::world::*;

/// Rounds of random crashes.
const ROUNDS: usize = 500;

/// What a user does, or the time.
#[derive(Debug, Clone)]
enum Step {
    Complete(usize),
    Reopen(usize),
    Rename(usize),
    Skip(usize),
    Delete(usize),
    Restore(usize),
    Move(usize),
    Hours(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => any::<usize>().prop_map(Step::Complete),
        3 => any::<usize>().prop_map(Step::Reopen),
        1 => any::<usize>().prop_map(Step::Rename),
        1 => any::<usize>().prop_map(Step::Skip),
        1 => any::<usize>().prop_map(Step::Delete),
        1 => any::<usize>().prop_map(Step::Restore),
        1 => any::<usize>().prop_map(Step::Move),
        4 => (-5..40_i64).prop_map(Step::Hours),
    ];
    proptest::collection::vec(step, 4..9)
}

/// Three series: by completion, counted from completion, and by the clock; each with a reminder.
fn begin(world: &World) {
    let due = |pattern: serde_json::Value| json!({"title": "x", "due_at": "2026-11-30T12:00:00", "time_zone": "Europe/Berlin", "recurrence_pattern": pattern});
    world.create(1, due(json!({"rrule": "FREQ=DAILY", "missed": "keep"})));
    world.create(2, due(json!({"rrule": "FREQ=DAILY;INTERVAL=2", "from": "completion"})));
    world.create(3, due(json!({"rrule": "FREQ=DAILY;COUNT=4", "generate": "when_due"})));
    world.remind(101, id(1), json!({"before_due": "PT1H", "repeat": {"every": "PT50M", "times": 2}}));
    world.remind(102, id(2), json!({"remind_at": "2026-12-01T07:00:00", "time_zone": "UTC"}));
    world.remind(103, id(3), json!({"before_due": "P1D"}));
}

fn act(world: &World, step: &Step) {
    let all = world.twin.all::<TaskAggregate>();
    let pick = |n: &usize| *all.keys().nth(n % all.len()).unwrap();
    // What does not fit is refused, as it would be by the API.
    let at = world.twin.now();
    let patch = |body: serde_json::Value| {
        let patch = domain::task::TaskPatch::from_json(body.as_object().unwrap()).unwrap();
        TaskCommand::Update { patch, at }
    };
    let (id, command) = match step {
        Step::Complete(n) => (pick(n), patch(json!({"status": "completed"}))),
        Step::Reopen(n) => (pick(n), patch(json!({"status": "pending"}))),
        Step::Rename(n) => (pick(n), patch(json!({"title": "another"}))),
        Step::Move(n) => (pick(n), patch(json!({"due_at": "2026-12-05T10:00:00"}))),
        Step::Skip(n) => (pick(n), TaskCommand::Skip { at }),
        Step::Delete(n) => (pick(n), TaskCommand::Delete { at }),
        Step::Restore(n) => (pick(n), TaskCommand::Restore { at }),
        Step::Hours(hours) => return world.advance(TimeDelta::hours(*hours)),
    };
    world.twin.to_task_of_user(id, command);
}

/// Every stream's state and version, without the times at which commands were given.
fn outcome(world: &World) -> BTreeMap<Uuid, String> {
    let tasks = world.twin.all::<TaskAggregate>().into_iter().map(|(id, (aggregate, version))| {
        let task = aggregate.task;
        let (due, deleted) = (task.due, task.deleted_at.is_some());
        (id, format!("{} {} {due:?} {:?} {deleted} @{version}", task.title, task.status, aggregate.occurrence))
    });
    let reminders = world.twin.all::<Reminder>().into_iter().map(|(id, (reminder, version))| {
        (id, format!("{} {} {} @{version}", reminder.task_id, reminder.status, reminder.rings_at()))
    });
    tasks.chain(reminders).collect()
}

/// Works through `steps`; after each, the process dies as often as `lives` says, after so many steps of its own each time. Gives how often
/// it died: whoever lives longer than there is work to do does not.
async fn live(
    world: &World,
    steps: &[Step],
    lives: &mut dyn FnMut() -> Vec<i64>,
    commands: &dyn Fn() -> Arc<dyn Commands>,
) -> usize {
    begin(world);
    let mut deaths = 0;
    for step in steps {
        act(world, step);
        for life in lives() {
            let fuse = Fuse::after(life);
            let mortal = Arc::new(Mortal { inner: Shared(commands()), fuse: fuse.clone() });
            deaths += usize::from(world.process(mortal, &fuse).await.is_err());
        }
        world.leases_run_out().await;
        world.process(commands(), &Fuse::never()).await.unwrap();
    }
    deaths
}

/// Any write side.
pub(crate) struct Shared(pub(crate) Arc<dyn Commands>);

#[async_trait]
impl Commands for Shared {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        self.0.to_task(order).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.0.to_reminder(order).await
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        self.0.task(tenant, id).await
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        self.0.reminder(tenant, id).await
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        self.0.counts(position, stream, sequence).await
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        self.0.ends(topic).await
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        self.0.events(topic, stream).await
    }
}

/// The fault: commands and tasks get ids that nothing follows from.
pub(crate) struct Forgetful(pub(crate) Twin);

#[async_trait]
impl Commands for Forgetful {
    async fn to_task(&self, mut order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        order.command_id = Uuid::new_v4().to_string();
        let command = match &mut order.command {
            TaskCommand::Below { command, .. } => &mut **command,
            command => command,
        };
        if let TaskCommand::Create { id, .. } = command {
            *id = Uuid::new_v4();
            order.id = *id;
        }
        self.0.to_task(order).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.0.to_reminder(order).await
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        self.0.task(tenant, id).await
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        self.0.reminder(tenant, id).await
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        self.0.counts(position, stream, sequence).await
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        self.0.ends(topic).await
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        self.0.events(topic, stream).await
    }
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]))
}

/// A story in which each kind of command is given.
fn story() -> Vec<Step> {
    vec![
        Step::Complete(0),
        Step::Reopen(0),
        Step::Rename(0),
        Step::Complete(0),
        Step::Hours(30),
        Step::Complete(1),
        Step::Hours(40),
    ]
}

#[tokio::test]
async fn given_a_process_that_dies_after_any_one_step_then_what_it_leaves_is_as_if_it_had_not() {
    let mut world = World::new().await;
    let twin = world.twin.clone();
    live(&world, &story(), &mut || Vec::new(), &|| Arc::new(twin.clone())).await;
    let expected = outcome(&world);
    for life in 0.. {
        world = world.anew().await;
        let twin = world.twin.clone();
        let deaths = live(&world, &story(), &mut || vec![life], &|| Arc::new(twin.clone())).await;
        assert_eq!(outcome(&world), expected, "died after {life} steps");
        if deaths == 0 {
            assert!(life > 20, "there is hardly a step to die at");
            break;
        }
    }
}

#[tokio::test]
async fn given_500_rounds_of_random_crashes_then_each_occurrence_exists_once_and_a_replay_makes_nothing() {
    let mut runner = runner();
    let mut world = World::new().await;
    for round in 0..ROUNDS {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let twin = world.twin.clone();
        live(&world, &steps, &mut || Vec::new(), &|| Arc::new(twin.clone())).await;
        let expected = outcome(&world);
        world = world.anew().await;
        let twin = world.twin.clone();
        let mut deaths = || proptest::collection::vec(0..60_i64, 0..3).new_tree(&mut runner).unwrap().current();
        live(&world, &steps, &mut deaths, &|| Arc::new(twin.clone())).await;
        assert_eq!(outcome(&world), expected, "round {round}: {steps:?}");
        assert_eq!(world.ids_that_a_client_could_send(), Vec::<String>::new());
        // From the first record on, into empty state.
        world.forget().await;
        let before = world.twin.len();
        world.settle().await;
        assert_eq!(world.twin.len(), before, "round {round}: a replay gave commands: {steps:?}");
        world = world.anew().await;
    }
}

#[tokio::test]
async fn given_ids_that_follow_from_nothing_when_a_process_dies_then_there_are_doubles() {
    let mut world = World::new().await;
    let mut doubled = false;
    for life in 0..40 {
        let twin = world.twin.clone();
        live(&world, &[Step::Complete(0)], &mut || vec![life], &|| Arc::new(Forgetful(twin.clone()))).await;
        let days = world.tasks().values().filter(|task| task.series_id == Some(id(1))).count();
        doubled |= days > 2;
        world = world.anew().await;
    }
    assert!(doubled, "no crash has made a double: this test proves nothing");
}
