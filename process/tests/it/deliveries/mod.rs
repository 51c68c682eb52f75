//! Deliveries on a real Postgres and to a real receiver, by processes that die.

mod apart;
mod batches;
mod bound;
mod crashes;
mod health;
mod pairs;
mod patched;
mod receiver;
mod remembered;
mod renewals;
mod rush;
mod sidecar;
mod together;
mod troubled;
mod unread;
mod weeks;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::reminder::{Reminder, ReminderCommand, ReminderRejection, Told};
use domain::task::{TaskAggregate, TaskCommand, TaskRejection};
use domain::{tenant, topics};
use kafka_es::{Envelope, LogRecord, Position};
use notification::{Settings, Targets, Webhooks};
use platform::clock::Clock;
use platform::sidecar::StateStore;
use process::commands::{Answer, Commands, Order};
use process::delivery::{Channels, Notify, save};
use process::manager::{Failure, Lane, ProcessManager, Timed as _};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::twin::Twin;
use crate::world::*;
use receiver::{Receiver, Says};

/// The steps that a process may die before, in their order.
const STEPS: [&str; 8] = ["rows", "checkpoint", "taking up", "asking", "outcome", "telling", "told", "done"];

/// A world in which reminders have rung, and somebody is to be told.
pub(crate) struct Ringing {
    pub(crate) world: World,
    pub(crate) receiver: Receiver,
    channels: Channels,
    /// What remembers deliveries besides the database.
    store: Option<StateStore>,
}

impl Ringing {
    async fn new() -> Self {
        let world = World::new().await;
        let webhooks = Webhooks::new(Targets::Any).unwrap();
        let channels = Channels { webhooks, mailer: None, binding: None, targets: Targets::Any };
        Self { world, receiver: Receiver::start().await, channels, store: None }
    }

    /// The same in which processes may die.
    async fn mortal() -> Self {
        let ringing = Self::new().await;
        sqlx::raw_sql(include_str!("faults.sql")).execute(&ringing.world.pool).await.unwrap();
        ringing
    }

    /// Another world in the same database, which forgets what was in it.
    async fn anew(self) -> Self {
        let forget = "TRUNCATE tasklog_process.settings, tasklog_process.channels, tasklog_process.attempts, tasklog_process.deliveries";
        sqlx::query(forget).execute(&self.world.pool).await.unwrap();
        self.receiver.forget();
        Self { world: self.world.anew().await, ..self }
    }

