//! Fields of a task change. One patch is one event: `completed` or `reopened` where the status crosses that line.

use chrono::{DateTime, Utc};

use super::{
    Occurrence, Scope, Status, TaskAggregate, TaskChanges, TaskCompleted, TaskEvent, TaskFields, TaskPatch,
    TaskRejection, TaskReopened, TaskUpdated,
};

pub(super) fn decide(
    TaskAggregate { task, occurrence, following, .. }: &TaskAggregate,
    patch: &TaskPatch,
    at: DateTime<Utc>,
) -> Result<Option<TaskEvent>, TaskRejection> {
    if !task.exists() {
        return Err(TaskRejection::NotFound);
    }
    let before = TaskFields::of(task);
    let after = patch.apply(&before).map_err(TaskRejection::Invalid)?;
    let status = after.status;
    let moved = occurrence.and_then(|place| moved(place, &before, &after, patch));
    let repeats = before.recurrence.is_some() && after.recurrence.is_some();
    let theirs = repeats.then(|| following.patched(patch, &before, &after));
    let mut changes = changes(&before, after);
    if changes.recurrence_pattern.as_ref().is_some_and(Option::is_some) && task.series_id.is_none() {
        changes.series_id = Some(Some(task.id));
    }
    changes.occurrence = moved;
    changes.following = theirs.filter(|theirs| *theirs != following.after(&changes));
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
            TaskEvent::Completed(TaskCompleted { completed_at: at, updated_at: None, changes })
        }
        _ => TaskEvent::Updated(TaskUpdated { changes, updated_at: at }),
    }))
}

/// What is another `after` than `before`.
pub(super) fn changes(before: &TaskFields, after: TaskFields) -> TaskChanges {
    TaskChanges {
        title: changed(&before.title, after.title),
        description: changed(&before.description, after.description),
        status: changed(&before.status, after.status),
        priority: changed(&before.priority, after.priority),
        tags: changed(&before.tags, after.tags),
        due: changed(&before.due, after.due),
        recurrence_pattern: changed(&before.recurrence, after.recurrence),
        series_id: None,
        parent_id: changed(&before.parent_id, after.parent_id),
        rank: changed(&before.rank, after.rank),
        occurrence: None,
        following: None,
    }
}

/// The place in the series from which the following occurrences count, where the patch moves it. A patch of the due alone moves this
/// task and no other, unless it says that it is for those that follow as well; one that gives the recurrence along with it, or another
/// rule, is always for those. Another zone without another time is no move: where people are, they are for the whole series.
fn moved(place: Occurrence, before: &TaskFields, after: &TaskFields, patch: &TaskPatch) -> Option<Occurrence> {
    let (due, old, new) = (after.due?, before.recurrence.as_ref()?, after.recurrence.as_ref()?);
    let due = match (patch.scope, patch.due.gives_time()) {
        _ if patch.gives_recurrence() => due,
        (Some(Scope::This), _) | (None, true) => return None,
        (Some(Scope::Following), true) => due,
        (Some(Scope::Following) | None, false) => place.due.in_zone(patch.due.zone()?),
    };
    // What COUNT counts begins anew with another rule.
    let number = if old.rrule == new.rrule { place.number } else { 1 };
    let moved = Occurrence { due, number };
    (moved != place).then_some(moved)
}

