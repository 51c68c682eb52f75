//! The commands that make the task that follows, and take it back.

use chrono::{DateTime, Utc};
use domain::task::{
    Lineage, NewTask, Occurrence, TaskAggregate, TaskCommand, TaskEvent, TaskRejection, next_task_id,
    next_task_id_after,
};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _, Expected};

use super::NAME;
use super::rows::Successor;
use crate::commands::{Answer, Cause, Commands, Order, is_by};
use crate::manager::Failure;
use crate::tag_renames;

/// What the ids of commands begin with that take a task back; the task that it followed comes next, and the version which asked for that.
const TAKE_BACK: &str = "process/recurrence/take-back/";

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
            Some(made) => self.there_again(commands, made).await,
            None if self.is_imported(commands, id).await? => Ok(Some(Successor { id, version: 1, taken_back: false })),
            // Another task of the series has that day.
            None => match self.create(commands, next_task_id_after(self.tenant, series, due, task.id)).await? {
                Some(made) => self.there_again(commands, made).await,
                None => {
                    tracing::error!(task = %task.id, series = %series, ?due, "the next occurrence cannot be made");
                    Ok(None)
                }
            },
        }
    }

    async fn create(&self, commands: &dyn Commands, id: uuid::Uuid) -> Result<Option<Successor>, Failure> {
        let follows = self.state.task.id;
        let new = NewTask::following(self.state, self.occurrence);
        // Whatever brings it about, and however often: of this stream, `follows` is made to be followed once.
        let command_id = format!("process/recurrence/after/{follows}");
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

    /// The one that was made. It may have been made before, and taken back before one of another day was: then it comes again. Where this is
    /// given for the second time, the log tells of what came later, too: that has not happened yet.
    async fn there_again(&self, commands: &dyn Commands, made: Successor) -> Result<Option<Successor>, Failure> {
        if self.taken_back.is_none() {
            return Ok(Some(made));
        }
        let task = &self.state.task;
        let before = |event: &Envelope| taken_back_at(event, task.id).is_some_and(|version| version < task.version);
        let events = commands.events(topics::TASKS, &tenant::stream_id(self.tenant, made.id)).await?;
        match events.iter().rev().map(|(_, event)| event).find(|event| before(event)) {
            Some(event) => {
                self.bring_back(commands, Successor { version: event.sequence, taken_back: true, ..made }).await
            }
            None => Ok(Some(made)),
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
        let command_id = format!("process/recurrence/again/{follows}/{version}");
        let command = TaskCommand::Restore { at: self.at };
        let order = self.order(successor.id, command, command_id, Expected::Version(successor.version));
        match to_untouched(commands, order).await? {
            Answer::Done { version, .. } => {
                let successor = Successor { version, taken_back: false, ..successor };
                Ok(Some(self.renew(commands, successor).await?))
            }
            // Somebody has taken it over since: there it is, as they want it.
            Answer::Refused(_) | Answer::Moved => Ok(Some(Successor { taken_back: false, ..successor })),
        }
    }

    /// What has come again is as the task that it follows would have it now.
    async fn renew(&self, commands: &dyn Commands, successor: Successor) -> Result<Successor, Failure> {
        let (follows, version) = (self.state.task.id, self.state.task.version);
        let command = TaskCommand::Renew { new: NewTask::following(self.state, self.occurrence), at: self.at };
        let command_id = format!("process/recurrence/renew/{follows}/{version}");
        let order = self.order(successor.id, command, command_id, Expected::Version(successor.version));
        let mut answer = commands.to_task(order.clone()).await?;
        if let Answer::Refused(TaskRejection::LineageNeeded { parent }) = answer {
            let mut lineage = Lineage::of(parent);
            while let Some(id) = lineage.wanted() {
                lineage.learn(commands.task(self.tenant, id).await?.map(|known| known.task).as_ref());
            }
            answer = commands.to_task(Order { command: order.command.clone().below(lineage), ..order }).await?;
        }
        match answer {
            Answer::Done { version, .. } => Ok(Successor { version, ..successor }),
            Answer::Refused(rejection) => {
                tracing::error!(task = %follows, next = %successor.id, %rejection, "the next occurrence stays as it was");
                Ok(successor)
            }
            // Somebody was faster, and has it as they want it.
            Answer::Moved => Ok(successor),
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
            command_id: format!("{TAKE_BACK}{}/{}", state.task.id, state.task.version),
            expected: Expected::Version(successor.version),
            cause,
        };
        match to_untouched(commands, order).await? {
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

/// The version of the task `followed` because of which the event took back what follows it; `None` where it did not.
fn taken_back_at(event: &Envelope, followed: uuid::Uuid) -> Option<u64> {
    let version = event.commandid.strip_prefix(&format!("{TAKE_BACK}{followed}/")).filter(|_| is_by(event, NAME))?;
    version.parse().ok()
}

/// Gives a command to a task that nobody has changed since the version that it is meant for. The rename of a tag goes over all tasks: it
/// does not count.
async fn to_untouched(
    commands: &dyn Commands,
    order: Order<TaskCommand>,
) -> Result<Answer<TaskAggregate, TaskRejection>, Failure> {
    let answer = commands.to_task(order.clone()).await?;
    let (Answer::Moved, Expected::Version(meant_for)) = (&answer, order.expected) else { return Ok(answer) };
    let events = commands.events(topics::TASKS, &tenant::stream_id(&order.tenant, order.id)).await?;
    let since: Vec<_> = events.iter().filter(|(_, event)| event.sequence > meant_for).collect();
    match since.last() {
        Some((_, last)) if since.iter().all(|(_, event)| is_by(event, tag_renames::NAME)) => {
            commands.to_task(Order { expected: Expected::Version(last.sequence), ..order }).await
        }
        _ => Ok(answer),
    }
}
