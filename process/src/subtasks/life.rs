//! What an event of a task asks of one below it. Pure: it is told by the events of both, and is the same whenever it is asked, so that
//! nothing is done again because rows were lost, and nothing that was rightly left alone is done later.

use chrono::{DateTime, Utc};
use domain::task::{Generate, Status, Task, TaskCommand, TaskEvent, TaskPatch, evolve};
use kafka_es::{AdjacentlyTagged, CodecError, Envelope, EventCodec as _, Position};
use uuid::Uuid;

const COMPLETED: &str = "tasklog.task.completed.v1";
const REOPENED: &str = "tasklog.task.reopened.v1";
const DELETED: &str = "tasklog.task.deleted.v1";
const RESTORED: &str = "tasklog.task.restored.v1";

/// Whether an event ends a task, and what is below it.
pub(super) fn ends(envelope: &Envelope) -> bool {
    [COMPLETED, DELETED].contains(&envelope.event_type.as_str())
}

/// Whether an event takes such an end back.
pub(super) fn brings_back(envelope: &Envelope) -> bool {
    [REOPENED, RESTORED].contains(&envelope.event_type.as_str())
}

/// Whether an event brings a deleted task back.
pub(super) fn restores(envelope: &Envelope) -> bool {
    envelope.event_type == RESTORED
}

/// The id of the command that an event of a task gives to one below it.
pub(super) fn command_id(event_id: &str) -> String {
    format!("subtasks/{event_id}")
}

/// The events of a task, the first one first.
pub(super) struct Life(Vec<(Envelope, TaskEvent)>);

impl Life {
    /// Reads them.
    ///
    /// # Errors
    /// An event that this build cannot read.
    pub(super) fn read(events: Vec<(Position, Envelope)>) -> Result<Self, CodecError> {
        let read = |(_, envelope): (Position, Envelope)| {
            let event = AdjacentlyTagged::decode(&envelope.event_type, &envelope.data)?;
            Ok((envelope, event))
        };
        events.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Its version.
    pub(super) fn version(&self) -> u64 {
        self.0.last().map_or(0, |(envelope, _)| envelope.sequence)
    }

    /// The last event of this type before a sequence.
    fn last_of(&self, event_type: &str, before: u64) -> Option<&Envelope> {
        let events = self.0.iter().rev().map(|(envelope, _)| envelope);
        events.filter(|envelope| envelope.sequence < before).find(|envelope| envelope.event_type == event_type)
    }

    /// The events that have ended the task, and were not taken back.
    pub(super) fn ended_by(&self) -> impl Iterator<Item = &Envelope> {
        let task = after(&self.0);
        let completed = (task.status == Status::Completed).then_some(COMPLETED);
        let deleted = task.deleted_at.map(|_| DELETED);
        completed.into_iter().chain(deleted).filter_map(move |event_type| self.last_of(event_type, u64::MAX))
    }

    /// The event whose end this one takes back.
    pub(super) fn taken_back_by(&self, back: &Envelope) -> Option<&Envelope> {
        self.last_of(if back.event_type == REOPENED { COMPLETED } else { DELETED }, back.sequence)
    }

    /// The task as it was at a time.
    pub(super) fn at(&self, at: DateTime<Utc>) -> Task {
        after(&self.0[..self.events_until(at)])
    }

    fn events_until(&self, at: DateTime<Utc>) -> usize {
        self.0.iter().take_while(|(envelope, _)| envelope.time <= at).count()
    }

    /// What is to be done with this task when `parent` has been ended by an event: it is ended too, if it was below it then and has
    /// been since, and was open then and has been since. Who has completed it in between, or moved it, or opened it again afterwards,
    /// is left alone.
    pub(super) fn end(&self, parent: Uuid, end: &Envelope, at: DateTime<Utc>) -> Option<TaskCommand> {
        let completed = end.event_type == COMPLETED;
        let is_open = |task: &Task| matches!(task.status, Status::Pending | Status::InProgress);
        let goes_along = |task: &Task| task.exists() && task.parent_id == Some(parent) && (!completed || is_open(task));
        let mut task = Task::default();
        for (envelope, event) in &self.0 {
            if envelope.commandid == command_id(&end.id) || (envelope.time > end.time && !goes_along(&task)) {
                return None;
            }
            evolve(&mut task, event);
        }
        if !goes_along(&task) {
            None
        } else if completed {
            Some(TaskCommand::Update { patch: TaskPatch::completed_with_parent(), at })
        } else {
            Some(TaskCommand::Delete { at })
        }
    }

    /// What is to be done with this task when the event `end` of the one above it was taken back: if that was what changed it last, its
    /// change is taken back.
    pub(super) fn bring_back(&self, end: &Envelope, at: DateTime<Utc>) -> Option<TaskCommand> {
        let (last, _) = self.0.last()?;
        (last.commandid == command_id(&end.id)).then_some(TaskCommand::Undo { at })
    }

    /// The task that is to be done again below what follows `parent` from a time on: as it was then, where it was a part and was not
    /// given up. What the end of `parent` itself has made of it does not count, and one that another of its series has followed is left
    /// out.
    pub(super) fn again_at(&self, (stream, parent): (&str, Uuid), at: DateTime<Utc>) -> Option<Task> {
        let mut until = self.events_until(at);
        let by_parent = command_id(&format!("{stream}@"));
        while until > 0 && self.0[until - 1].0.commandid.starts_with(&by_parent) && ends(&self.0[until - 1].0) {
            until -= 1;
        }
        let task = after(&self.0[..until]);
        let is_part = task.exists() && task.parent_id == Some(parent) && task.status != Status::Cancelled;
        (is_part && !is_followed(&task, at)).then_some(task)
    }
}

fn after(events: &[(Envelope, TaskEvent)]) -> Task {
    let mut task = Task::default();
    events.iter().for_each(|(_, event)| evolve(&mut task, event));
    task
}

/// Whether the next one of its series was there at a time.
fn is_followed(task: &Task, at: DateTime<Utc>) -> bool {
    task.recurrence.as_ref().is_some_and(|recurrence| match recurrence.generate {
        Generate::WhenCompleted => task.status == Status::Completed,
        Generate::WhenDue => task.due.is_some_and(|due| due.begins() <= at),
    })
}
