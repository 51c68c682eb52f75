//! How managers give commands, and what they may ask of the log. [`StoreCommands`] stands on the event stores; tests have a twin.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::reminder::{Reminder, ReminderCommand, ReminderRejection};
use domain::task::{TaskAggregate, TaskCommand, TaskRejection};
use domain::{tenant, topics};
use kafka_es::{
    CommandMeta, Envelope, EventStore, ExecuteError, Expected, Freshness, LoadError, LogEnds, Outcome, Position,
    StoredAggregate,
};
use platform::clock::Clock;
use uuid::Uuid;

use crate::manager::Failure;
use crate::metric_definitions as metric;

/// A command to a task or reminder.
#[derive(Debug, Clone)]
pub struct Order<C> {
    /// Whose it is.
    pub tenant: String,
    /// The task or reminder.
    pub id: Uuid,
    /// What to do.
    pub command: C,
    /// The id by which the stream knows the command again.
    pub command_id: String,
    /// The version that the order is meant for.
    pub expected: Expected,
    /// What it follows from.
    pub cause: Cause,
}

/// What the actor of an event begins with where a manager has given the command; its name follows.
const MANAGERS: &str = "tasklog/";

/// Whether this manager has given the command that the event is of. The command's id does not tell: clients choose theirs.
pub(crate) fn is_by(envelope: &Envelope, manager: &str) -> bool {
    envelope.actor.strip_prefix(MANAGERS) == Some(manager)
}

/// What a command follows from.
#[derive(Debug, Clone)]
pub struct Cause {
    /// Who gives it.
    pub manager: &'static str,
    /// The event, where there is one: `<stream>@<sequence>`.
    pub event: Option<String>,
    /// What that belongs to.
    pub correlation_id: Option<String>,
    /// Its W3C trace context: what follows belongs to the same trace, whether or not somebody records it.
    pub traceparent: Option<String>,
}

impl Cause {
    /// This event.
    #[must_use]
    pub fn event(manager: &'static str, envelope: &Envelope) -> Self {
        Self {
            manager,
            event: Some(envelope.id.clone()),
            correlation_id: envelope.correlationid.clone(),
            traceparent: envelope.traceparent.clone(),
        }
    }

    /// The time.
    #[must_use]
    pub const fn time(manager: &'static str) -> Self {
        Self { manager, event: None, correlation_id: None, traceparent: None }
    }

    /// The time, in the trace of what set it, where that had one.
    #[must_use]
    pub fn time_in(manager: &'static str, traceparent: Option<String>) -> Self {
        let trace = traceparent.as_deref().and_then(|parent| parent.split('-').nth(1)).map(str::to_owned);
        Self { manager, event: None, correlation_id: trace, traceparent }
    }
}

/// Who has done what a manager commands, as the events of it say.
#[must_use]
pub fn actor(manager: &str) -> String {
    format!("{MANAGERS}{manager}")
}

/// What came of a command.
#[derive(Debug, Clone)]
pub enum Answer<A, R> {
    /// It is in the log, or changes nothing.
    Done {
        /// The aggregate right after it.
        aggregate: A,
        /// Its version then.
        version: u64,
        /// The log has an event of the command, from now or from before; without one it changes nothing.
        has_event: bool,
    },
    /// The aggregate refused it.
    Refused(R),
    /// The stream is not at the version that the order is meant for.
    Moved,
}

/// The write side as managers see it.
#[async_trait]
pub trait Commands: Send + Sync + 'static {
    /// Gives a command to a task.
    ///
    /// # Errors
    /// When it was not carried out, or it is not known whether it was. To give it again is safe.
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure>;

    /// Gives a command to a reminder.
    ///
    /// # Errors
    /// As [`Self::to_task`].
    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure>;

    /// A task as the log has it at this moment; `None` where there never was one.
    ///
    /// # Errors
    /// When that cannot be said.
    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure>;

    /// A reminder as the log has it at this moment; `None` where there never was one.
    ///
    /// # Errors
    /// When that cannot be said.
    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure>;

    /// Whether the record at this position holds the event of that sequence, rather than one that lost the race for it.
    ///
    /// # Errors
    /// When that cannot be said.
    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure>;

    /// The offset after the last record of each partition of a topic.
    ///
    /// # Errors
    /// When that cannot be said.
    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure>;

    /// The events of a stream of this topic, each with the record that it stands in.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure>;
}

/// The event stores of this process.
#[derive(Debug, Clone)]
pub struct StoreCommands {
    /// Streams of the topic `task-events`.
    pub tasks: EventStore<TaskAggregate>,
    /// Streams of the topic `reminders`.
    pub reminders: EventStore<Reminder>,
    /// Where the log ends.
    pub ends: Arc<LogEnds>,
    /// Where commands get their time from.
    pub clock: Clock,
}

