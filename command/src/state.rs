//! What the endpoints share.

use std::sync::Arc;

use domain::reminder::{Reminder, ReminderCommand, ReminderRejection};
use domain::task::{TaskAggregate, TaskCommand, TaskRejection};
use kafka_es::{CommandMeta, Committed, EventStore, ExecuteError, Expected, Freshness, StoredAggregate};
use platform::clock::Clock;
use platform::problem::Problem;
use uuid::Uuid;

use crate::failure::{Rejection, load_problem, not_found, problem};
use crate::request::{Preconditions, expected};
use crate::task::{LOOKS_MAX, lineage_of};

/// The two event stores and the clock. Cheap to clone.
#[derive(Clone)]
pub struct CommandState {
    /// Streams of the topic `task-events`.
    pub tasks: EventStore<TaskAggregate>,
    /// Streams of the topic `reminders`.
    pub reminders: EventStore<Reminder>,
    /// Where commands get their time from.
    pub clock: Clock,
    /// The tenant every write belongs to.
    pub tenant: Arc<str>,
}

/// Who is named as the actor of a write while there is no authentication.
const ANONYMOUS: &str = "anonymous";

impl CommandState {
    /// The key under which a stream's records are in the log.
    #[must_use]
    pub fn stream(&self, id: Uuid) -> String {
        domain::tenant::stream_id(&self.tenant, id)
    }

    /// What goes into the event besides its payload.
    ///
    /// The command id is the caller's idempotency key, so that the stream itself remembers it; without a
    /// key it is a fresh id, which no other command can have. `fingerprint` is kept only along with a key, and where the command is one of
    /// many that were sent under one key, that of the whole request is kept instead.
    #[must_use]
    pub fn meta(&self, subject: Uuid, preconditions: &Preconditions, fingerprint: String) -> CommandMeta {
        let key = preconditions.idempotency_key.clone();
        let fingerprint = key.is_some().then(|| preconditions.part_of.clone().unwrap_or(fingerprint));
        let command_id = key.unwrap_or_else(|| Uuid::new_v4().to_string());
        CommandMeta {
            tenant: self.tenant.to_string(),
            source: format!("/tenants/{}", self.tenant),
            subject: subject.to_string(),
            fingerprint,
            causation_id: None,
            // What belongs together is a trace; where nobody traces, the command stands for itself.
            correlation_id: platform::telemetry::trace_id(&tracing::Span::current())
                .or_else(|| Some(command_id.clone())),
            command_id,
            actor: ANONYMOUS.to_owned(),
            time: self.clock.now(),
            traceparent: platform::telemetry::current_traceparent(),
        }
    }

    /// Runs a command on the stream of the task `id`, whether or not there is a task. Where the command puts the task below another,
    /// it is told of what is above that.
    ///
    /// # Errors
    /// As [`EventStore::execute`].
    pub async fn run_on_task(
        &self,
        id: Uuid,
        mut command: TaskCommand,
        meta: CommandMeta,
        preconditions: &Preconditions,
    ) -> Result<Committed<TaskAggregate>, ExecuteError<TaskRejection>> {
        for _ in 0..LOOKS_MAX {
            match run(&self.tasks, &self.stream(id), &command, &meta, preconditions).await {
                Err(ExecuteError::Rejected(TaskRejection::LineageNeeded { parent })) => {
                    command = command.below(lineage_of(self, parent).await?);
                }
                done => return done,
            }
        }
        run(&self.tasks, &self.stream(id), &command, &meta, preconditions).await
    }

    /// Runs a command on the task `id`, which must be there.
    ///
    /// # Errors
    /// What the request is to be answered; 404 goes before 412.
    pub async fn change_task(
        &self,
        id: Uuid,
        command: TaskCommand,
        meta: CommandMeta,
        preconditions: &Preconditions,
    ) -> Result<Committed<TaskAggregate>, Problem> {
        match self.run_on_task(id, command, meta, preconditions).await {
            Err(error) => Err(missing_first(&self.tasks, &self.stream(id), |stored| stored.task.exists(), error).await),
            Ok(committed) => Ok(committed),
        }
    }

    /// Runs a command on the stream of the reminder `id`, whether or not there is a reminder.
    ///
    /// # Errors
    /// As [`EventStore::execute`].
    pub async fn run_on_reminder(
        &self,
        id: Uuid,
        command: ReminderCommand,
        meta: CommandMeta,
        preconditions: &Preconditions,
    ) -> Result<Committed<Reminder>, ExecuteError<ReminderRejection>> {
        run(&self.reminders, &self.stream(id), &command, &meta, preconditions).await
    }

    /// Runs a command on the reminder `id`, which must be there.
    ///
    /// # Errors
    /// What the request is to be answered; 404 goes before 412.
    pub async fn change_reminder(
        &self,
        id: Uuid,
        command: ReminderCommand,
        meta: CommandMeta,
        preconditions: &Preconditions,
    ) -> Result<Committed<Reminder>, Problem> {
        match self.run_on_reminder(id, command, meta, preconditions).await {
            Err(error) => Err(missing_first(&self.reminders, &self.stream(id), Reminder::exists, error).await),
            Ok(committed) => Ok(committed),
        }
    }
}

/// Executes a command under any of the versions that `If-Match` names.
///
/// The store takes one version at a time. It is asked again only while the version found is one of those named, and a
/// version found later is a higher one, so it is asked at most once for each.
async fn run<A: StoredAggregate<Services = ()>>(
    store: &EventStore<A>,
    stream: &str,
    command: &A::Command,
    meta: &CommandMeta,
    preconditions: &Preconditions,
) -> Result<Committed<A>, ExecuteError<A::Error>> {
    let mut expected = expected(preconditions);
    loop {
        match store.execute(stream, command.clone(), &(), meta.clone(), expected).await {
            Err(ExecuteError::WrongVersion { actual }) if preconditions.allow(actual) => {
                expected = Expected::Version(actual);
            }
            done => return done,
        }
    }
}

/// What a failed change of a resource is answered: 404 rather than 412 where the resource is deleted, since RFC 9110
/// section 13.2.1 asks for a precondition only where the request would be answered without it.
async fn missing_first<A: StoredAggregate<Error: Rejection>>(
    store: &EventStore<A>,
    stream: &str,
    exists: impl Fn(&A) -> bool,
    error: ExecuteError<A::Error>,
) -> Problem {
    if !matches!(error, ExecuteError::WrongVersion { .. }) {
        return problem(error);
    }
    // The store has just caught up with the log to say so.
    match store.load(stream, Freshness::Local).await {
        Ok(Some(loaded)) if exists(&loaded.aggregate) => problem(error),
        Ok(_) => not_found::<A::Error>(),
        Err(error) => load_problem::<A::Error>(error),
    }
}
