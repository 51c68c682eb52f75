//! What many parts of one task cost: they are worked on at the same time, and what is the same for all of them is looked up once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::limits::TASK_LEVELS_MAX;
use domain::reminder::{Reminder, ReminderCommand, ReminderRejection};
use domain::task::{TaskAggregate, TaskCommand, TaskRejection};
use domain::topics;
use kafka_es::{Envelope, LogRecord, Position};
use process::commands::{Answer, Commands, Order};
use process::manager::{Failure, ProcessManager as _};
use process::subtasks::Subtasks;
use serde_json::json;
use uuid::Uuid;

use crate::subtasks::{into_a_ring, settle, weekly};
use crate::twin::Twin;
use crate::world::*;

/// The write side, which counts what it is asked.
struct Counted {
    twin: Twin,
    /// Tasks that were loaded.
    tasks: AtomicUsize,
    /// Streams that were read.
    streams: AtomicUsize,
    /// Commands that it is at work on, and the most that ever were.
    commands: (AtomicUsize, AtomicUsize),
}

#[async_trait]
impl Commands for Counted {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        let (now, most) = &self.commands;
        most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        // Whoever can give another command meanwhile gives it.
        tokio::task::yield_now().await;
        now.fetch_sub(1, Ordering::Relaxed);
        self.twin.to_task(order).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        self.twin.to_reminder(order).await
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        self.tasks.fetch_add(1, Ordering::Relaxed);
        self.twin.task(tenant, id).await
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        self.twin.reminder(tenant, id).await
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        self.twin.counts(position, stream, sequence).await
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        self.twin.ends(topic).await
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        self.twin.events(topic, stream).await
    }
}

/// What it takes to work these records off: tasks loaded, streams read, and commands given at the same time.
async fn cost(world: &World, records: &[LogRecord]) -> [usize; 3] {
    let counted = Arc::new(Counted {
        twin: world.twin.clone(),
        tasks: AtomicUsize::default(),
        streams: AtomicUsize::default(),
        commands: Default::default(),
    });
    Subtasks::new(counted.clone(), world.pool.clone()).handle(records).await.unwrap();
    [&counted.tasks, &counted.streams, &counted.commands.1].map(|count| count.load(Ordering::Relaxed))
}

#[tokio::test]
async fn given_a_task_of_many_parts_when_it_is_completed_and_followed_then_they_are_worked_on_at_the_same_time() {
    const PARTS: usize = 20;
    let world = World::new().await;
    world.create(1, weekly());
    for n in 0..PARTS {
        world.create(2 + n as u128, json!({"title": "part", "parent_id": id(1)}));
    }
    world.settle().await;
    world.complete(id(1));
    world.recur().await;
    let records = world.twin.records(topics::TASKS, i64::try_from(1 + PARTS).unwrap());
    let [end, follower] = &records[..] else { panic!("{records:?}") };
    assert_eq!(cost(&world, std::slice::from_ref(end)).await, [0, PARTS, PARTS]);
    // Besides the parts, what is above their copies and how long after one another the two are due.
    assert_eq!(cost(&world, std::slice::from_ref(follower)).await, [1, PARTS + 2, PARTS]);
}

#[tokio::test]
async fn given_tasks_in_a_ring_when_one_is_followed_then_the_look_up_ends_after_so_many_levels_though_the_ring_leads_on()
 {
    let world = World::new().await;
    world.create(1, weekly());
    world.create(2, json!({"title": "egg"}));
    world.settle().await;
    into_a_ring(&world);
    settle(&world).await;
    world.complete(id(1));
    world.recur().await;
    let tasks = world.tasks();
    assert_eq!(std::iter::successors(Some(id(1)), |task| tasks[task].parent_id).take(1_000).count(), 1_000);
    let follower = world.twin.records(topics::TASKS, 0).pop().unwrap();
    // Besides, where it is and whether that is over.
    let [loaded, ..] = cost(&world, &[follower]).await;
    assert_eq!(loaded, 2 + TASK_LEVELS_MAX);
}
