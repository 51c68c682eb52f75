//! What has happened to a task. These are the `data` of the CloudEvents on the topic `task-events`; they are a public
//! contract, so a field may be added, never renamed or given another meaning.

use chrono::{DateTime, Utc};
use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::{Due, Following, Occurrence, Priority, Recurrence, Status};

/// An event of a task. `type` and `data` are those of its CloudEvent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum TaskEvent {
    /// It came to be.
    #[serde(rename = "tasklog.task.created.v1")]
    Created(TaskCreated),
    /// Fields changed.
    #[serde(rename = "tasklog.task.updated.v1")]
    Updated(TaskUpdated),
    /// It was completed, with other fields perhaps.
    #[serde(rename = "tasklog.task.completed.v1")]
    Completed(TaskCompleted),
    /// It was completed and no longer is.
    #[serde(rename = "tasklog.task.reopened.v1")]
    Reopened(TaskReopened),
    /// It was deleted.
    #[serde(rename = "tasklog.task.deleted.v1")]
    Deleted(TaskDeleted),
    /// It was deleted and no longer is.
    #[serde(rename = "tasklog.task.restored.v1")]
    Restored(TaskRestored),
    /// This occurrence was skipped: it is due at the next one.
    #[serde(rename = "tasklog.task.occurrence_skipped.v1")]
    OccurrenceSkipped(OccurrenceSkipped),
}

/// All fields of a new task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCreated {
    /// Id of the task.
    pub id: Uuid,
    /// One line.
    pub title: String,
    /// Empty where there is none.
    pub description: String,
    /// Where the work stands.
    pub status: Status,
    /// How much it matters.
    pub priority: Priority,
    /// No two the same.
    pub tags: Vec<String>,
    /// When it is due.
    pub due: Option<Due>,
    /// How it repeats.
    pub recurrence_pattern: Option<Recurrence>,
    /// The series it belongs to.
    pub series_id: Option<Uuid>,
    /// Its place in the series, where another occurrence went before it; the first one's follows from `due`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Occurrence")]
    pub occurrence: Option<Occurrence>,
    /// The occurrence that it follows in the series.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Uuid")]
    pub follows: Option<Uuid>,
    /// The task that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Uuid")]
    pub parent_id: Option<Uuid>,
    /// Its place among the tasks beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub rank: Option<String>,
    /// When it came to be; an import keeps the file's time.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was completed, where it is.
    pub completed_at: Option<DateTime<Utc>>,
}

/// Fields changed and the status did not leave or reach `completed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskUpdated {
    /// Only the fields that changed.
    pub changes: TaskChanges,
    /// When.
    pub updated_at: DateTime<Utc>,
}

/// It was completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCompleted {
    /// When.
    pub completed_at: DateTime<Utc>,
    /// When that was said, where it was later: who undoes a reopening completes the task at the time it had been completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DateTime<Utc>")]
    pub updated_at: Option<DateTime<Utc>>,
    /// Fields that changed in the same command, the status aside.
    #[serde(default, skip_serializing_if = "TaskChanges::is_empty")]
    pub changes: TaskChanges,
}

/// It was completed and no longer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskReopened {
    /// When.
    pub reopened_at: DateTime<Utc>,
    /// The status it has now.
    pub status: Status,
    /// Fields that changed in the same command, the status aside.
    #[serde(default, skip_serializing_if = "TaskChanges::is_empty")]
    pub changes: TaskChanges,
}

/// It was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskDeleted {
    /// When.
    pub deleted_at: DateTime<Utc>,
}

/// It was deleted and no longer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskRestored {
    /// When.
    pub restored_at: DateTime<Utc>,
}

/// This occurrence was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OccurrenceSkipped {
    /// When the skipped occurrence was due.
    pub skipped: Due,
    /// When the task is due now.
    pub next: Due,
    /// The place in the series that the task has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Occurrence")]
    pub occurrence: Option<Occurrence>,
    /// Fields that the skipped occurrence had for itself: the task has what the others of its series have.
    #[serde(default, skip_serializing_if = "TaskChanges::is_empty")]
    pub changes: TaskChanges,
    /// When it was skipped.
    pub skipped_at: DateTime<Utc>,
}