#[async_trait]
impl Commands for StoreCommands {
    async fn to_task(&self, order: Order<TaskCommand>) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
        give(&self.tasks, order, self.clock.now()).await
    }

    async fn to_reminder(&self, order: Order<ReminderCommand>) -> Result<Answer<Reminder, ReminderRejection>, Failure> {
        give(&self.reminders, order, self.clock.now()).await
    }

    async fn task(&self, tenant: &str, id: Uuid) -> Result<Option<TaskAggregate>, Failure> {
        let loaded = self.tasks.load(&tenant::stream_id(tenant, id), Freshness::Barrier).await;
        Ok(loaded.map_err(unread)?.map(|loaded| loaded.aggregate))
    }

    async fn reminder(&self, tenant: &str, id: Uuid) -> Result<Option<Reminder>, Failure> {
        let loaded = self.reminders.load(&tenant::stream_id(tenant, id), Freshness::Barrier).await;
        Ok(loaded.map_err(unread)?.map(|loaded| loaded.aggregate))
    }

    async fn counts(&self, position: &Position, stream: &str, sequence: u64) -> Result<bool, Failure> {
        // What was read from the log by others may not be applied here yet.
        let offset = match position.topic.as_str() {
            topics::TASKS => offset_of(&self.tasks, position, stream, sequence).await,
            _ => offset_of(&self.reminders, position, stream, sequence).await,
        };
        Ok(offset.map_err(unread)? == Some(position.offset))
    }

    async fn ends(&self, topic: &str) -> Result<BTreeMap<i32, i64>, Failure> {
        Ok(self.ends.of(topic).await?)
    }

    async fn events(&self, topic: &str, stream: &str) -> Result<Vec<(Position, Envelope)>, Failure> {
        let events = match topic {
            topics::TASKS => self.tasks.history(stream, Freshness::Barrier).await,
            _ => self.reminders.history(stream, Freshness::Barrier).await,
        };
        events.map_err(unread)
    }
}

async fn offset_of<A: StoredAggregate>(
    store: &EventStore<A>,
    position: &Position,
    stream: &str,
    sequence: u64,
) -> Result<Option<i64>, LoadError> {
    let applied = usize::try_from(position.partition).ok().and_then(|at| store.next_offsets().get(at).copied());
    let is_applied = applied.is_some_and(|next| next > position.offset);
    let freshness = if is_applied { Freshness::Local } else { Freshness::Barrier };
    store.offset_of(stream, sequence, freshness).await
}

fn unread(error: LoadError) -> Failure {
    match error {
        LoadError::StreamBlocked { .. } => Failure::Blocked(error.to_string()),
        error => Failure::Stream(error.to_string()),
    }
}

async fn give<A: StoredAggregate<Services = ()>>(
    store: &EventStore<A>,
    order: Order<A::Command>,
    time: DateTime<Utc>,
) -> Result<Answer<A, A::Error>, Failure> {
    let Order { tenant, id, command, command_id, expected, cause } = order;
    let stream = tenant::stream_id(&tenant, id);
    let meta = CommandMeta {
        source: format!("/tenants/{tenant}"),
        tenant,
        subject: id.to_string(),
        fingerprint: None,
        causation_id: cause.event,
        correlation_id: cause
            .correlation_id
            .or_else(|| platform::telemetry::trace_id(&tracing::Span::current()))
            .or_else(|| Some(command_id.clone())),
        command_id,
        actor: actor(cause.manager),
        time,
        traceparent: platform::telemetry::current_traceparent().or(cause.traceparent),
    };
    match store.execute(&stream, command, &(), meta, expected).await {
        Ok(committed) => {
            let repeated = committed.outcome == Outcome::Replayed;
            metric::command(cause.manager, if repeated { "repeated" } else { "done" });
            let has_event = committed.outcome != Outcome::Unchanged;
            Ok(Answer::Done { aggregate: committed.aggregate, version: committed.sequence, has_event })
        }
        Err(ExecuteError::Rejected(rejection)) => {
            metric::command(cause.manager, "refused");
            Ok(Answer::Refused(rejection))
        }
        Err(ExecuteError::WrongVersion { .. }) => {
            metric::command(cause.manager, "refused");
            Ok(Answer::Moved)
        }
        Err(
            error @ (ExecuteError::StreamBlocked { .. }
            | ExecuteError::TooLarge { .. }
            | ExecuteError::Encode(_)
            | ExecuteError::StreamName
            | ExecuteError::KeyReused),
        ) => Err(Failure::Blocked(format!("{stream}: {error}"))),
        Err(error) => Err(Failure::Command(format!("{stream}: {error}"))),
    }
}
