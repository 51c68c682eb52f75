//! The request bodies as the API's contract shows them.
//!
//! They document: a body is read by `domain` from the JSON itself, because a merge patch tells an absent member from a
//! `null` one. Tests keep the two from drifting apart.

use chrono::{NaiveDate, NaiveDateTime};
use domain::task::{Generate, Missed, Priority, RecurFrom, Scope, Status};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A task to create. Only `title` is needed.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = NewTask)]
pub struct TaskBody {
    /// One line, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500, example = "Pay the rent")]
    pub title: String,
    /// How it repeats; needs a due date.
    pub recurrence_pattern: Option<RecurrenceBody>,
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
    #[schema(min_length = 1, max_length = 500, value_type = String, required = false)]
    pub title: Option<String>,
    /// How it repeats; needs a due date. Merged with the one that is there, member by member.
    pub recurrence_pattern: Option<RecurrencePatchBody>,
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
    /// Where the work stands; `pending` if it is never said.
    #[schema(value_type = Status, required = false)]
    pub status: Option<Status>,
    /// How much it matters; `none` if it is never said.
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
    /// The task that it is a part of, on at most 5 levels.
    pub parent_id: Option<Uuid>,
    /// Its place among the tasks beside it, compared byte by byte: 1 to 64 characters of `0-9`, `A-Z` and `a-z`.
    #[schema(max_length = 64, pattern = "^[0-9A-Za-z]+$", example = "a0")]
    pub rank: Option<String>,
}

/// How a task repeats.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = NewRecurrence)]
pub struct RecurrenceBody {
    /// An RFC 5545 rule, without `DTSTART`: the due date is the start.
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO")]
    pub rrule: String,
    /// How it is followed.
    #[serde(flatten)]
    #[schema(inline)]
    pub optional: RecurrenceOptions,
}

/// What changes of how a task repeats; the rule itself is needed where there is none yet.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = RecurrencePatch)]
pub struct RecurrencePatchBody {
    /// An RFC 5545 rule, without `DTSTART`: the due date is the start. It cannot be cleared by itself.
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO", value_type = String, required = false)]
    pub rrule: Option<String>,
    /// How it is followed.
    #[serde(flatten)]
    #[schema(inline)]
    pub optional: RecurrenceOptions,
}

/// How a recurrence rule is followed.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct RecurrenceOptions {
    /// What the next date is counted from; `due` if it is never said.
    pub from: Option<RecurFrom>,
    /// When the next task comes to be; `when_completed` if it is never said.
    pub generate: Option<Generate>,
    /// What happens to dates that have passed; `collapse` if it is never said.
    pub missed: Option<Missed>,
    /// The IANA zone whose days whole days are; UTC if it is never said.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
}

/// Operations on tasks, each for itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Bulk)]
pub struct BulkBody {
    /// 1 to 1,000 of them. Those on the same task take effect in this order.
    #[schema(min_items = 1, max_items = 1000)]
    pub operations: Vec<OperationBody>,
}

/// One operation, which does what the call of its own does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
#[schema(as = Operation)]
pub enum OperationBody {
    /// `POST /tasks`.
    Create(CreateOperationBody),
    /// `PATCH /tasks/{id}`.
    Update(UpdateOperationBody),
    /// `DELETE /tasks/{id}`.
    Delete(PlainOperationBody),
    /// `POST /tasks/{id}/restore`.
    Restore(PlainOperationBody),
    /// `POST /tasks/{id}/skip`.
    Skip(PlainOperationBody),
    /// `POST /tasks/{id}/undo`.
    Undo(PlainOperationBody),
}

/// Creates a task.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CreateOperation)]
pub struct CreateOperationBody {
    /// What `POST /tasks` takes.
    pub task: TaskBody,
    /// What the headers say of a call of its own.
    #[serde(flatten)]
    #[schema(inline)]
    pub optional: OperationOptions,
}

