//! What can be asked of a task, and the one pure function that answers.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Lineage, NewTask, Reversal, Status, TagRename, TaskAggregate, TaskEvent, TaskPatch, create, delete, parent,
    rename_tag, renew, restore, skip, undo, update,
};
use crate::Violations;

/// A command. `at` is the time it was given; ids come with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskCommand {
    /// Bring a task into being.
    Create {
        /// Its id.
        id: Uuid,
        /// Its fields.
        new: NewTask,
        /// When.
        at: DateTime<Utc>,
    },
    /// Change fields.
    Update {
        /// What to change.
        patch: TaskPatch,
        /// When.
        at: DateTime<Utc>,
    },
    /// Replace one of its tags, if it has that one.
    RenameTag {
        /// By which.
        rename: TagRename,
        /// When.
        at: DateTime<Utc>,
    },
    /// Delete it; it can be restored.
    Delete {
        /// When.
        at: DateTime<Utc>,
    },
    /// Take the deletion back.
    Restore {
        /// When.
        at: DateTime<Utc>,
    },
    /// Make it what this new task would be, which follows another one in its series.
    Renew {
        /// That task.
        new: NewTask,
        /// When.
        at: DateTime<Utc>,
    },
    /// Leave this occurrence out: the task is due at the next one.
    Skip {
        /// When.
        at: DateTime<Utc>,
    },
    /// Take the last change back, whatever it was; an undo too.
    Undo {
        /// When.
        at: DateTime<Utc>,
    },
    /// Take back what an earlier change did, for who knows that what came since has nothing to do with it.
    TakeBack {
        /// What takes that change back.
        change: Reversal,
        /// When.
        at: DateTime<Utc>,
    },
    /// Another command, along with what stands above the task below which it puts its own. That is for `decide` to judge, not for who
    /// gives the command: one that is repeated is answered as it was the first time, whatever became of the parent since.
    Below {
        /// The command, none of this kind.
        command: Box<TaskCommand>,
        /// The parent and what it is a part of, as they were then.
        lineage: Lineage,
    },
}

impl TaskCommand {
    /// The same, along with what stands above its task's parent.
    #[must_use]
    pub fn below(self, lineage: Lineage) -> Self {
        match self {
            Self::Below { command, .. } => Self::Below { command, lineage },
            command => Self::Below { command: Box::new(command), lineage },
        }
    }
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskRejection {
    /// There is no such task, or it is deleted.
    #[error("there is no such task")]
    NotFound,
    /// A task of this id was created before; it may be deleted by now.
    #[error("a task with this id exists already")]
    AlreadyExists,
    /// The last event changed nothing. None of ours is such.
    #[error("the last change of the task changed nothing")]
    NothingToUndo,
    /// Only an occurrence of a task that repeats can be skipped.
    #[error("the task does not repeat")]
    NotRecurring,
    /// What is completed or cancelled cannot be skipped any more.
    #[error("the task is {0}")]
    NotOpen(Status),
    /// It puts the task below another, and what that is a part of was not said: give it again by [`TaskCommand::below`].
    #[error("what the task {parent} is a part of must be known")]
    LineageNeeded {
        /// The task below which it would stand.
        parent: Uuid,
    },
    /// The result would break a rule.
    #[error("the command breaks a rule: {0}")]
    Invalid(Violations),
}

/// The event that `command` makes of a task; `None` where nothing changes.
///
/// # Errors
/// The command does not fit the state; see [`TaskRejection`].
pub fn decide(aggregate: &TaskAggregate, command: &TaskCommand) -> Result<Option<TaskEvent>, TaskRejection> {
    let (command, lineage) = match command {
        TaskCommand::Below { command, lineage } => (&**command, Some(lineage)),
        command => (command, None),
    };
    let event = change(aggregate, command)?;
    // Whatever command it is: no event puts a task below another unjudged.
    if let Some(event) = &event
        && let Some(parent) = event.new_parent()
    {
        parent::judge(parent::of(event, &aggregate.task), parent, lineage)?;
    }
    Ok(event)
}

fn change(aggregate: &TaskAggregate, command: &TaskCommand) -> Result<Option<TaskEvent>, TaskRejection> {
    let task = &aggregate.task;
    // Clocks of several machines differ, and an import may bring a task from the future: no change of a task is ever dated
    // before it was created.
    let after = |at: &DateTime<Utc>| (*at).max(task.created_at);
    match command {
        TaskCommand::Create { id, new, at } => create::decide(task, *id, new, *at),
        TaskCommand::Update { patch, at } => update::decide(aggregate, patch, after(at)),
        TaskCommand::RenameTag { rename, at } => rename_tag::decide(aggregate, rename, after(at)),
        TaskCommand::Delete { at } => delete::decide(task, after(at)),
        TaskCommand::Restore { at } => restore::decide(task, after(at)),
        TaskCommand::Renew { new, at } => renew::decide(aggregate, new, after(at)),
        TaskCommand::Skip { at } => skip::decide(aggregate, after(at)),
        TaskCommand::Undo { at } => undo::decide(aggregate, after(at)),
        TaskCommand::TakeBack { change, at } => undo::take_back(aggregate, change, after(at)),
        TaskCommand::Below { command, .. } => change(aggregate, command),
    }
}
