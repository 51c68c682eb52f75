//! Makes reminders ring in time, and keeps them in step with their tasks: what is done or gone is not reminded of, what is open again is,
//! and a reminder before the due date goes where that goes.
//!
//! It looks at the task as it is now, not at what the event says: to ask twice, or late, is the same as to ask once.

mod due;
mod follow;
mod late;
mod reconcile;
mod rows;
mod take_over;

pub(crate) use due::{EARLIEST, taking};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use domain::reminder::ReminderStatus;
use domain::{tenant, topics};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{Envelope, LogRecord, Position};
use platform::clock::Clock;
use platform::postgres::in_time;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::commands::Commands;
use crate::manager::{Alarm, Failure, ProcessManager, Rush};
use rows::{ANSWER, Row};
use take_over::Successor;

/// Its name, everywhere.
pub const NAME: &str = "reminders";

/// Reminders that are worked on at the same time.
const AT_ONCE: usize = 256;

/// The reminders process manager. Clones are the same one.
#[derive(Clone)]
pub struct Reminders {
    commands: Arc<dyn Commands>,
    pool: PgPool,
    clock: Clock,
    alarm: Alarm,
    rush: Rush,
    /// The look before found as many as it can take.
    found_all_it_takes: Arc<AtomicBool>,
}

impl Reminders {
    /// Gives its commands through `commands` and keeps its rows in `pool`.
    pub fn new(commands: Arc<dyn Commands>, pool: PgPool, clock: Clock) -> Self {
        Self {
            commands,
            pool,
            clock,
            alarm: Alarm::default(),
            rush: Rush::default(),
            found_all_it_takes: Arc::default(),
        }
    }

    /// Wakes whoever looks for reminders whose time has come.
    #[must_use]
    pub fn alarm(&self) -> Alarm {
        self.alarm.clone()
    }

    /// Says by `rush` when very many ring.
    #[must_use]
    pub fn saying(self, rush: Rush) -> Self {
        Self { rush, ..self }
    }

    /// The time by which reminders ring.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// What a batch changes.
#[derive(Debug)]
pub struct Changes {
    rows: Vec<Row>,
    successors: Vec<Successor>,
}

/// An event and the record that it stands in.
#[derive(Clone, Copy)]
struct Told<'a> {
    position: &'a Position,
    envelope: &'a Envelope,
}

#[async_trait]
impl ProcessManager for Reminders {
    type Changes = Changes;

    fn name(&self) -> &'static str {
        NAME
    }

    fn topics(&self) -> &'static [&'static str] {
        &[topics::TASKS, topics::REMINDERS]
    }

    async fn handle(&self, records: &[LogRecord]) -> Result<Changes, Failure> {
        let Batch { reminders, tasks, successors } = Batch::of(records);
        let changed = self.follow_all(reminders).await?;
        let mut concerned = self.of_tasks(&tasks, &changed).await?;
        for (row, told) in &changed {
            // What became one to ring may be one of a task that is done by now, and what was cancelled with its task one of a task that is
            // open again.
            if matches!(row.state.status, ReminderStatus::Scheduled | ReminderStatus::Cancelled) {
                concerned.entry(row.reminder_id).or_insert_with(|| (row.clone(), told.envelope.clone()));
            }
        }
        let reconciling: Vec<_> = concerned.values().map(|(row, because)| self.reconcile(row, because)).collect();
        stream::iter(reconciling).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        self.take_over(&successors, &changed).await?;
        let successors = successors.into_values().map(|(successor, _)| successor).collect();
        Ok(Changes { rows: changed.into_iter().map(|(row, _)| row).collect(), successors })
    }

    fn has_rows(&self, changes: &Changes) -> bool {
        !changes.rows.is_empty() || !changes.successors.is_empty()
    }

    async fn write(&self, connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
        rows::save(connection, &changes.rows).await?;
        take_over::save(connection, &changes.successors).await
    }

    fn committed(&self, changes: &Changes) {
        if changes.rows.iter().any(|row| row.fires_at.is_some()) {
            self.alarm.ring();
        }
    }
}

/// What a batch tells, sorted by what it is of.
struct Batch<'a> {
    /// The events of each reminder, in the order of the log.
    reminders: BTreeMap<&'a str, Vec<Told<'a>>>,
    /// Tasks that changed in a way that reminders care for.
    tasks: Tasks<'a>,
    /// Those of them that came to follow another one, whatever happened to them since.
    successors: Successors<'a>,
}

/// Tasks with the last event that reminders care for.
type Tasks<'a> = BTreeMap<(&'a str, Uuid), &'a Envelope>;

/// Tasks that follow others, each with the event that says so.
type Successors<'a> = BTreeMap<(&'a str, Uuid), (Successor, &'a Envelope)>;

impl<'a> Batch<'a> {
    fn of(records: &'a [LogRecord]) -> Self {
        let (mut reminders, mut tasks) = (BTreeMap::<&str, Vec<Told<'_>>>::new(), Tasks::new());
        let mut successors = Successors::new();
        for record in records {
            for envelope in record.content.iter().flatten() {
                if record.position.topic == topics::REMINDERS {
                    reminders
                        .entry(&envelope.partitionkey)
                        .or_default()
                        .push(Told { position: &record.position, envelope });
                } else if let (true, Some(task)) = (matters(envelope), tenant::parse_stream_id(&envelope.partitionkey))
                {
                    tasks.insert(task, envelope);
                    if let Some(successor) = Successor::of(task.0, task.1, envelope) {
                        successors.insert(task, (successor, envelope));
                    }
                }
            }
        }
        Self { reminders, tasks, successors }
    }
}

/// Whether an event of a task may mean anything to its reminders, told without reading it: it moves the due date, ends the task or
/// brings it back, or takes its place in a series.
fn matters(envelope: &Envelope) -> bool {
    let text = envelope.data.get();
    match envelope.event_type.as_str() {
        "tasklog.task.created.v1" => text.contains("\"follows\""),
        "tasklog.task.updated.v1" => text.contains("\"due\"") || text.contains("\"status\""),
        _ => true,
    }
}

impl Reminders {
    /// The rows of these reminders after their events, each with the last of them.
    async fn follow_all<'a>(
        &self,
        reminders: BTreeMap<&'a str, Vec<Told<'a>>>,
    ) -> Result<Vec<(Row, Told<'a>)>, Failure> {
        let mut rows = in_time(ANSWER, rows::load(&self.pool, reminders.keys().copied())).await?;
        let streams = reminders.into_iter().map(|(stream, told)| (stream, told, rows.remove(stream)));
        let following: Vec<_> = streams.map(|(stream, told, row)| self.follow(stream, told, row)).collect();
        let followed: Vec<_> = stream::iter(following).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(followed.into_iter().flatten().collect())
    }

    /// The reminders of these tasks, each with the event because of which it is looked at.
    async fn of_tasks(
        &self,
        tasks: &Tasks<'_>,
        changed: &[(Row, Told<'_>)],
    ) -> Result<BTreeMap<Uuid, (Row, Envelope)>, Failure> {
        let mut concerned = BTreeMap::new();
        if tasks.is_empty() {
            return Ok(concerned);
        }
        let stored = in_time(ANSWER, rows::of_tasks(&self.pool, tasks.keys().copied())).await?;
        for row in stored.into_iter().chain(changed.iter().map(|(row, _)| row.clone())) {
            let because = tasks.get(&(row.tenant.as_str(), row.task_id)).copied();
            concerned.extend(because.map(|because| (row.reminder_id, (row, because.clone()))));
        }
        Ok(concerned)
    }
}
