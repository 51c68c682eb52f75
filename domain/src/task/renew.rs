//! An occurrence that was taken back and comes again is what it would be had it been made only now.

use chrono::{DateTime, Utc};

use super::{NewTask, TaskAggregate, TaskEvent, TaskFields, TaskRejection, TaskUpdated, update};

pub(super) fn decide(
    TaskAggregate { task, occurrence, following, .. }: &TaskAggregate,
    new: &NewTask,
    at: DateTime<Utc>,
) -> Result<Option<TaskEvent>, TaskRejection> {
    if !task.exists() {
        return Err(TaskRejection::NotFound);
    }
    let before = TaskFields::of(task);
    // Where the work stands is its own.
    let after = TaskFields { status: before.status, ..new.fields.clone() };
    let mut changes = update::changes(&before, after);
    changes.occurrence = new.place.map(|(place, _)| place).filter(|place| Some(*place) != *occurrence);
    let goes_on = following.after(&changes).is_empty();
    changes.following = (!goes_on).then(super::Following::default);
    Ok((!changes.is_empty()).then_some(TaskEvent::Updated(TaskUpdated { changes, updated_at: at })))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{Brought, NewTask, Scope, TaskAggregate, TaskCommand, TaskEvent};
    use super::*;
    use serde_json::json;

    fn daily() -> TaskEvent {
        created(json!({
            "title":"water","tags":["home"],"due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=DAILY"},
        }))
    }

    /// What follows a task.
    fn next(of: &TaskAggregate) -> NewTask {
        NewTask::following(of, of.next_occurrence(Brought::Completed(now())).unwrap().unwrap())
    }

    fn made(new: NewTask) -> TaskEvent {
        given([]).when(TaskCommand::Create { id: TASK, new, at: now() }).event()
    }

    fn renew(new: NewTask) -> TaskCommand {
        TaskCommand::Renew { new, at: now() }
    }

    #[test]
    fn given_a_task_that_follows_another_when_renewed_then_it_has_what_that_one_has_now() {
        let first = given([daily()]);
        let event = made(next(&first.aggregate()));
        let changed = first.and(update(json!({
            "title":"soak","tags":[],"recurrence_pattern":{"rrule":"FREQ=DAILY;COUNT=9"},
        })));
        let new = next(&changed.aggregate());
        let renewed = given([event.clone()]).when(renew(new.clone()));
        renewed.then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {
                "changes": {
                    "title": "soak", "tags": [],
                    "recurrence_pattern": {
                        "rrule": "FREQ=DAILY;COUNT=9", "from": "due", "generate": "when_completed", "missed": "collapse",
                    },
                },
                "updated_at": "2026-11-23T12:00:00Z",
            },
        }));
        let (renewed, anew) = (renewed.aggregate(), given([made(new)]).aggregate());
        assert_eq!((renewed.occurrence, renewed.following), (anew.occurrence, anew.following));
    }

    #[test]
    fn given_a_task_that_is_as_it_would_be_now_when_renewed_then_nothing() {
        let new = next(&given([daily()]).aggregate());
        given([made(new.clone())]).when(renew(new)).then_nothing();
    }

    #[test]
    fn given_a_task_with_changes_of_its_own_when_renewed_then_those_that_follow_are_as_it_is() {
        let new = next(&given([daily()]).aggregate());
        for own in [json!({"title":"twice"}), json!({"title":"twice","status":"in_progress"})] {
            let renewed = given([made(new.clone())]).and(update_for(Scope::This, own)).when(renew(new.clone()));
            assert!(renewed.clone().aggregate().following.is_empty());
            assert_eq!(renewed.state().title, "water");
        }
    }

    #[test]
    fn given_a_deleted_task_when_renewed_then_not_found() {
        let new = next(&given([daily()]).aggregate());
        given([made(new.clone()), deleted()]).when(renew(new)).then_rejected(&TaskRejection::NotFound);
    }
}
