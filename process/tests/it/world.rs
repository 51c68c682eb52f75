//! Process managers on a database of their own, on the twin's log, with a clock that a test drives.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::reminder::{NewReminder, Reminder, ReminderCommand, ReminderEvent, ReminderTriggered, TaskDue};
use domain::task::{NewTask, Scope, Status, Task, TaskAggregate, TaskCommand, TaskPatch};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, EventCodec as _, LogRecord, Position};
use platform::clock::Clock;
use platform::http::refuse_own_commands;
use process::commands::{Answer, Commands};
use process::manager::{Failure, Lane, ProcessManager, Timed, fire_all};
use process::recurrence::Recurrence;
use process::reminders::Reminders;
use process::subtasks::Subtasks;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::mortal::{Fuse, MortalRows};
use crate::twin::Twin;

/// When every test begins: a Monday.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-30T08:00:00Z".parse().unwrap()
}

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) struct World {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) twin: Twin,
}

impl World {
    pub(crate) async fn new() -> Self {
        let pool = crate::postgres::empty_database().await;
        process::migrate(&pool).await.unwrap();
        let clock = Clock::fixed(start());
        Self { pool, twin: Twin::new(clock.clone()), clock }
    }

    /// Another world in the same database, which forgets what was in it.
    pub(crate) async fn anew(self) -> Self {
        self.forget().await;
        let clock = Clock::fixed(start());
        Self { pool: self.pool, twin: Twin::new(clock.clone()), clock }
    }

    /// A process that gives its commands through these and dies when `fuse` has burnt down. It works until nothing is left to do.
    pub(crate) async fn process(&self, commands: Arc<dyn Commands>, fuse: &Fuse) -> Result<(), Failure> {
        fuse.burns_at(self.work(commands, fuse)).await
    }

    async fn work(&self, commands: Arc<dyn Commands>, fuse: &Fuse) -> Result<(), Failure> {
        let recurrence = Arc::new(Recurrence::new(commands.clone(), self.pool.clone(), self.clock.clone()));
        let subtasks = Arc::new(Subtasks::new(commands.clone(), self.pool.clone()));
        let reminders = Arc::new(Reminders::new(commands, self.pool.clone(), self.clock.clone()));
        loop {
            let before = self.twin.len();
            let mut done = self.read(&recurrence, fuse).await?;
            done += self.read(&subtasks, fuse).await?;
            done += self.read(&reminders, fuse).await?;
            for timed in [recurrence.clone() as Arc<dyn Timed>, reminders.clone()] {
                fuse.step().await;
                fire_all(&*timed, &self.clock).await?;
            }
            if done == 0 && self.twin.len() == before {
                return Ok(());
            }
        }
    }

    /// Occurrences are made, and nobody minds the reminders.
    pub(crate) async fn recur(&self) {
        while self.read_series().await.unwrap() > 0 {}
    }

    /// The manager of occurrences reads what there is.
    pub(crate) async fn read_series(&self) -> Result<usize, Failure> {
        let commands = Arc::new(self.twin.clone());
        let recurrence = Arc::new(Recurrence::new(commands, self.pool.clone(), self.clock.clone()));
        self.read(&recurrence, &Fuse::never()).await
    }

    /// The manager of reminders reads one topic to its end, and then the other.
    pub(crate) async fn read_one_by_one(&self, order: [&str; 2]) {
        let commands = Arc::new(self.twin.clone());
        let reminders = Arc::new(Reminders::new(commands, self.pool.clone(), self.clock.clone()));
        for topic in order {
            self.read_topics(&reminders, &Fuse::never(), &[topic]).await.unwrap();
        }
    }

    /// Reads to the end of the log, a few records at a time.
    async fn read<M: ProcessManager>(&self, manager: &Arc<M>, fuse: &Fuse) -> Result<usize, Failure> {
        self.read_topics(manager, fuse, manager.topics()).await
    }

