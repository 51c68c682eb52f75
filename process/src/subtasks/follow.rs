//! Gives what is below a task the commands that its events ask for.

use domain::task::TaskCommand;
use domain::tenant::stream_id;
use domain::topics;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kafka_es::{Envelope, Expected};
use tracing::Instrument as _;
use uuid::Uuid;

use super::life::{Life, brings_back, command_id};
use super::rows::Row;
use super::{AT_ONCE, NAME, Name, Subtasks, Told};
use crate::commands::{Answer, Cause, Order};
use crate::manager::{Failure, only_this_stream};
use crate::metric_definitions as metric;

/// How often a command is worked out anew because others changed the task meanwhile.
const TRIES: usize = 5;

impl Subtasks {
    /// Does what the events of a task ask of its parts, one event after the other.
    pub(super) async fn follow(&self, parent: Name<'_>, told: &[Told<'_>], parts: Vec<Row>) -> Result<(), Failure> {
        if parts.is_empty() {
            return Ok(());
        }
        let stream = stream_id(parent.0, parent.1);
        for Told { position, envelope } in told {
            let counts = self.commands.counts(position, &stream, envelope.sequence).await;
            if only_this_stream(NAME, &stream, counts)? != Some(true) {
                continue;
            }
            let span = tracing::info_span!("subtasks", stream, sequence = envelope.sequence);
            if let Some(context) = &envelope.traceparent {
                platform::telemetry::set_parent(&span, context);
            }
            self.react(parent, envelope, &parts).instrument(span).await?;
        }
        Ok(())
    }

    async fn react(&self, parent: Name<'_>, because: &Envelope, parts: &[Row]) -> Result<(), Failure> {
        let end = if brings_back(because) {
            let Some(life) = self.life(parent).await? else { return Ok(()) };
            let Some(end) = life.taken_back_by(because) else { return Ok(()) };
            end.clone()
        } else {
            because.clone()
        };
        let giving: Vec<_> = parts.iter().map(|part| self.give(parent, (part.task_id, &end), because)).collect();
        stream::iter(giving).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Ends a task that came below one which was ended since.
    pub(super) async fn catch_up(&self, row: &Row, parent: Uuid) -> Result<(), Failure> {
        let name = (row.tenant.as_str(), parent);
        let stream = stream_id(name.0, parent);
        let known = only_this_stream(NAME, &stream, self.commands.task(name.0, parent).await)?.flatten();
        let is_over = known.is_some_and(|known| !known.task.exists() || known.task.completed_at.is_some());
        if !is_over {
            return Ok(());
        }
        let Some(life) = self.life(name).await? else { return Ok(()) };
        for end in life.ended_by() {
            self.give(name, (row.task_id, end), end).await?;
        }
        Ok(())
    }

    /// Gives a part of `parent` the command that follows from `because`, which ends it as `end` says or takes that back.
    async fn give(&self, parent: Name<'_>, (part, end): (Uuid, &Envelope), because: &Envelope) -> Result<(), Failure> {
        let (tenant, above) = parent;
        for _ in 0..TRIES {
            let Some(life) = self.life((tenant, part)).await? else { return Ok(()) };
            let at = because.time;
            let command = if brings_back(because) { life.bring_back(end, at) } else { life.end(above, end, at) };
            let Some(command) = command else { return Ok(()) };
            let order = self.order((tenant, part), command, command_id(&because.id), because);
            let order = Order { expected: Expected::Version(life.version()), ..order };
            match only_this_stream(NAME, &stream_id(tenant, part), self.commands.to_task(order).await)? {
                Some(Answer::Moved) => {}
                Some(Answer::Refused(rejection)) => {
                    tracing::error!(task = %part, parent = %above, %rejection, "a command to a subtask was refused");
                    return Ok(());
                }
                Some(Answer::Done { .. }) | None => return Ok(()),
            }
        }
        Err(Failure::Command(format!("{}: others change it again and again", stream_id(tenant, part))))
    }

    pub(super) fn order(
        &self,
        (tenant, id): Name<'_>,
        command: TaskCommand,
        command_id: String,
        because: &Envelope,
    ) -> Order<TaskCommand> {
        let (tenant, cause) = (tenant.to_owned(), Cause::event(NAME, because));
        Order { tenant, id, command, command_id, expected: Expected::Any, cause }
    }

    /// The events of a task; `None`, and told, where this build cannot read them: it is left alone.
    pub(super) async fn life(&self, (tenant, id): Name<'_>) -> Result<Option<Life>, Failure> {
        let stream = stream_id(tenant, id);
        let events = self.commands.events(topics::TASKS, &stream).await;
        let Some(events) = only_this_stream(NAME, &stream, events)? else { return Ok(None) };
        let said = |error: &kafka_es::CodecError| {
            metric::unreadable(NAME);
            tracing::error!(stream, %error, "an event of a subtask or of what it is below cannot be read");
        };
        Ok(Life::read(events).inspect_err(said).ok())
    }
}
