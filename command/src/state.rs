//! What the endpoints share.

use std::sync::Arc;

use domain::reminder::{Reminder, ReminderCommand, ReminderRejection};
use domain::task::{Task, TaskCommand, TaskRejection};
use kafka_es::{CommandMeta, Committed, EventStore, ExecuteError};
use platform::clock::Clock;
use uuid::Uuid;

use crate::request::Preconditions;

/// The two event stores and the clock. Cheap to clone.
#[derive(Clone)]
pub struct CommandState {
    /// Streams of the topic `task-events`.
    pub tasks: EventStore<Task>,
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
    /// key it is a fresh id, which no other command can have. `fingerprint` is kept only along with a key.
    #[must_use]
    pub fn meta(&self, subject: Uuid, preconditions: &Preconditions, fingerprint: String) -> CommandMeta {
        let key = preconditions.idempotency_key.clone();
        CommandMeta {
            tenant: self.tenant.to_string(),
            source: format!("/tenants/{}", self.tenant),
            subject: subject.to_string(),
            fingerprint: key.is_some().then_some(fingerprint),
            command_id: key.unwrap_or_else(|| Uuid::new_v4().to_string()),
            causation_id: None,
            correlation_id: None,
            actor: ANONYMOUS.to_owned(),
            time: self.clock.now(),
            traceparent: platform::telemetry::current_traceparent(),
        }
    }

    /// Runs a command on the stream of the task `id`.
    ///
    /// # Errors
    /// As [`EventStore::execute`].
    pub async fn run_on_task(
        &self,
        id: Uuid,
        command: TaskCommand,
        meta: CommandMeta,
        preconditions: &Preconditions,
    ) -> Result<Committed<Task>, ExecuteError<TaskRejection>> {
        self.tasks.execute(&self.stream(id), command, &(), meta, preconditions.expected()).await
    }

    /// Runs a command on the stream of the reminder `id`.
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
        self.reminders.execute(&self.stream(id), command, &(), meta, preconditions.expected()).await
    }
}
