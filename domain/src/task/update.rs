//! Fields of a task change. One patch is one event: `completed` or `reopened` where the status crosses that line.

use chrono::{DateTime, Utc};

use super::{
    Status, Task, TaskChanges, TaskCompleted, TaskEvent, TaskFields, TaskPatch, TaskRejection, TaskReopened,
    TaskUpdated,
};

pub(super) fn decide(task: &Task, patch: &TaskPatch, at: DateTime<Utc>) -> Result<Option<TaskEvent>, TaskRejection> {
    if !task.exists() {
        return Err(TaskRejection::NotFound);
    }
    let before = TaskFields::of(task);
    let after = patch.apply(&before).map_err(TaskRejection::Invalid)?;
    let status = after.status;
    let mut changes = changes(&before, after);
    if changes.recurrence_pattern.as_ref().is_some_and(Option::is_some) && task.series_id.is_none() {
        changes.series_id = Some(task.id);
    }
    if changes.is_empty() {
        return Ok(None);
    }
    Ok(Some(match (before.status, status) {
        (Status::Completed, Status::Completed) => TaskEvent::Updated(TaskUpdated { changes, updated_at: at }),
        (Status::Completed, status) => {
            changes.status = None;
            TaskEvent::Reopened(TaskReopened { reopened_at: at, status, changes })
        }
        (_, Status::Completed) => {
            changes.status = None;
            TaskEvent::Completed(TaskCompleted { completed_at: at, changes })
        }
        _ => TaskEvent::Updated(TaskUpdated { changes, updated_at: at }),
    }))
}

fn changes(before: &TaskFields, after: TaskFields) -> TaskChanges {
    TaskChanges {
        title: changed(&before.title, after.title),
        description: changed(&before.description, after.description),
        status: changed(&before.status, after.status),
        priority: changed(&before.priority, after.priority),
        tags: changed(&before.tags, after.tags),
        due: changed(&before.due, after.due),
        recurrence_pattern: changed(&before.recurrence, after.recurrence),
        series_id: None,
    }
}

fn changed<T: PartialEq>(before: &T, after: T) -> Option<T> {
    (*before != after).then_some(after)
}
