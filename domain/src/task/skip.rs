//! An occurrence of a series is left out: the task is due at the next one. What was changed for the one that is left out ends with it.

use chrono::{DateTime, Utc};

use super::{
    Generate, OccurrenceSkipped, Status, TaskAggregate, TaskChanges, TaskEvent, TaskRejection, TaskUpdated, occurrence,
};
use crate::Violations;

pub(super) fn decide(aggregate: &TaskAggregate, at: DateTime<Utc>) -> Result<Option<TaskEvent>, TaskRejection> {
    let TaskAggregate { task, occurrence, following, .. } = aggregate;
    if !task.exists() {
        return Err(TaskRejection::NotFound);
    }
    let (Some(recurrence), Some(place), Some(due)) = (&task.recurrence, occurrence, task.due) else {
        return Err(TaskRejection::NotRecurring);
    };
    if matches!(task.status, Status::Completed | Status::Cancelled) {
        return Err(TaskRejection::NotOpen(task.status));
    }
    // Where the next one comes by itself when this one is due, it is there already, and is no place to move to.
    let next_is_there = recurrence.generate == Generate::WhenDue && recurrence.begins(place.due) <= at;
    let next = if next_is_there { Ok(None) } else { occurrence::after_place(recurrence, *place, at) };
    let next = next.map_err(|error| {
        TaskRejection::Invalid(Violations::one("recurrence_pattern.rrule", format!("cannot be followed: {error}")))
    })?;
    Ok(Some(match next {
        Some(next) => TaskEvent::OccurrenceSkipped(OccurrenceSkipped {
            skipped: due,
            next: next.due,
            occurrence: Some(next),
            changes: following.changes(),
            skipped_at: at,
        }),
        // Nothing to be due at: it will not be done.
        None => {
            let changes = TaskChanges { status: Some(Status::Cancelled), ..TaskChanges::default() };
            TaskEvent::Updated(TaskUpdated { changes, updated_at: at })
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::{Value, json};

    /// A task due on Monday, November 30, a week after the commands.
    fn weekly(pattern: Value) -> TaskEvent {
        let mut pattern = pattern;
        pattern["rrule"] = pattern.get("rrule").cloned().unwrap_or_else(|| json!("FREQ=WEEKLY;BYDAY=MO"));
        created(json!({"title":"x","due_date":"2026-11-30","recurrence_pattern":pattern}))
    }

    #[test]
    fn given_an_occurrence_when_skipped_then_the_task_is_due_at_the_next_one() {
        given([weekly(json!({}))]).when(skip()).then(&json!({
            "type": "tasklog.task.occurrence_skipped.v1",
            "data": {
                "skipped": {"due_date": "2026-11-30"},
                "next": {"due_date": "2026-12-07"},
                "occurrence": {"due": {"due_date": "2026-12-07"}, "number": 2},
                "skipped_at": "2026-11-23T12:00:00Z",
            },
        }));
    }

    #[test]
    fn given_an_occurrence_that_was_put_off_when_skipped_then_the_next_one_is_that_of_the_rule() {
        let skipped = given([weekly(json!({}))]).and(update(json!({"due_date":"2026-12-09"}))).when(skip()).state();
        assert_eq!(serde_json::to_value(skipped.due).unwrap(), json!({"due_date":"2026-12-07"}));
    }

    #[test]
    fn given_the_last_occurrence_when_skipped_then_it_is_cancelled() {
        for rrule in ["FREQ=WEEKLY;BYDAY=MO;COUNT=1", "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261206"] {
            let skipped = given([weekly(json!({"rrule":rrule}))]).when(skip()).state();
            assert_eq!(skipped.status, Status::Cancelled, "{rrule}");
        }
    }

    #[test]
    fn given_an_occurrence_whose_successor_is_there_when_skipped_then_it_is_cancelled() {
        let body = json!({
            "title":"x","due_date":"2026-11-20","recurrence_pattern":{"rrule":"FREQ=DAILY","generate":"when_due"},
        });
        assert_eq!(given([created(body)]).when(skip()).state().status, Status::Cancelled);
        let ahead = given([weekly(json!({"generate":"when_due"}))]).when(skip()).state();
        assert_eq!(serde_json::to_value(ahead.due).unwrap(), json!({"due_date":"2026-12-07"}));
    }

    #[test]
    fn given_a_skipped_occurrence_when_undone_then_it_counts_from_where_it_was() {
        let undone = given([weekly(json!({}))]).and(skip()).and(undo());
        assert_eq!(undone.aggregate().occurrence, given([weekly(json!({}))]).aggregate().occurrence);
        assert_eq!(undone.task().due, given([weekly(json!({}))]).task().due);
    }

    #[test]
    fn given_what_cannot_be_skipped_when_skipped_then_refused() {
        given([]).when(skip()).then_rejected(&TaskRejection::NotFound);
        given([weekly(json!({})), deleted()]).when(skip()).then_rejected(&TaskRejection::NotFound);
        given([created(json!({"title":"x","due_date":"2026-11-30"}))])
            .when(skip())
            .then_rejected(&TaskRejection::NotRecurring);
        given([weekly(json!({})), completed()]).when(skip()).then_rejected(&TaskRejection::NotOpen(Status::Completed));
    }
}
