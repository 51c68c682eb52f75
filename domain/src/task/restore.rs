//! A deleted task comes back as it was.

use chrono::{DateTime, Utc};

use super::{Task, TaskEvent, TaskRejection, TaskRestored};

pub(super) fn decide(task: &Task, at: DateTime<Utc>) -> Result<Option<TaskEvent>, TaskRejection> {
    if task.version == 0 {
        return Err(TaskRejection::NotFound);
    }
    Ok(task.deleted_at.map(|_| TaskEvent::Restored(TaskRestored { restored_at: at })))
}