fn changed<T: PartialEq>(before: &T, after: T) -> Option<T> {
    (*before != after).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    fn timed() -> TaskEvent {
        created(json!({"title":"x","due_at":"2026-12-01T09:00:00","time_zone":"Europe/Berlin"}))
    }

    fn recurring() -> TaskEvent {
        created(
            json!({"title":"x","due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=DAILY","from":"completion"}}),
        )
    }

    #[test]
    fn given_a_task_when_updated_then_the_event_holds_only_what_changed() {
        given([created(json!({"title":"x","priority":"low"}))])
            .when(update(json!({"title":"y","priority":"low"})))
            .then(&json!({
                "type": "tasklog.task.updated.v1",
                "data": {"changes": {"title": "y"}, "updated_at": "2026-11-23T12:00:00Z"},
            }));
    }

    #[test]
    fn given_a_task_when_nothing_changes_then_no_event() {
        let task = created(json!({"title":"x","tags":["a"]}));
        given([task.clone()]).when(update(json!({}))).then_nothing();
        given([task]).when(update(json!({"title":"x","tags":["a"],"due_date":null}))).then_nothing();
    }

    #[test]
    fn given_a_task_when_completed_with_another_field_then_one_completed_event() {
        given([created(json!({"title":"x"}))]).when(update(json!({"status":"completed","title":"y"}))).then(&json!({
            "type": "tasklog.task.completed.v1",
            "data": {"completed_at": "2026-11-23T12:00:00Z", "changes": {"title": "y"}},
        }));
    }

    #[test]
    fn given_a_task_from_the_future_when_completed_then_not_before_it_was_created() {
        let future = given([]).when(import(json!({"title":"x","created_at":"2030-01-01T00:00:00Z"}))).events;
        let task = given(future).when(update(json!({"status":"completed"}))).state();
        assert_eq!((task.completed_at, task.updated_at), (Some(task.created_at), task.created_at));
    }

    #[test]
    fn given_a_completed_task_when_its_status_changes_then_reopened() {
        for status in ["pending", "in_progress", "cancelled"] {
            let reopened = given([created(json!({"title":"x"})), completed()]).when(update(json!({"status":status})));
            reopened.then(&json!({
                "type": "tasklog.task.reopened.v1",
                "data": {"reopened_at": "2026-11-23T12:00:00Z", "status": status},
            }));
            assert_eq!(reopened.state().completed_at, None);
        }
    }

    #[test]
    fn given_a_completed_task_when_renamed_then_it_stays_completed() {
        let renamed = given([created(json!({"title":"x"})), completed()]).when(update(json!({"title":"y"}))).state();
        assert_eq!((renamed.status, renamed.completed_at), (Status::Completed, Some(now())));
    }

    #[test]
    fn given_a_timed_task_when_only_the_zone_changes_then_the_wall_time_stays() {
        let moved = given([timed()]).when(update(json!({"time_zone":"Asia/Tokyo"}))).state();
        assert_eq!(moved.due.unwrap().utc(), Some(instant("2026-12-01T00:00:00Z")));
    }

    #[test]
    fn given_a_timed_task_when_a_date_is_given_then_it_replaces_the_time() {
        given([timed()]).when(update(json!({"due_date":"2026-12-05"}))).then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"due": {"due_date": "2026-12-05"}}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
    }

    #[test]
    fn given_a_dated_task_when_a_time_is_given_then_it_needs_its_zone() {
        let dated = created(json!({"title":"x","due_date":"2026-12-01"}));
        given([dated.clone()]).when(update(json!({"due_at":"2026-12-01T09:00:00"}))).then_invalid(&["time_zone"]);
        let timed = given([dated]).when(update(json!({"due_at":"2026-12-01T09:00:00","time_zone":"UTC"}))).state();
        assert_eq!(timed.due.unwrap().utc(), Some(instant("2026-12-01T09:00:00Z")));
    }

    #[test]
    fn given_a_due_task_when_its_own_kind_is_null_then_cleared_and_when_the_other_is_null_then_kept() {
        given([timed()]).when(update(json!({"due_at":null}))).then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {"changes": {"due": null}, "updated_at": "2026-11-23T12:00:00Z"},
        }));
        given([timed()]).when(update(json!({"due_date":null}))).then_nothing();
        given([timed()]).when(update(json!({"time_zone":null}))).then_invalid(&["time_zone"]);
        given([timed()]).when(update(json!({"due_at":null,"time_zone":"UTC"}))).then_invalid(&["time_zone"]);
    }

    #[test]
    fn given_a_recurring_task_when_one_key_is_patched_then_the_others_stay() {
        let task = given([recurring()]).when(update(json!({"recurrence_pattern":{"missed":"keep"}}))).state();
        assert_eq!(
            serde_json::to_value(&task.recurrence).unwrap(),
            json!({"rrule":"FREQ=DAILY","from":"completion","generate":"when_completed","missed":"keep"})
        );
        let task = given([recurring()]).when(update(json!({"recurrence_pattern":{"from":null}}))).state();
        assert_eq!(task.recurrence.unwrap().from, super::super::RecurFrom::Due);
    }

    #[test]
    fn given_a_recurring_task_when_its_due_goes_then_the_recurrence_must_go_too() {
        given([recurring()]).when(update(json!({"due_date":null}))).then_invalid(&["due_date"]);
        let single = given([recurring()]).when(update(json!({"due_date":null,"recurrence_pattern":null}))).state();
        assert_eq!((single.due, single.recurrence, single.series_id), (None, None, Some(TASK)));
    }

    #[test]
    fn given_a_rule_within_the_day_when_the_task_becomes_all_day_then_refused_naming_what_was_touched() {
        let body = json!({
            "title":"x","due_at":"2026-12-01T09:00:00","time_zone":"UTC","recurrence_pattern":{"rrule":"FREQ=HOURLY"},
        });
        let hourly = created(body);
        given([hourly.clone()]).when(update(json!({"due_date":"2026-12-01"}))).then_invalid(&["due_date"]);
        given([recurring()])
            .when(update(json!({"recurrence_pattern":{"rrule":"FREQ=DAILY;BYHOUR=9,17"}})))
            .then_invalid(&["recurrence_pattern.rrule"]);
        let daily = json!({"due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=DAILY"}});
        assert_eq!(given([hourly]).when(update(daily)).state().due.unwrap().utc(), None);
    }

    #[test]
    fn given_a_recurring_task_when_only_the_zone_changes_then_the_wall_time_stays_in_it_and_in_those_that_follow() {
        let body = json!({
            "title":"x","due_at":"2026-12-01T09:00:00","time_zone":"Europe/Berlin","recurrence_pattern":{"rrule":"FREQ=DAILY"},
        });
        let begun = || given([created(body.clone())]);
        let at = |time: &str, zone: &str| json!({"due_at": time, "time_zone": zone});
        let place = |aggregate: &TaskAggregate| serde_json::to_value(aggregate.occurrence.unwrap().due).unwrap();
        let zone = || json!({"time_zone":"Asia/Tokyo"});
        let moved = begun().when(update(zone()));
        moved.then(&json!({
            "type": "tasklog.task.updated.v1",
            "data": {
                "changes": {
                    "due": at("2026-12-01T09:00:00", "Asia/Tokyo"),
                    "occurrence": {"due": at("2026-12-01T09:00:00", "Asia/Tokyo"), "number": 1},
                },
                "updated_at": "2026-11-23T12:00:00Z",
            },
        }));
        let undone = moved.again(undo()).aggregate();
        assert_eq!((undone.task.due, undone.occurrence), (begun().task().due, begun().aggregate().occurrence));
        // Of one that was put off by itself, the day stays its own.
        let put_off = begun().and(update(json!({"due_at":"2026-12-04T18:00:00"})));
        let both = put_off.when(update(zone())).aggregate();
        assert_eq!(serde_json::to_value(both.task.due).unwrap(), at("2026-12-04T18:00:00", "Asia/Tokyo"));
        assert_eq!(place(&both), at("2026-12-01T09:00:00", "Asia/Tokyo"));
        // For this one alone, or along with another time.
        let alone = begun().when(update_for(Scope::This, zone())).aggregate();
        assert_eq!(place(&alone), at("2026-12-01T09:00:00", "Europe/Berlin"));
        let travels = json!({"due_at":"2026-12-01T20:00:00","time_zone":"Asia/Tokyo"});
        let travels = begun().when(update(travels)).aggregate();
        assert_eq!(place(&travels), at("2026-12-01T09:00:00", "Europe/Berlin"));
    }

    #[test]
    fn given_a_plain_task_when_it_gets_a_recurrence_then_it_begins_a_series() {
        let plain = created(json!({"title":"x","due_date":"2026-12-01"}));
        let task = given([plain]).when(update(json!({"recurrence_pattern":{"rrule":"FREQ=DAILY"}}))).state();
        assert_eq!(task.series_id, Some(TASK));
    }

    #[test]
    fn given_no_task_or_a_deleted_one_when_updated_then_not_found() {
        given([]).when(update(json!({"title":"y"}))).then_rejected(&TaskRejection::NotFound);
        let gone = [created(json!({"title":"x"})), deleted()];
        given(gone).when(update(json!({"title":"y"}))).then_rejected(&TaskRejection::NotFound);
    }
}
