//! What is true of a task after an event. Never fails and never judges: the event has happened.

use chrono::{DateTime, Utc};

use super::{Status, Task, TaskChanges, TaskCreated, TaskEvent};

/// Folds one event into the task; `version` grows by one.
pub fn evolve(task: &mut Task, event: &TaskEvent) {
    match event {
        TaskEvent::Created(created) => *task = from_created(created, task.version),
        TaskEvent::Updated(updated) => apply(task, &updated.changes, updated.updated_at),
        TaskEvent::Completed(completed) => {
            apply(task, &completed.changes, completed.updated_at.unwrap_or(completed.completed_at));
            task.status = Status::Completed;
            task.completed_at = Some(completed.completed_at);
        }
        TaskEvent::Reopened(reopened) => {
            apply(task, &reopened.changes, reopened.reopened_at);
            task.status = reopened.status;
            task.completed_at = None;
        }
        TaskEvent::Deleted(deleted) => {
            task.deleted_at = Some(deleted.deleted_at);
            task.updated_at = deleted.deleted_at;
        }
        TaskEvent::Restored(restored) => {
            task.deleted_at = None;
            task.updated_at = restored.restored_at;
        }
        TaskEvent::OccurrenceSkipped(skipped) => {
            apply(task, &skipped.changes, skipped.skipped_at);
            task.due = Some(skipped.next);
        }
    }
    task.version += 1;
}

fn from_created(created: &TaskCreated, version: u64) -> Task {
    Task {
        id: created.id,
        title: created.title.clone(),
        description: created.description.clone(),
        status: created.status,
        priority: created.priority,
        tags: created.tags.clone(),
        due: created.due,
        recurrence: created.recurrence_pattern.clone(),
        series_id: created.series_id,
        parent_id: created.parent_id,
        rank: created.rank.clone(),
        created_at: created.created_at,
        updated_at: created.updated_at,
        completed_at: created.completed_at,
        deleted_at: None,
        version,
    }
}

fn apply(task: &mut Task, changes: &TaskChanges, at: DateTime<Utc>) {
    // The place in the series and what follows there are the aggregate's: who shows tasks does not show them.
    let TaskChanges {
        title,
        description,
        status,
        priority,
        tags,
        due,
        recurrence_pattern,
        series_id,
        parent_id,
        rank,
        occurrence: _,
        following: _,
    } = changes;
    replace(&mut task.title, title.as_ref());
    replace(&mut task.description, description.as_ref());
    replace(&mut task.status, status.as_ref());
    replace(&mut task.priority, priority.as_ref());
    replace(&mut task.tags, tags.as_ref());
    replace(&mut task.due, due.as_ref());
    replace(&mut task.recurrence, recurrence_pattern.as_ref());
    replace(&mut task.series_id, series_id.as_ref());
    replace(&mut task.parent_id, parent_id.as_ref());
    replace(&mut task.rank, rank.as_ref());
    task.updated_at = at;
}

fn replace<T: Clone>(field: &mut T, change: Option<&T>) {
    if let Some(value) = change {
        field.clone_from(value);
    }
}
