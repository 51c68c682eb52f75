//! A task as the API shows it, and what changed between two states in the same words.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Due, Priority, Recurrence, Status, Task};

/// A task in the API's JSON. Every key is always there, `null` where it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    /// Id of the task.
    pub id: Uuid,
    /// One line, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500, example = "Pay the rent")]
    pub title: String,
    /// Any text, up to 64 KiB; empty where there is none.
    pub description: String,
    /// Where the work stands.
    pub status: Status,
    /// How much it matters.
    pub priority: Priority,
    /// Up to 50, no two the same.
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// The day it is due, for a whole day.
    #[schema(required = true)]
    pub due_date: Option<NaiveDate>,
    /// The wall time it is due, with `time_zone`.
    #[schema(required = true, value_type = Option<String>, example = "2026-12-01T09:00:00")]
    pub due_at: Option<NaiveDateTime>,
    /// IANA name of the zone of `due_at`.
    #[schema(required = true, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// The instant of `due_at`.
    #[schema(required = true)]
    pub due_utc: Option<DateTime<Utc>>,
    /// How it repeats.
    #[schema(required = true)]
    pub recurrence_pattern: Option<Recurrence>,
    /// The series of recurring tasks it belongs to.
    #[schema(required = true)]
    pub series_id: Option<Uuid>,
    /// The task that it is a part of.
    #[schema(required = true)]
    pub parent_id: Option<Uuid>,
    /// Its place among the tasks beside it, compared byte by byte; those without come after those with one.
    #[schema(required = true, max_length = 64, example = "a0")]
    pub rank: Option<String>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was completed, while it is.
    #[schema(required = true)]
    pub completed_at: Option<DateTime<Utc>>,
    /// Number of changes so far, from 1; the `ETag` in quotes.
    pub version: u64,
}

impl TaskView {
    /// The view of a task.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        let (due_date, due_at, time_zone) = stated(task);
        Self {
            id: task.id,
            title: task.title.clone(),
            description: task.description.clone(),
            status: task.status,
            priority: task.priority,
            tags: task.tags.clone(),
            due_date,
            due_at,
            time_zone: time_zone.map(str::to_owned),
            due_utc: task.due.and_then(|due| due.utc()),
            recurrence_pattern: task.recurrence.clone(),
            series_id: task.series_id,
            parent_id: task.parent_id,
            rank: task.rank.clone(),
            created_at: task.created_at,
            updated_at: task.updated_at,
            completed_at: task.completed_at,
            version: task.version,
        }
    }

    /// The task it is a view of, deleted where that is said.
    ///
    /// # Errors
    /// `time_zone` is no zone, or stands without `due_at`, or the other way round: no task has such a view.
    pub fn into_task(self, deleted_at: Option<DateTime<Utc>>) -> Result<Task, NoTask> {
        let due = match (self.due_date, self.due_at, self.time_zone) {
            (None, None, None) => None,
            (Some(due_date), None, None) => Some(Due::Date { due_date }),
            (None, Some(due_at), Some(zone)) => Some(Due::At { due_at, time_zone: zone.parse().map_err(|_| NoTask)? }),
            _ => return Err(NoTask),
        };
        Ok(Task {
            id: self.id,
            title: self.title,
            description: self.description,
            status: self.status,
            priority: self.priority,
            tags: self.tags,
            due,
            recurrence: self.recurrence_pattern,
            series_id: self.series_id,
            parent_id: self.parent_id,
            rank: self.rank,
            created_at: self.created_at,
            updated_at: self.updated_at,
            completed_at: self.completed_at,
            deleted_at,
            version: self.version,
        })
    }
}

/// No task looks like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("due_date, due_at and time_zone are not those of a task")]
pub struct NoTask;

/// When it is due, as it was said.
fn stated(task: &Task) -> (Option<NaiveDate>, Option<NaiveDateTime>, Option<&'static str>) {
    match task.due {
        None => (None, None, None),
        Some(Due::Date { due_date }) => (Some(due_date), None, None),
        Some(Due::At { due_at, time_zone }) => (None, Some(due_at), Some(time_zone.name())),
    }
}

