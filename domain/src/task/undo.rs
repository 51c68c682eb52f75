//! The last change of a task is taken back, by an event of the kinds there are: whoever follows the task needs to know of no
//! other. An undo is a change as well, so a second one brings back what the first took away.

use chrono::{DateTime, Utc};

use super::{
    Former, Reversal, Task, TaskAggregate, TaskChanges, TaskCompleted, TaskDeleted, TaskEvent, TaskRejection,
    TaskReopened, TaskRestored, TaskUpdated, evolve,
};
use crate::Violations;

pub(super) fn decide(
    TaskAggregate { task, last, .. }: &TaskAggregate,
    at: DateTime<Utc>,
) -> Result<Option<TaskEvent>, TaskRejection> {
    if task.version == 0 {
        return Err(TaskRejection::NotFound);
    }
    let last = last.as_ref().ok_or(TaskRejection::NothingToUndo)?;
    Ok(Some(event(task, last, at)))
}

/// A change that is not the last one is taken back. What came since stays, so it must still fit: a rule needs a due date.
pub(super) fn take_back(
    aggregate: &TaskAggregate,
    change: &Reversal,
    at: DateTime<Utc>,
) -> Result<Option<TaskEvent>, TaskRejection> {
    let task = &aggregate.task;
    if task.version == 0 || (!task.exists() && matches!(change, Reversal::SetBack(_))) {
        return Err(TaskRejection::NotFound);
    }
    let event = event(task, change, at);
    let mut after = task.clone();
    evolve(&mut after, &event);
    if after.recurrence.is_some() && after.due.is_none() {
        let detail = "cannot come back: the task has no due date any more";
        return Err(TaskRejection::Invalid(Violations::one("recurrence_pattern", detail)));
    }
    Ok(Reversal::of(aggregate, &event).map(|_| event))
}

fn event(task: &Task, change: &Reversal, at: DateTime<Utc>) -> TaskEvent {
    match change {
        Reversal::Delete => TaskEvent::Deleted(TaskDeleted { deleted_at: at }),
        Reversal::Restore => TaskEvent::Restored(TaskRestored { restored_at: at }),
        Reversal::SetBack(former) => set_back(task, former, at),
    }
}

