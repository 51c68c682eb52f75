//! A task is deleted. Its stream stays, so that it can be restored.

use chrono::{DateTime, Utc};

use super::{Task, TaskDeleted, TaskEvent, TaskRejection};

pub(super) fn decide(task: &Task, at: DateTime<Utc>) -> Result<Option<TaskEvent>, TaskRejection> {
    if task.exists() {
        Ok(Some(TaskEvent::Deleted(TaskDeleted { deleted_at: at })))
    } else {
        Err(TaskRejection::NotFound)
    }
}