/// The fields people follow in a history, in the API's names.
fn followed(task: &Task) -> [(&'static str, Value); 13] {
    let view = TaskView::of(task);
    [
        ("title", Value::from(view.title)),
        ("description", Value::from(view.description)),
        ("status", json!(view.status)),
        ("priority", json!(view.priority)),
        ("tags", Value::from(view.tags)),
        ("due_date", json!(view.due_date)),
        ("due_at", json!(view.due_at)),
        ("time_zone", Value::from(view.time_zone)),
        ("recurrence_pattern", json!(view.recurrence_pattern)),
        ("series_id", json!(view.series_id)),
        ("parent_id", json!(view.parent_id)),
        ("rank", Value::from(view.rank)),
        ("completed_at", json!(view.completed_at)),
    ]
}

/// What changed, as `{field: {"from": …, "to": …}}` in the API's names. For a task that came to be, `from` is `null` and
/// fields that are empty are left out. Deleting and restoring change no field.
#[must_use]
pub fn changes_between(before: &Task, after: &Task) -> Map<String, Value> {
    if before.version == 0 {
        let is_empty = |value: &Value| value.is_null() || *value == json!("") || *value == json!([]);
        let filled = followed(after).into_iter().filter(|(_, to)| !is_empty(to));
        return filled.map(|(name, to)| change(name, Value::Null, to)).collect();
    }
    let mut differing = Differing { fields: Map::new() };
    differing.add("title", &before.title, &after.title);
    differing.add("description", &before.description, &after.description);
    differing.add("status", &before.status, &after.status);
    differing.add("priority", &before.priority, &after.priority);
    differing.add("tags", &before.tags, &after.tags);
    if before.due != after.due {
        let ((from_date, from_at, from_zone), (to_date, to_at, to_zone)) = (stated(before), stated(after));
        differing.add("due_date", &from_date, &to_date);
        differing.add("due_at", &from_at, &to_at);
        differing.add("time_zone", &from_zone, &to_zone);
    }
    differing.add("recurrence_pattern", &before.recurrence, &after.recurrence);
    differing.add("series_id", &before.series_id, &after.series_id);
    differing.add("parent_id", &before.parent_id, &after.parent_id);
    differing.add("rank", &before.rank, &after.rank);
    differing.add("completed_at", &before.completed_at, &after.completed_at);
    differing.fields
}

/// The fields in which two states differ. A change leaves nearly all of them as they were: those are compared, and not written as JSON
/// first.
struct Differing {
    fields: Map<String, Value>,
}

impl Differing {
    fn add<T: PartialEq + Serialize>(&mut self, name: &'static str, before: &T, after: &T) {
        if before == after {
            return;
        }
        let (from, to) = (json!(before), json!(after));
        if from != to {
            self.fields.extend([change(name, from, to)]);
        }
    }
}

fn change(field: &str, from: Value, to: Value) -> (String, Value) {
    let sides = [("from".to_owned(), from), ("to".to_owned(), to)];
    (field.to_owned(), Value::Object(sides.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;

    #[test]
    fn given_a_task_when_viewed_then_every_key_is_there_in_order() {
        let task =
            given([created(json!({"title":"x","due_at":"2026-12-01T09:00:00","time_zone":"Europe/Berlin"}))]).task();
        assert_eq!(
            serde_json::to_string(&TaskView::of(&task)).unwrap(),
            format!(
                "{{\"id\":\"{TASK}\",\"title\":\"x\",\"description\":\"\",\"status\":\"pending\",\"priority\":\"none\",\
                 \"tags\":[],\"due_date\":null,\"due_at\":\"2026-12-01T09:00:00\",\"time_zone\":\"Europe/Berlin\",\
                 \"due_utc\":\"2026-12-01T08:00:00Z\",\"recurrence_pattern\":null,\"series_id\":null,\
                 \"parent_id\":null,\"rank\":null,\
                 \"created_at\":\"2026-11-23T12:00:00Z\",\"updated_at\":\"2026-11-23T12:00:00Z\",\
                 \"completed_at\":null,\"version\":1}}"
            )
        );
    }

    #[test]
    fn given_a_view_that_no_task_has_when_turned_back_then_it_is_refused() {
        let view = TaskView::of(&given([created(json!({"title":"x","due_date":"2026-12-01"}))]).task());
        let zone = Some("Europe/Berlin".to_owned());
        let at = "2026-12-01T09:00:00".parse().ok();
        for view in [
            TaskView { time_zone: zone.clone(), ..view.clone() },
            TaskView { due_date: None, due_at: at, ..view.clone() },
            TaskView { due_date: None, due_at: at, time_zone: Some("Mars/Olympus".to_owned()), ..view.clone() },
        ] {
            assert_eq!(view.into_task(None), Err(NoTask));
        }
    }

    #[test]
    fn given_a_new_task_when_compared_with_nothing_then_its_filled_fields_came_from_null() {
        let task = given([created(json!({"title":"x"}))]).task();
        assert_eq!(
            Value::Object(changes_between(&Task::default(), &task)),
            json!({
                "title": {"from": null, "to": "x"}, "status": {"from": null, "to": "pending"},
                "priority": {"from": null, "to": "none"},
            })
        );
    }

    #[test]
    fn given_two_states_when_compared_then_only_what_differs() {
        let before = given([created(json!({"title":"x","due_date":"2026-12-01"}))]);
        let task = before.task();
        let after = before.when(update(json!({"status":"completed","due_date":null}))).state();
        assert_eq!(
            Value::Object(changes_between(&task, &after)),
            json!({
                "status": {"from": "pending", "to": "completed"}, "due_date": {"from": "2026-12-01", "to": null},
                "completed_at": {"from": null, "to": "2026-11-23T12:00:00Z"},
            })
        );
        assert!(changes_between(&after, &after).is_empty());
    }

    #[test]
    fn given_any_two_of_some_states_when_compared_then_what_changed_are_the_fields_whose_json_differs() {
        let zoned = |zone: &str| json!({"title": "x", "due_at": "2026-12-01T09:00:00", "time_zone": zone});
        let recurring = |pattern: Value| json!({"title": "x", "due_date": "2026-12-01", "recurrence_pattern": pattern});
        let bodies = [
            json!({"title": "x"}),
            json!({"title": "y", "description": "long", "tags": ["a", "b"], "priority": "high"}),
            json!({"title": "x", "due_date": "2026-12-01"}),
            zoned("Europe/Berlin"),
            zoned("Europe/Vienna"),
            recurring(json!({"rrule": "FREQ=DAILY"})),
            recurring(json!({"rrule": "FREQ=DAILY", "time_zone": "Europe/Berlin"})),
        ];
        let states = bodies.map(|body| given([created(body)]).task());
        for (before, after) in states.iter().flat_map(|before| states.iter().map(move |after| (before, after))) {
            let both = followed(before).into_iter().zip(followed(after)).filter(|((_, from), (_, to))| from != to);
            let expected: Map<String, Value> = both.map(|((name, from), (_, to))| change(name, from, to)).collect();
            assert_eq!(changes_between(before, after), expected);
        }
    }
}