/// Changes a task.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = UpdateOperation)]
pub struct UpdateOperationBody {
    /// The task.
    pub id: Uuid,
    /// What `PATCH /tasks/{id}` takes.
    pub patch: TaskPatchBody,
    /// As the parameter of that call: which occurrences of a task that repeats the change is for.
    #[schema(value_type = Scope, required = false)]
    pub occurrences: Option<Scope>,
    /// What the headers say of a call of its own.
    #[serde(flatten)]
    #[schema(inline)]
    pub optional: OperationOptions,
}

/// Does something to a task that needs no fields.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PlainOperation)]
pub struct PlainOperationBody {
    /// The task.
    pub id: Uuid,
    /// What the headers say of a call of its own.
    #[serde(flatten)]
    #[schema(inline)]
    pub optional: OperationOptions,
}

/// What an operation says instead of headers.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct OperationOptions {
    /// As `If-Match`: only if the task is at this version, a whole number from 1.
    #[schema(value_type = u64, required = false)]
    pub if_match: Option<u64>,
    /// As `Idempotency-Key`: 1 to 255 characters of visible ASCII that do not begin with `process/`.
    #[schema(min_length = 1, max_length = 255, value_type = String, required = false)]
    pub idempotency_key: Option<String>,
}

/// A line of plain English that says what is to be done.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = QuickTaskText)]
pub struct QuickBody {
    /// The line, up to 1,000 characters.
    #[schema(min_length = 1, max_length = 1000, example = "pay rent every month on the 1st 9am #home !high")]
    pub text: String,
    /// IANA name of the zone in which its days and times are meant; UTC if it is left out.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
}

/// A recurrence that no task has yet, and the first due date that it would have: either `due_date`, or `due_at` with `time_zone`.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = RecurrenceToPreview)]
pub struct PreviewBody {
    /// How it would repeat.
    pub recurrence_pattern: RecurrenceBody,
    /// The day it is due, for a whole day. Excludes `due_at`.
    #[schema(example = "2026-12-31")]
    pub due_date: Option<NaiveDate>,
    /// The wall time it is due; needs `time_zone`. Excludes `due_date`.
    #[schema(value_type = Option<String>, example = "2026-12-31T09:00:00")]
    pub due_at: Option<NaiveDateTime>,
    /// IANA name of the zone of `due_at`.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
}

/// A due date that a recurrence would make: either `due_date`, or `due_at` with `time_zone`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewedDue)]
pub struct PreviewedDueBody {
    /// The day, for a whole day.
    #[schema(value_type = NaiveDate, required = false, example = "2027-01-31")]
    pub due_date: Option<NaiveDate>,
    /// The wall time.
    #[schema(value_type = String, required = false, example = "2027-01-31T09:00:00")]
    pub due_at: Option<NaiveDateTime>,
    /// IANA name of its zone.
    #[schema(value_type = String, required = false, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
}

/// When a reminder rings: either `remind_at` with `time_zone`, or `before_due`; and how often after that.
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
    /// How it rings again after that, until something is done about the task.
    pub repeat: Option<RepeatBody>,
}

/// How a reminder rings again.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Repetition)]
pub struct RepeatBody {
    /// How long after each ring the next one comes: an ISO 8601 duration.
    #[schema(example = "PT10M")]
    pub every: String,
    /// How many rings come after the first.
    #[schema(minimum = 1, maximum = 100, example = 3)]
    pub times: u32,
}

/// How long a reminder is put off: either `for`, or `until` with `time_zone`.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Snooze)]
pub struct SnoozeBody {
    /// From now: an ISO 8601 duration.
    #[serde(rename = "for")]
    #[schema(example = "PT10M")]
    pub duration: Option<String>,
    /// A wall time to come; needs `time_zone`.
    #[schema(value_type = Option<String>, example = "2026-12-01T09:00:00")]
    pub until: Option<NaiveDateTime>,
    /// IANA name of the zone of `until`.
    pub time_zone: Option<String>,
}

#[cfg(test)]
mod tests;