    async fn read_topics<M: ProcessManager>(
        &self,
        manager: &Arc<M>,
        fuse: &Fuse,
        topics: &[&str],
    ) -> Result<usize, Failure> {
        let partitions: Vec<(String, i32)> = topics.iter().map(|topic| ((*topic).to_owned(), 0)).collect();
        let manager = Arc::new(MortalRows { inner: manager.clone(), fuse: fuse.clone() });
        let mut lane = Lane::open(manager, self.pool.clone(), &partitions).await?;
        let mut done = 0;
        loop {
            let next: Vec<Position> = lane.next().collect();
            let next = next.iter().filter(|next| topics.contains(&next.topic.as_str()));
            let of = |position: &Position| self.twin.records(&position.topic, position.offset);
            let batch: Vec<LogRecord> = next.flat_map(|next| of(next).into_iter().take(3)).collect();
            if batch.is_empty() {
                return Ok(done);
            }
            lane.apply(&batch).await?;
            fuse.step().await;
            done += batch.len();
        }
    }

    /// Works until nothing is left to do.
    pub(crate) async fn settle(&self) {
        self.process(Arc::new(self.twin.clone()), &Fuse::never()).await.unwrap();
    }

    /// The clock of occurrences alone looks for what is due.
    pub(crate) async fn tick_recurrence(&self) {
        let recurrence = Recurrence::new(Arc::new(self.twin.clone()), self.pool.clone(), self.clock.clone());
        fire_all(&recurrence, &self.clock).await.unwrap();
    }

    /// The clock of reminders alone looks for what is due.
    pub(crate) async fn tick_reminders(&self) {
        let reminders = Reminders::new(Arc::new(self.twin.clone()), self.pool.clone(), self.clock.clone());
        fire_all(&reminders, &self.clock).await.unwrap();
    }

    /// What clocks that died were at work on is free again.
    pub(crate) async fn leases_run_out(&self) {
        for table in ["series", "reminders"] {
            let end = format!(
                "UPDATE tasklog_process.{table} SET taken_until = now() - interval '1 second' WHERE taken_until IS NOT NULL"
            );
            sqlx::query(&end).execute(&self.pool).await.unwrap();
        }
    }

    /// Throws away all that the managers know, once whoever died in the midst of a transaction has lost it.
    pub(crate) async fn forget(&self) {
        // TRUNCATE would make every file of these tables anew, and every plan that reads them: rounds of crashes forget thousands of times.
        let forget = "LOCK TABLE tasklog_process.positions, tasklog_process.series, tasklog_process.reminders,
                tasklog_process.successors, tasklog_process.subtasks, tasklog_process.followed_parents;
             DELETE FROM tasklog_process.positions; DELETE FROM tasklog_process.series; DELETE FROM tasklog_process.reminders;
             DELETE FROM tasklog_process.successors; DELETE FROM tasklog_process.subtasks; DELETE FROM tasklog_process.followed_parents";
        sqlx::raw_sql(forget).execute(&self.pool).await.unwrap();
    }

    fn give(&self, id: Uuid, command: TaskCommand) {
        let answer = self.twin.to_task_of_user(id, command);
        assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    }

    pub(crate) fn create(&self, n: u128, body: Value) {
        let new = NewTask::from_json(body.as_object().unwrap()).unwrap();
        self.give(id(n), TaskCommand::Create { id: id(n), new, at: self.twin.now() });
    }

    pub(crate) fn import(&self, line: Value) {
        let new = NewTask::import_from_json(line.as_object().unwrap()).unwrap();
        let id = new.id().unwrap();
        self.give(id, TaskCommand::Create { id, new, at: self.twin.now() });
    }

    pub(crate) fn update(&self, id: Uuid, body: Value) {
        let patch = TaskPatch::from_json(body.as_object().unwrap()).unwrap();
        self.give(id, TaskCommand::Update { patch, at: self.twin.now() });
    }

