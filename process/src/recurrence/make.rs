//! The commands that make the task that follows, and take it back.

use chrono::{DateTime, Utc};
use domain::task::{
    NewTask, Occurrence, TaskAggregate, TaskCommand, TaskEvent, TaskRejection, next_task_id, next_task_id_after,
};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, EventCodec as _, Expected};

use super::rows::Successor;
use crate::commands::{Answer, Cause, Commands, Order};
use crate::manager::Failure;

/// The task that follows and how it comes to be.
pub(super) struct Making<'a> {
    pub(super) tenant: &'a str,
    /// The task that is followed.
    pub(super) state: &'a TaskAggregate,
    /// Where the next one stands.
    pub(super) occurrence: Occurrence,
    /// What was made before, and taken back.
    pub(super) taken_back: Option<Successor>,
    pub(super) cause: Cause,
    /// When.
    pub(super) at: DateTime<Utc>,
}

impl Making<'_> {
    /// Makes it; `None` where it cannot be made, which is told.
    pub(super) async fn make(&self, commands: &dyn Commands) -> Result<Option<Successor>, Failure> {
        let task = &self.state.task;
        let (series, due) = (task.series_id.unwrap_or(task.id), &self.occurrence.due);
        let id = next_task_id(self.tenant, series, due);
        if let Some(successor) = self.taken_back.filter(|successor| successor.id == id) {
            return self.bring_back(commands, successor).await;
        }
        match self.create(commands, id).await? {
            Some(made) => Ok(Some(made)),
            None if self.is_imported(commands, id).await? => Ok(Some(Successor { id, version: 1, taken_back: false })),
            // Another task of the series has that day.
            None => {
                let made = self.create(commands, next_task_id_after(self.tenant, series, due, task.id)).await?;
                if made.is_none() {
                    tracing::error!(task = %task.id, series = %series, ?due, "the next occurrence cannot be made");
                }
                Ok(made)
            }
        }
    }

    async fn create(&self, commands: &dyn Commands, id: uuid::Uuid) -> Result<Option<Successor>, Failure> {
        let follows = self.state.task.id;
        let new = NewTask::following(self.state, self.occurrence);
        // Whatever brings it about, and however often: of this stream, `follows` is made to be followed once.
        let command_id = format!("recurrence/after/{follows}");
        let command = TaskCommand::Create { id, new, at: self.at };
        match commands.to_task(self.order(id, command, command_id, Expected::Any)).await? {
            Answer::Done { version, .. } => Ok(Some(Successor { id, version, taken_back: false })),
            Answer::Refused(TaskRejection::AlreadyExists) => Ok(None),
            Answer::Refused(rejection) => {
                tracing::error!(task = %follows, next = %id, %rejection, "the next occurrence was refused");
                Ok(None)
            }
            Answer::Moved => Ok(None),
        }
    }

    /// The task of that day is there without having been made: the series was imported.
    async fn is_imported(&self, commands: &dyn Commands, id: uuid::Uuid) -> Result<bool, Failure> {
        let events = commands.events(topics::TASKS, &tenant::stream_id(self.tenant, id)).await?;
        let Some((_, first)) = events.first() else { return Ok(false) };
        let series = self.state.task.series_id;
        Ok(matches!(
            AdjacentlyTagged::decode(&first.event_type, &first.data),
            Ok(TaskEvent::Created(created)) if created.follows.is_none() && created.series_id == series
        ))
    }

    async fn bring_back(&self, commands: &dyn Commands, successor: Successor) -> Result<Option<Successor>, Failure> {
        let (follows, version) = (self.state.task.id, self.state.task.version);
        let command_id = format!("recurrence/again/{follows}/{version}");
        let command = TaskCommand::Restore { at: self.at };
        let order = self.order(successor.id, command, command_id, Expected::Version(successor.version));
        match commands.to_task(order).await? {
            Answer::Done { version, .. } => Ok(Some(Successor { version, taken_back: false, ..successor })),
            // Somebody has taken it over since: there it is, as they want it.
            Answer::Refused(_) | Answer::Moved => Ok(Some(Successor { taken_back: false, ..successor })),
        }
    }

    /// Takes `successor` back, unless somebody has changed it since.
    pub(super) async fn take_back(
        commands: &dyn Commands,
        tenant: &str,
        (state, successor): (&TaskAggregate, Successor),
        cause: Cause,
        at: DateTime<Utc>,
    ) -> Result<Successor, Failure> {
        let order = Order {
            tenant: tenant.to_owned(),
            id: successor.id,
            command: TaskCommand::Delete { at },
            command_id: format!("recurrence/take-back/{}/{}", state.task.id, state.task.version),
            expected: Expected::Version(successor.version),
            cause,
        };
        match commands.to_task(order).await? {
            Answer::Done { version, .. } => Ok(Successor { version, taken_back: true, ..successor }),
            Answer::Refused(_) | Answer::Moved => Ok(successor),
        }
    }

    fn order(
        &self,
        id: uuid::Uuid,
        command: TaskCommand,
        command_id: String,
        expected: Expected,
    ) -> Order<TaskCommand> {
        Order { tenant: self.tenant.to_owned(), id, command, command_id, expected, cause: self.cause.clone() }
    }
}
