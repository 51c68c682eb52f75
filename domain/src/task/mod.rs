//! The task: its state, its commands, its events.

mod status;
pub use status::{Priority, Status};
mod due;
pub use due::Due;
pub(crate) use due::DuePatch;
mod recurrence;
mod rrule;
pub use recurrence::{Generate, Missed, RecurFrom, Recurrence};
mod occurrence;
pub use occurrence::{BadRule, Brought, Occurrence};
mod preview;
pub use preview::RecurrencePreview;
mod scope;
pub use scope::Scope;
mod following;
pub use following::Following;
mod fields;
pub(crate) use fields::TaskFields;

mod event;
pub use event::{
    OccurrenceSkipped, TaskChanges, TaskCompleted, TaskCreated, TaskDeleted, TaskEvent, TaskReopened, TaskRestored,
    TaskUpdated,
};

mod command;
pub use command::{TaskCommand, TaskRejection, decide};
mod create;
pub use create::NewTask;
mod patch;
pub use patch::TaskPatch;
mod delete;
mod rename_tag;
pub use rename_tag::TagRename;
mod parent;
pub use parent::Lineage;
mod renew;
mod restore;
mod skip;
mod undo;
mod update;

mod evolve;
pub use evolve::evolve;
mod reversal;
pub use reversal::{Former, Reversal};
mod aggregate;
pub use aggregate::TaskAggregate;

mod view;
pub use view::{NoTask, TaskView, changes_between};
mod past;
pub use past::task_after;
mod id;
pub use id::{copied_task_id, imported_task_id, new_task_id, next_task_id, next_task_id_after, tag_rename_id};

#[cfg(test)]
pub(crate) mod given;
#[cfg(test)]
mod laws;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A task as its events have made it. `Task::default()` is the task before its first event.
///
/// Always true of a task that exists: the limits of [`crate::limits`] hold; `completed_at` is there exactly when the
/// status is `completed`; a recurrence has a due date; `version` is the number of events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Task {
    /// Nil before the first event.
    pub id: Uuid,
    /// One line, 1 to 500 characters, kept as it was given.
    pub title: String,
    /// Any text, up to 64 KiB; empty where there is none.
    pub description: String,
    /// Where the work stands.
    pub status: Status,
    /// How much it matters.
    pub priority: Priority,
    /// Up to 50, in the order given, no two the same.
    pub tags: Vec<String>,
    /// When it is due.
    pub due: Option<Due>,
    /// How it repeats.
    pub recurrence: Option<Recurrence>,
    /// The series of recurring tasks it belongs to: the id of the first one. It stays when the recurrence is cleared.
    pub series_id: Option<Uuid>,
    /// The task that it is a part of.
    pub parent_id: Option<Uuid>,
    /// Its place among the tasks beside it, compared byte by byte; those without come after those with one.
    pub rank: Option<String>,
    /// When it came to be; imported tasks keep their own time.
    pub created_at: DateTime<Utc>,
    /// Time of the last event.
    pub updated_at: DateTime<Utc>,
    /// When it was completed, while it is.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was deleted, while it is.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Number of events so far, which is the `sequence` of the last one; 0 before the first.
    pub version: u64,
}

impl Task {
    /// Created and not deleted.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.version > 0 && self.deleted_at.is_none()
    }
}