fn set_back(task: &Task, former: &Former, at: DateTime<Utc>) -> TaskEvent {
    let Former { changes, status, completed_at } = former.clone();
    match completed_at {
        completed_at if completed_at == task.completed_at => {
            let status = (status != task.status).then_some(status);
            TaskEvent::Updated(TaskUpdated { changes: TaskChanges { status, ..changes }, updated_at: at })
        }
        // It was completed then, not now.
        Some(completed_at) => TaskEvent::Completed(TaskCompleted { completed_at, updated_at: Some(at), changes }),
        None => TaskEvent::Reopened(TaskReopened { reopened_at: at, status, changes }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{Due, OccurrenceSkipped, Status, TagRename, TaskCommand, TaskPatch};
    use super::*;
    use serde_json::{Value, json};

    /// A task of the day before.
    fn begun() -> TaskEvent {
        let new = json!({
            "title":"x","priority":"low","due_date":"2026-12-01","created_at":"2026-11-22T12:00:00Z",
        });
        given([]).when(import(new)).event()
    }

    /// Completed with a new title, three hours before now.
    fn completion() -> TaskCommand {
        let patch = json!({"status":"completed","title":"done"});
        let patch = TaskPatch::from_json(patch.as_object().unwrap()).unwrap();
        TaskCommand::Update { patch, at: instant("2026-11-23T09:00:00Z") }
    }

    /// The given event is taken back by `expected`, and that by `again`.
    fn then_undone_and_redone(given: Given, expected: &Value, again: &Value) {
        let undone = given.when(undo());
        undone.then(expected);
        undone.again(undo()).then(again);
    }

    #[test]
    fn given_an_update_when_undone_then_only_the_changed_fields_are_set_back() {
        then_undone_and_redone(
            given([begun()]).and(update(json!({"title":"y","priority":"high","due_date":null,"status":"in_progress"}))),
            &json!({
                "type": "tasklog.task.updated.v1",
                "data": {
                    "changes": {
                        "title": "x", "status": "pending", "priority": "low", "due": {"due_date": "2026-12-01"},
                    },
                    "updated_at": "2026-11-23T12:00:00Z",
                },
            }),
            &json!({
                "type": "tasklog.task.updated.v1",
                "data": {
                    "changes": {"title": "y", "status": "in_progress", "priority": "high", "due": null},
                    "updated_at": "2026-11-23T12:00:00Z",
                },
            }),
        );
    }

    #[test]
    fn given_a_completion_when_undone_then_reopened_and_when_undone_again_completed_when_it_was() {
        let done = given([begun()]).and(update(json!({"status":"in_progress"}))).and(completion());
        then_undone_and_redone(
            done,
            &json!({
                "type": "tasklog.task.reopened.v1",
                "data": {
                    "reopened_at": "2026-11-23T12:00:00Z", "status": "in_progress", "changes": {"title": "x"},
                },
            }),
            &json!({
                "type": "tasklog.task.completed.v1",
                "data": {
                    "completed_at": "2026-11-23T09:00:00Z", "updated_at": "2026-11-23T12:00:00Z",
                    "changes": {"title": "done"},
                },
            }),
        );
    }

    #[test]
    fn given_a_reopened_task_when_undone_then_completed_at_its_former_time_and_updated_now() {
        let task = given([begun()]).and(completion()).and(update(json!({"status":"cancelled"})));
        let task = task.when(undo()).state();
        assert_eq!((task.status, task.completed_at), (Status::Completed, Some(instant("2026-11-23T09:00:00Z"))));
        assert_eq!(task.updated_at, now());
    }

    #[test]
    fn given_a_deleted_task_when_undone_then_restored_and_when_undone_again_deleted() {
        then_undone_and_redone(
            given([begun(), deleted()]),
            &json!({"type":"tasklog.task.restored.v1","data":{"restored_at":"2026-11-23T12:00:00Z"}}),
            &json!({"type":"tasklog.task.deleted.v1","data":{"deleted_at":"2026-11-23T12:00:00Z"}}),
        );
    }

    #[test]
    fn given_a_new_task_when_undone_then_deleted_and_when_undone_again_restored() {
        then_undone_and_redone(
            given([begun()]),
            &json!({"type":"tasklog.task.deleted.v1","data":{"deleted_at":"2026-11-23T12:00:00Z"}}),
            &json!({"type":"tasklog.task.restored.v1","data":{"restored_at":"2026-11-23T12:00:00Z"}}),
        );
    }

    #[test]
    fn given_a_plain_task_that_got_a_recurrence_when_undone_then_it_leaves_the_series_it_began() {
        then_undone_and_redone(
            given([begun()]).and(update(json!({"recurrence_pattern":{"rrule":"FREQ=DAILY"}}))),
            &json!({
                "type": "tasklog.task.updated.v1",
                "data": {
                    "changes": {"recurrence_pattern": null, "series_id": null},
                    "updated_at": "2026-11-23T12:00:00Z",
                },
            }),
            &json!({
                "type": "tasklog.task.updated.v1",
                "data": {
                    "changes": {
                        "recurrence_pattern": {
                            "rrule": "FREQ=DAILY", "from": "due", "generate": "when_completed", "missed": "collapse",
                        },
                        "series_id": TASK,
                        "occurrence": {"due": {"due_date": "2026-12-01"}, "number": 1},
                    },
                    "updated_at": "2026-11-23T12:00:00Z",
                },
            }),
        );
    }

    #[test]
    fn given_a_skipped_occurrence_when_undone_then_due_as_it_was() {
        let day = |text: &str| Due::Date { due_date: text.parse().unwrap() };
        let (skipped, next) = (day("2026-12-01"), day("2026-12-02"));
        let changes = TaskChanges::default();
        let skip = OccurrenceSkipped { skipped, next, occurrence: None, changes, skipped_at: now() };
        let event = TaskEvent::OccurrenceSkipped(skip);
        let changed = |due: &str| {
            let changes = json!({"due": {"due_date": due}});
            json!({"type": "tasklog.task.updated.v1", "data": {"changes": changes, "updated_at": "2026-11-23T12:00:00Z"}})
        };
        then_undone_and_redone(given([begun(), event]), &changed("2026-12-01"), &changed("2026-12-02"));
    }

    /// A task that repeated and was completed along with its parent, and what takes that back.
    fn taken_along() -> (Given, TaskCommand) {
        let daily = created(json!({
            "title":"x","tags":["old"],"due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=DAILY"},
        }));
        let along = TaskCommand::Update { patch: TaskPatch::completed_with_parent(), at: now() };
        let along = given([daily]).and(along);
        let change = along.aggregate().last.unwrap();
        (along, TaskCommand::TakeBack { change, at: now() })
    }

    #[test]
    fn given_a_change_and_another_since_when_the_first_is_taken_back_then_the_other_stays() {
        let (along, back) = taken_along();
        let rename = TaskCommand::RenameTag { rename: TagRename::new("old", "new").unwrap(), at: now() };
        let before = along.aggregate();
        let back_again = along.and(rename).when(back.clone());
        back_again.then(&json!({
            "type": "tasklog.task.reopened.v1",
            "data": {
                "reopened_at": "2026-11-23T12:00:00Z", "status": "pending",
                "changes": {
                    "recurrence_pattern": {
                        "rrule": "FREQ=DAILY", "from": "due", "generate": "when_completed", "missed": "collapse",
                    },
                    "occurrence": {"due": {"due_date": "2026-12-01"}, "number": 1},
                },
            },
        }));
        let task = back_again.clone().state();
        assert_eq!((task.tags, task.due), (vec!["new".to_owned()], before.task.due));
        back_again.again(back).then_nothing();
    }

    #[test]
    fn given_a_task_that_a_change_fits_no_more_when_it_is_taken_back_then_refused() {
        let (along, back) = taken_along();
        along.and(update(json!({"due_date":null}))).when(back.clone()).then_invalid(&["recurrence_pattern"]);
        taken_along().0.and(delete()).when(back.clone()).then_rejected(&TaskRejection::NotFound);
        given([]).when(back).then_rejected(&TaskRejection::NotFound);
        // It is there already, or gone already.
        for (change, events) in [(Reversal::Restore, vec![begun()]), (Reversal::Delete, vec![begun(), deleted()])] {
            given(events).when(TaskCommand::TakeBack { change, at: now() }).then_nothing();
        }
    }

    #[test]
    fn given_no_task_when_undone_then_not_found() {
        given([]).when(undo()).then_rejected(&TaskRejection::NotFound);
    }

    #[test]
    fn given_a_foreign_event_that_changed_nothing_when_undone_then_there_is_nothing_to_undo() {
        let idle = TaskEvent::Updated(TaskUpdated { changes: TaskChanges::default(), updated_at: now() });
        given([begun(), idle]).when(undo()).then_rejected(&TaskRejection::NothingToUndo);
    }

    #[test]
    fn given_a_task_from_the_future_when_undone_then_not_before_it_was_created() {
        let future = given([]).when(import(json!({"title":"x","created_at":"2030-01-01T00:00:00Z"}))).events;
        let task = given(future).when(undo()).state();
        assert_eq!(task.updated_at, task.created_at);
    }
}