/// Only the fields that changed; a field left out stayed as it was, `null` means cleared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TaskChanges {
    /// New title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub title: Option<String>,
    /// New description; empty where it was cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub description: Option<String>,
    /// New status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Status")]
    pub status: Option<Status>,
    /// New priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Priority")]
    pub priority: Option<Priority>,
    /// New tags, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub tags: Option<Vec<String>>,
    /// New due, whole; `null` where it was cleared.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Due>")]
    pub due: Option<Option<Due>>,
    /// New recurrence, whole; `null` where it was cleared.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Recurrence>")]
    pub recurrence_pattern: Option<Option<Recurrence>>,
    /// The series it belongs to from now on; `null` where the change that began one was undone.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Uuid>")]
    pub series_id: Option<Option<Uuid>>,
    /// The task that it is a part of from now on; `null` where it is a part of none.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Uuid>")]
    pub parent_id: Option<Option<Uuid>>,
    /// New place among the tasks beside it; `null` where it was cleared.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub rank: Option<Option<String>>,
    /// The place in the series that the following occurrences count from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Occurrence")]
    pub occurrence: Option<Occurrence>,
    /// Where this occurrence was changed for itself: all fields of which the following occurrences have something else from now on,
    /// and what they have. Where it is left out, the fields that changed go on to them as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Following")]
    pub following: Option<Following>,
}

impl TaskChanges {
    /// Nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A field that is there, `null` or not; serde takes `null` for a field that is not there.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TaskEvent {
    /// The CloudEvents types, in the order of the variants.
    pub const TYPES: [&str; 7] = [
        "tasklog.task.created.v1",
        "tasklog.task.updated.v1",
        "tasklog.task.completed.v1",
        "tasklog.task.reopened.v1",
        "tasklog.task.deleted.v1",
        "tasklog.task.restored.v1",
        "tasklog.task.occurrence_skipped.v1",
    ];

    /// Its CloudEvents type, one of [`Self::TYPES`].
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        let index = match self {
            Self::Created(_) => 0,
            Self::Updated(_) => 1,
            Self::Completed(_) => 2,
            Self::Reopened(_) => 3,
            Self::Deleted(_) => 4,
            Self::Restored(_) => 5,
            Self::OccurrenceSkipped(_) => 6,
        };
        Self::TYPES[index]
    }

    /// The task below which it puts its own; `None` where that stays where it was, or has none above it any more.
    pub(crate) fn new_parent(&self) -> Option<Uuid> {
        match self {
            // An occurrence stands where the one before it stands, which was judged, and has nothing below it.
            Self::Created(event) => event.parent_id.filter(|_| event.follows.is_none()),
            Self::Updated(TaskUpdated { changes, .. })
            | Self::Completed(TaskCompleted { changes, .. })
            | Self::Reopened(TaskReopened { changes, .. }) => changes.parent_id.flatten(),
            Self::Deleted(_) | Self::Restored(_) | Self::OccurrenceSkipped(_) => None,
        }
    }

    /// The fields that it changed, where it is an event that has such.
    #[must_use]
    pub const fn changes(&self) -> Option<&TaskChanges> {
        match self {
            Self::Updated(event) => Some(&event.changes),
            Self::Completed(event) => Some(&event.changes),
            Self::Reopened(event) => Some(&event.changes),
            Self::OccurrenceSkipped(event) => Some(&event.changes),
            Self::Created(_) | Self::Deleted(_) | Self::Restored(_) => None,
        }
    }

    /// Its business time.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Created(event) => event.updated_at,
            Self::Updated(event) => event.updated_at,
            Self::Completed(event) => match event.updated_at {
                Some(at) => at,
                None => event.completed_at,
            },
            Self::Reopened(event) => event.reopened_at,
            Self::Deleted(event) => event.deleted_at,
            Self::Restored(event) => event.restored_at,
            Self::OccurrenceSkipped(event) => event.skipped_at,
        }
    }
}

impl DomainEvent for TaskEvent {
    fn event_type(&self) -> String {
        self.type_name().to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
