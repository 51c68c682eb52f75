//! The request bodies as the API's contract shows them.
//!
//! They document: a body is read by `domain` from the JSON itself, because a merge patch tells an absent member from a
//! `null` one. A test keeps the two from drifting apart.

use chrono::{NaiveDate, NaiveDateTime};
use domain::task::{Generate, Missed, Priority, RecurFrom, Status};
use serde::Serialize;
use utoipa::ToSchema;

/// A task to create. Only `title` is needed.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = NewTask)]
pub struct TaskBody {
    /// One line, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500, example = "Pay the rent")]
    pub title: String,
    /// What can be left out.
    #[serde(flatten)]
    #[schema(inline)]
    pub optional: OptionalFields,
}

/// A JSON Merge Patch of a task: what is absent stays, `null` clears.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = TaskPatch)]
pub struct TaskPatchBody {
    /// One line, 1 to 500 characters; it cannot be cleared.
    #[schema(min_length = 1, max_length = 500)]
    pub title: Option<String>,
    /// The other fields.
    #[serde(flatten)]
    #[schema(inline)]
    pub optional: OptionalFields,
}

/// The fields of a task that may be left out.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct OptionalFields {
    /// Any text, up to 64 KiB.
    pub description: Option<String>,
    /// Where the work stands; `pending` if it is not said.
    pub status: Option<Status>,
    /// How much it matters; `none` if it is not said.
    pub priority: Option<Priority>,
    /// Up to 50 of 1 to 64 characters, no two the same.
    #[schema(max_items = 50, example = json!(["home"]))]
    pub tags: Option<Vec<String>>,
    /// The day it is due, for a whole day. Excludes `due_at`.
    #[schema(example = "2026-12-01")]
    pub due_date: Option<NaiveDate>,
    /// The wall time it is due; needs `time_zone`. Excludes `due_date`.
    #[schema(value_type = Option<String>, example = "2026-12-01T09:00:00")]
    pub due_at: Option<NaiveDateTime>,
    /// IANA name of the zone of `due_at`.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// How it repeats; needs a due date.
    pub recurrence_pattern: Option<RecurrenceBody>,
}

/// How a task repeats.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewRecurrence)]
pub struct RecurrenceBody {
    /// An RFC 5545 rule, without `DTSTART`: the due date is the start.
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO")]
    pub rrule: String,
    /// What the next date is counted from; `due` if it is not said.
    pub from: Option<RecurFrom>,
    /// When the next task comes to be; `when_completed` if it is not said.
    pub generate: Option<Generate>,
    /// What happens to dates that have passed; `collapse` if it is not said.
    pub missed: Option<Missed>,
}

/// When a reminder rings: either `remind_at` with `time_zone`, or `before_due`.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ReminderTime)]
pub struct ReminderTimeBody {
    /// A wall time; needs `time_zone`.
    #[schema(value_type = Option<String>, example = "2026-12-01T08:30:00")]
    pub remind_at: Option<NaiveDateTime>,
    /// IANA name of the zone of `remind_at`.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// How long before the task is due: an ISO 8601 duration.
    #[schema(example = "PT30M")]
    pub before_due: Option<String>,
}

/// How long a reminder is put off: either `for`, or `until` with `time_zone`.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Snooze)]
pub struct SnoozeBody {
    /// From now: an ISO 8601 duration.
    #[serde(rename = "for")]
    #[schema(example = "PT10M")]
    pub duration: Option<String>,
    /// A wall time; needs `time_zone`.
    #[schema(value_type = Option<String>, example = "2026-12-01T09:00:00")]
    pub until: Option<NaiveDateTime>,
    /// IANA name of the zone of `until`.
    pub time_zone: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::task::{NewTask, TaskPatch};
    use serde_json::{Map, Value, json};

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("bodies are objects") };
        members
    }

    fn members(body: impl Serialize) -> Map<String, Value> {
        object(serde_json::to_value(body).unwrap())
    }

    /// A full, valid body with every documented member.
    fn full() -> Map<String, Value> {
        let mut full = members(TaskBody { title: "Pay".to_owned(), ..TaskBody::default() });
        for (name, value) in [
            ("description", json!("by transfer")),
            ("status", json!("in_progress")),
            ("priority", json!("high")),
            ("tags", json!(["home"])),
            ("due_at", json!("2026-12-01T09:00:00")),
            ("time_zone", json!("Europe/Berlin")),
            (
                "recurrence_pattern",
                json!({"rrule": "FREQ=MONTHLY", "from": "due", "generate": "when_due", "missed": "keep"}),
            ),
        ] {
            assert!(full.insert(name.to_owned(), value).is_some(), "{name} is not documented");
        }
        full.remove("due_date");
        full
    }

    #[test]
    fn given_every_documented_member_then_domain_reads_the_body() {
        NewTask::from_json(&full()).unwrap();
        TaskPatch::from_json(&full()).unwrap();
        let day = object(json!({"due_date": "2026-12-01"}));
        TaskPatch::from_json(&day).unwrap();
    }

    #[test]
    fn given_an_undocumented_member_then_domain_names_all_documented_ones() {
        let unknown = object(json!({"title": "Pay", "colour": "red"}));
        let said = NewTask::from_json(&unknown).unwrap_err().to_string();
        for name in members(TaskBody::default()).keys() {
            assert!(said.contains(name.as_str()), "{name} is documented and not known: {said}");
        }
    }
}
