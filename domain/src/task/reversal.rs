//! What takes the last change of a task back, noted when the change happens: afterwards it would have to be read from the log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Following, Occurrence, Status, Task, TaskAggregate, TaskChanges, TaskEvent};

/// What takes the last change back. One change is all that is remembered: undoing it is a change again, whose reversal brings
/// it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reversal {
    /// It came to be, or came back: it is deleted.
    Delete,
    /// It was deleted: it comes back.
    Restore,
    /// Fields changed: they get what they had. Boxed, as it is large and stands beside every task in memory.
    SetBack(Box<Former>),
}

/// What the last change replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// The fields that changed, as they were; the status aside.
    pub(super) changes: TaskChanges,
    /// The status before, whether or not it changed.
    pub(super) status: Status,
    /// When it had been completed, if it was.
    pub(super) completed_at: Option<DateTime<Utc>>,
}

impl Reversal {
    /// What takes `event` back, which comes to `before` next; `None` where nothing would be another than before.
    #[must_use]
    pub fn of(before: &TaskAggregate, event: &TaskEvent) -> Option<Self> {
        let task = &before.task;
        match event {
            TaskEvent::Created(_) => (task.version == 0).then_some(Self::Delete),
            TaskEvent::Deleted(_) => task.exists().then_some(Self::Restore),
            TaskEvent::Restored(_) => task.deleted_at.map(|_| Self::Delete),
            TaskEvent::Updated(updated) => {
                let status = updated.changes.status.unwrap_or(task.status);
                set_back(before, &updated.changes, status, task.completed_at)
            }
            TaskEvent::Completed(completed) => {
                set_back(before, &completed.changes, Status::Completed, Some(completed.completed_at))
            }
            TaskEvent::Reopened(reopened) => set_back(before, &reopened.changes, reopened.status, None),
            TaskEvent::OccurrenceSkipped(skipped) => {
                let occurrence = before.occurrence.map(|skips| skips.skipped(skipped));
                let due = Some(Some(skipped.next));
                let changes = TaskChanges { due, occurrence, ..skipped.changes.clone() };
                set_back(before, &changes, task.status, task.completed_at)
            }
        }
    }
}

/// Of a change to these fields, this status and this time of completion.
fn set_back(
    before: &TaskAggregate,
    changes: &TaskChanges,
    status: Status,
    completed_at: Option<DateTime<Utc>>,
) -> Option<Reversal> {
    let task = &before.task;
    let fields = former(task, before.occurrence, changes);
    let following = former_following(&before.following, changes, &fields);
    let changes = TaskChanges { following, ..fields };
    let same = changes.is_empty() && (task.status, task.completed_at) == (status, completed_at);
    let former = Former { changes, status: task.status, completed_at: task.completed_at };
    (!same).then(|| Reversal::SetBack(Box::new(former)))
}

fn former(task: &Task, occurrence: Option<Occurrence>, changes: &TaskChanges) -> TaskChanges {
    let TaskChanges {
        title,
        description,
        status: _,
        priority,
        tags,
        due,
        recurrence_pattern,
        series_id,
        parent_id,
        rank,
        occurrence: moved,
        following: _,
    } = changes;
    // A recurrence that is cleared takes its place in the series with it.
    let loses_place = matches!(recurrence_pattern, Some(None)) || moved.is_some();
    TaskChanges {
        title: replaced(&task.title, title.as_ref()),
        description: replaced(&task.description, description.as_ref()),
        status: None,
        priority: replaced(&task.priority, priority.as_ref()),
        tags: replaced(&task.tags, tags.as_ref()),
        due: replaced(&task.due, due.as_ref()),
        recurrence_pattern: replaced(&task.recurrence, recurrence_pattern.as_ref()),
        series_id: replaced(&task.series_id, series_id.as_ref()),
        parent_id: replaced(&task.parent_id, parent_id.as_ref()),
        rank: replaced(&task.rank, rank.as_ref()),
        occurrence: occurrence.filter(|former| loses_place && *moved != Some(*former)),
        following: None,
    }
}

/// What those that follow had, where setting the fields back alone would leave them with something else.
fn former_following(before: &Following, changes: &TaskChanges, former: &TaskChanges) -> Option<Following> {
    // A task that no longer repeats is followed by none.
    let is_single = matches!(changes.recurrence_pattern, Some(None)) || matches!(changes.due, Some(None));
    let after = if is_single { Following::default() } else { before.after(changes) };
    (after.after(former) != *before).then(|| before.clone())
}

fn replaced<T: Clone + PartialEq>(field: &T, change: Option<&T>) -> Option<T> {
    change.filter(|value| *value != field).map(|_| field.clone())
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{Scope, TaskRestored, TaskUpdated};
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_change_of_one_field_then_only_that_field_is_remembered() {
        let task = given([created(json!({"title":"x","description":"long","tags":["a"]}))])
            .when(update(json!({"title":"y","tags":["a"]})))
            .aggregate();
        let former = json!({"set_back":{"changes":{"title":"x"},"status":"pending","completed_at":null}});
        assert_eq!(serde_json::to_value(task.last).unwrap(), former);
    }

    #[test]
    fn given_a_foreign_event_that_changes_nothing_then_there_is_nothing_to_take_back() {
        let before = given([created(json!({"title":"x"}))]).aggregate();
        let changes = TaskChanges { title: Some("x".to_owned()), ..TaskChanges::default() };
        for event in [
            TaskEvent::Updated(TaskUpdated { changes, updated_at: now() }),
            TaskEvent::Restored(TaskRestored { restored_at: now() }),
            created(json!({"title":"y"})),
        ] {
            assert_eq!(Reversal::of(&before, &event), None, "{event:?}");
        }
    }

    #[test]
    fn given_any_reversal_when_kept_as_a_snapshot_then_the_same() {
        let begun = [created(json!({"title":"x","due_date":"2026-12-01"}))];
        let pattern = json!({"recurrence_pattern":{"rrule":"FREQ=DAILY"}});
        let own = given(begun.clone()).and(update(pattern.clone())).when(update_for(Scope::This, json!({"title":"y"})));
        let tasks = [update(json!({"due_date":null})), update(pattern), delete(), undo()];
        let tasks = tasks.map(|command| given(begun.clone()).when(command).aggregate());
        for task in tasks.into_iter().chain([own.aggregate()]) {
            let text = serde_json::to_string(&task).unwrap();
            assert_eq!(serde_json::from_str::<super::super::TaskAggregate>(&text).unwrap(), task, "{text}");
        }
    }
}
