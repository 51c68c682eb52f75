//! The fields of a task that clients set, together and checked.

use uuid::Uuid;

use super::{Due, Priority, Recurrence, Status, Task};

/// What a create gives and an update changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TaskFields {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) status: Status,
    pub(crate) priority: Priority,
    pub(crate) tags: Vec<String>,
    pub(crate) due: Option<Due>,
    pub(crate) recurrence: Option<Recurrence>,
    pub(crate) parent_id: Option<Uuid>,
    pub(crate) rank: Option<String>,
}

impl TaskFields {
    pub(crate) fn of(task: &Task) -> Self {
        Self {
            title: task.title.clone(),
            description: task.description.clone(),
            status: task.status,
            priority: task.priority,
            tags: task.tags.clone(),
            due: task.due,
            recurrence: task.recurrence.clone(),
            parent_id: task.parent_id,
            rank: task.rank.clone(),
        }
    }
}