    /// Somebody wants to be told over hooks that answer so.
    async fn told_over(&self, hooks: &[Vec<Says>]) {
        let channel = |(n, answers): (usize, &Vec<Says>)| {
            let url = self.receiver.hook(&format!("hook-{n}"), answers);
            json!({"type": "webhook", "url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
        };
        let channels: Vec<Value> = hooks.iter().enumerate().map(channel).collect();
        let body = json!({"channels": channels});
        let settings = Settings::from_json(body.as_object().unwrap(), &Settings::default(), Targets::Any).unwrap();
        save(&self.world.pool, tenant::DEFAULT, &settings).await.unwrap();
    }

    /// So many reminders ring, those from 101 on.
    fn ring(&self, reminders: u128) {
        self.world.create(1, json!({"title": "x"}));
        for n in 0..reminders {
            self.world.remind(101 + n, id(1), json!({"remind_at": "2026-11-30T16:00:00", "time_zone": "UTC"}));
        }
        self.world.advance(TimeDelta::hours(8));
        for n in 0..reminders {
            self.world.twin.user::<Reminder>(
                id(101 + n),
                ReminderCommand::Trigger { at: self.world.clock.now(), told: Told::Alone },
            );
        }
    }

    fn notify(&self, commands: Arc<dyn Commands>) -> Notify {
        self.notify_by(commands, self.world.clock.clone())
    }

    /// The manager of a process with a clock of its own.
    fn notify_by(&self, commands: Arc<dyn Commands>, clock: Clock) -> Notify {
        Notify::new(commands, self.world.pool.clone(), clock, self.channels.clone()).remembering(self.store.clone())
    }

    /// Time passes, for those that wait as well: by the clock of the database, which no test moves, their times come nearer.
    async fn passes(&self, time: TimeDelta) {
        self.world.advance(time);
        let nearer = "UPDATE tasklog_process.deliveries SET due_at = due_at - $1 * interval '1 millisecond'
             WHERE due_at IS NOT NULL";
        sqlx::query(nearer).bind(time.num_milliseconds()).execute(&self.world.pool).await.unwrap();
    }

    /// What processes that died were at work on is free again.
    async fn leases_run_out(&self) {
        let end = "UPDATE tasklog_process.deliveries SET taken_until = now() - interval '1 second'
             WHERE taken_until > now() AND due_at IS NOT NULL";
        sqlx::query(end).execute(&self.world.pool).await.unwrap();
    }

    /// Writes down what is to be delivered.
    async fn read(&self) {
        let notify = self.notify(Arc::new(self.world.twin.clone()));
        read(&self.world, Arc::new(notify)).await.unwrap();
    }

    /// A process that works until nothing is left to do, or until it dies. Time passes for it. Whoever lived before has been dead for so
    /// long that nothing is held by it any more.
    async fn live(&self) -> Result<(), Failure> {
        self.leases_run_out().await;
        let pool = self.world.pool.clone();
        let commands = Arc::new(Dying { inner: self.world.twin.clone(), pool: pool.clone() });
        let notify = Arc::new(self.notify(commands.clone()));
        read(&self.world, Arc::new(DyingRows { inner: notify.clone(), pool })).await?;
        for _ in 0..1_000 {
            let fired = notify.fire(self.world.clock.now()).await;
            // Each delivery that is under way has the commands.
            while Arc::strong_count(&commands) > 2 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            fired?;
            if self.has_died().await {
                return Err(Failure::Command("killed".to_owned()));
            }
            let Some(at) = notify.earliest().await? else { return Ok(()) };
            self.passes((at - self.world.clock.now()).max(TimeDelta::zero())).await;
        }
        panic!("it does not come to an end");
    }

    /// The next process dies before it takes this step, after it has passed it so many times.
    async fn dies_before(&self, step: &str, spared: i64) {
        self.nobody_dies().await;
        let arm = sqlx::query("INSERT INTO faults.armed VALUES ($1, $2)");
        arm.bind(step).bind(spared).execute(&self.world.pool).await.unwrap();
    }

    async fn nobody_dies(&self) {
        let disarm =
            "TRUNCATE faults.armed; ALTER SEQUENCE faults.passed RESTART; ALTER SEQUENCE faults.deaths RESTART";
        sqlx::raw_sql(disarm).execute(&self.world.pool).await.unwrap();
    }

    async fn has_died(&self) -> bool {
        let has = sqlx::query_scalar("SELECT is_called FROM faults.deaths");
        has.fetch_one(&self.world.pool).await.unwrap()
    }

    /// How often each delivery has come to the receiver.
    fn received(&self) -> BTreeMap<Uuid, usize> {
        let mut times = BTreeMap::new();
        for received in self.receiver.received() {
            *times.entry(received.id).or_default() += 1;
        }
        times
    }

    /// How many attempts of each delivery are written down. What is refused for a channel that is disabled has not come to anybody.
    async fn written(&self) -> BTreeMap<Uuid, usize> {
        let attempts =
            "SELECT delivery_id, count(*) FROM tasklog_process.attempts WHERE outcome <> 'refused' GROUP BY 1";
        let attempts = sqlx::query_as(attempts);
        let rows: Vec<(Uuid, i64)> = attempts.fetch_all(&self.world.pool).await.unwrap();
        rows.into_iter().map(|(id, times)| (id, usize::try_from(times).unwrap())).collect()
    }

    /// The events that say how rings of a reminder ended.
    fn ends(&self, n: u128) -> Vec<String> {
        let stream = tenant::stream_id(tenant::DEFAULT, id(n));
        let records = self.world.twin.records(topics::REMINDERS, 0);
        let events = records.iter().flat_map(|record| record.content.as_ref().unwrap());
        let ends = events.filter(|event| event.partitionkey == stream).map(|event| event.event_type.clone());
        ends.filter(|name| name.ends_with(".sent.v1") || name.ends_with(".delivery_failed.v1")).collect()
    }
}

/// Reads to the end of the log, a few records at a time.
async fn read<M: ProcessManager>(world: &World, manager: Arc<M>) -> Result<(), Failure> {
    let mut lane = Lane::open(manager, world.pool.clone(), &[(topics::REMINDERS.to_owned(), 0)]).await?;
    loop {
        let from = lane.next().next().unwrap().offset;
        let batch: Vec<LogRecord> = world.twin.records(topics::REMINDERS, from).into_iter().take(3).collect();
        if batch.is_empty() {
            return Ok(());
        }
        lane.apply(&batch).await?;
    }
}

async fn pass(pool: &PgPool, step: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT faults.pass($1)").bind(step).execute(pool).await.map(drop)
}

/// Commands of a process that may die before it asks, before it tells and afterwards.
struct Dying {
    inner: Twin,
    pool: PgPool,
}

#[async_trait]
impl Commands for Dying {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        self.inner.to_task(order).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        pass(&self.pool, "telling").await?;
        let answer = self.inner.to_reminder(order).await?;
        pass(&self.pool, "told").await?;
        Ok(answer)
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        self.inner.task(tenant, id).await
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        pass(&self.pool, "asking").await?;
        self.inner.reminder(tenant, id).await
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        self.inner.counts(position, stream, sequence).await
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        self.inner.ends(topic).await
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        self.inner.events(topic, stream).await
    }
}

/// The manager of a process that may die before its rows are written, and before they are committed with the checkpoint.
struct DyingRows {
    inner: Arc<Notify>,
    pool: PgPool,
}

#[async_trait]
impl ProcessManager for DyingRows {
    type Changes = <Notify as ProcessManager>::Changes;

    fn name(&self) -> &'static str {
        ProcessManager::name(&*self.inner)
    }

    fn topics(&self) -> &'static [&'static str] {
        self.inner.topics()
    }

    async fn handle(&self, records: &[LogRecord]) -> Result<Self::Changes, Failure> {
        self.inner.handle(records).await
    }

    fn has_rows(&self, changes: &Self::Changes) -> bool {
        self.inner.has_rows(changes)
    }

    async fn write(&self, connection: &mut PgConnection, changes: &Self::Changes) -> Result<(), sqlx::Error> {
        pass(&self.pool, "rows").await?;
        self.inner.write(connection, changes).await?;
        pass(&self.pool, "checkpoint").await
    }

    fn committed(&self, changes: &Self::Changes) {
        self.inner.committed(changes);
    }
}