    /// A change of this occurrence alone.
    pub(crate) fn update_this(&self, id: Uuid, body: Value) {
        let patch = TaskPatch::from_json(body.as_object().unwrap()).unwrap().meant_for(Some(Scope::This)).unwrap();
        self.give(id, TaskCommand::Update { patch, at: self.twin.now() });
    }

    pub(crate) fn complete(&self, id: Uuid) {
        self.update(id, serde_json::json!({"status": "completed"}));
    }

    pub(crate) fn delete(&self, id: Uuid) {
        self.give(id, TaskCommand::Delete { at: self.twin.now() });
    }

    pub(crate) fn restore(&self, id: Uuid) {
        self.give(id, TaskCommand::Restore { at: self.twin.now() });
    }

    pub(crate) fn skip(&self, id: Uuid) {
        self.give(id, TaskCommand::Skip { at: self.twin.now() });
    }

    /// Schedules the reminder `n` of a task.
    pub(crate) fn remind(&self, n: u128, task_id: Uuid, body: Value) {
        let new = NewReminder::from_json(body.as_object().unwrap()).unwrap();
        let task = self.tasks().get(&task_id).map(|task| TaskDue { due: task.due });
        let command = ReminderCommand::Schedule { id: id(n), task_id, new, task, at: self.twin.now() };
        let answer = self.twin.user::<Reminder>(id(n), command);
        assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    }

    pub(crate) fn advance(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// All tasks that are not deleted.
    pub(crate) fn tasks(&self) -> BTreeMap<Uuid, Task> {
        let all = self.twin.all::<TaskAggregate>().into_iter().map(|(id, (aggregate, _))| (id, aggregate.task));
        all.filter(|(_, task)| task.exists()).collect()
    }

    /// Tasks that are still to be done, in the order of their due days.
    pub(crate) fn open(&self) -> Vec<Task> {
        let mut open: Vec<Task> = self.tasks().into_values().filter(|task| task.status == Status::Pending).collect();
        open.sort_by_key(|task| (task.due.map(|due| due.sort_key()), task.id));
        open
    }

    /// The due days of those.
    pub(crate) fn open_days(&self) -> Vec<String> {
        self.open().iter().filter_map(|task| Some(task.due?.day().to_string())).collect()
    }

    pub(crate) fn reminder(&self, id: Uuid) -> Reminder {
        self.twin.all::<Reminder>()[&id].0.clone()
    }

    /// Ids that managers gave their commands although a client could have sent them as keys.
    pub(crate) fn ids_that_a_client_could_send(&self) -> Vec<String> {
        let records = [topics::TASKS, topics::REMINDERS].into_iter().flat_map(|topic| self.twin.records(topic, 0));
        let events = records.flat_map(|record| record.content.unwrap());
        let by_managers = events.filter(|event| event.actor != "tasklog/user");
        by_managers.map(|event| event.commandid).filter(|id| refuse_own_commands(id).is_ok()).collect()
    }

    /// The rings of each reminder that rang, by its stream.
    pub(crate) fn all_rings(&self) -> BTreeMap<String, Vec<ReminderTriggered>> {
        let records = self.twin.records(topics::REMINDERS, 0);
        let mut rings = BTreeMap::<String, Vec<ReminderTriggered>>::new();
        for event in records.iter().flat_map(|record| record.content.as_ref().unwrap()) {
            if let Ok(ReminderEvent::Triggered(ring)) = AdjacentlyTagged::decode(&event.event_type, &event.data) {
                rings.entry(event.partitionkey.clone()).or_default().push(ring);
            }
        }
        rings
    }

    /// Each ring of the reminder `n`.
    pub(crate) fn rings(&self, n: u128) -> Vec<ReminderTriggered> {
        self.all_rings().remove(&tenant::stream_id(tenant::DEFAULT, id(n))).unwrap_or_default()
    }
}
