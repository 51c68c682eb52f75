//! `given(events).when(command).then(event)` for tasks.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    NewTask, Scope, Task, TaskAggregate, TaskCommand, TaskCompleted, TaskDeleted, TaskEvent, TaskPatch, TaskRejection,
    decide,
};
use crate::Violations;

pub(crate) const TASK: Uuid = Uuid::from_u128(0x1111);

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// When every command of these tests is given.
pub(crate) fn now() -> DateTime<Utc> {
    instant("2026-11-23T12:00:00Z")
}

pub(crate) fn new_task(body: &Value) -> Result<NewTask, Violations> {
    NewTask::from_json(body.as_object().unwrap())
}

pub(crate) fn create(body: Value) -> TaskCommand {
    TaskCommand::Create { id: TASK, new: new_task(&body).unwrap(), at: now() }
}

pub(crate) fn import(body: Value) -> TaskCommand {
    let new = NewTask::import_from_json(body.as_object().unwrap()).unwrap();
    TaskCommand::Create { id: TASK, new, at: now() }
}

pub(crate) fn update(body: Value) -> TaskCommand {
    TaskCommand::Update { patch: TaskPatch::from_json(body.as_object().unwrap()).unwrap(), at: now() }
}

/// An update that is for these occurrences.
pub(crate) fn update_for(scope: Scope, body: Value) -> TaskCommand {
    let patch = TaskPatch::from_json(body.as_object().unwrap()).and_then(|patch| patch.meant_for(Some(scope)));
    TaskCommand::Update { patch: patch.unwrap(), at: now() }
}

pub(crate) fn delete() -> TaskCommand {
    TaskCommand::Delete { at: now() }
}

pub(crate) fn restore() -> TaskCommand {
    TaskCommand::Restore { at: now() }
}

pub(crate) fn skip() -> TaskCommand {
    TaskCommand::Skip { at: now() }
}

pub(crate) fn undo() -> TaskCommand {
    TaskCommand::Undo { at: now() }
}

/// The `created` event of a create with this body.
pub(crate) fn created(body: Value) -> TaskEvent {
    decide(&TaskAggregate::default(), &create(body)).unwrap().unwrap()
}

pub(crate) fn completed() -> TaskEvent {
    TaskEvent::Completed(TaskCompleted {
        completed_at: now(),
        updated_at: None,
        changes: super::TaskChanges::default(),
    })
}

pub(crate) fn deleted() -> TaskEvent {
    TaskEvent::Deleted(TaskDeleted { deleted_at: now() })
}

/// The fields that a refused body names, sorted.
pub(crate) fn named<T: std::fmt::Debug>(outcome: Result<T, Violations>) -> Vec<String> {
    let mut fields: Vec<String> = outcome.unwrap_err().0.into_iter().map(|violation| violation.field).collect();
    fields.sort_unstable();
    fields
}

pub(crate) struct Given(Vec<TaskEvent>);

pub(crate) fn given(events: impl IntoIterator<Item = TaskEvent>) -> Given {
    Given(events.into_iter().collect())
}

impl Given {
    pub(crate) fn task(&self) -> Task {
        self.aggregate().task
    }

    pub(crate) fn aggregate(&self) -> TaskAggregate {
        let mut aggregate = TaskAggregate::default();
        self.0.iter().for_each(|event| aggregate.follow(event));
        aggregate
    }

    /// What the command makes of it is given as well.
    pub(crate) fn and(self, command: TaskCommand) -> Self {
        Self(self.when(command).events)
    }

    pub(crate) fn when(mut self, command: TaskCommand) -> Outcome {
        let outcome = decide(&self.aggregate(), &command);
        self.0.extend(outcome.iter().flatten().cloned());
        Outcome { events: self.0, outcome }
    }
}

#[derive(Clone)]
pub(crate) struct Outcome {
    pub(crate) events: Vec<TaskEvent>,
    pub(crate) outcome: Result<Option<TaskEvent>, TaskRejection>,
}

impl Outcome {
    /// The event's JSON, type and data, is `expected`.
    pub(crate) fn then(&self, expected: &Value) {
        let event = self.outcome.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(&serde_json::to_value(event).unwrap(), expected);
    }

    pub(crate) fn then_nothing(&self) {
        assert_eq!(self.outcome, Ok(None));
    }

    pub(crate) fn then_rejected(&self, expected: &TaskRejection) {
        assert_eq!(self.outcome.as_ref(), Err(expected));
    }

    pub(crate) fn then_invalid(self, fields: &[&str]) {
        let Err(TaskRejection::Invalid(violations)) = self.outcome else { panic!("{:?}", self.outcome) };
        assert_eq!(named::<()>(Err(violations)), fields);
    }

    /// The task after the event; panics where there was none.
    pub(crate) fn state(self) -> Task {
        self.aggregate().task
    }

    /// The event; panics where there was none.
    pub(crate) fn event(self) -> TaskEvent {
        self.outcome.unwrap().unwrap()
    }

    /// What the next command is decided on; panics where there was no event.
    pub(crate) fn aggregate(self) -> TaskAggregate {
        assert!(matches!(self.outcome, Ok(Some(_))), "{:?}", self.outcome);
        given(self.events).aggregate()
    }

    /// What comes of another command after this one.
    pub(crate) fn again(self, command: TaskCommand) -> Self {
        given(self.events).when(command)
    }
}
