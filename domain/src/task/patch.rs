//! A JSON Merge Patch (RFC 7396) of a task: left out stays, `null` clears, a value replaces.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::recurrence::RecurrencePatch;
use super::{Due, DuePatch, Priority, Scope, Status, TaskFields};
use crate::limits::{DESCRIPTION_MAX_BYTES, RANK_MAX_CHARS, TAG_MAX_CHARS, TAGS_MAX, TITLE_MAX_CHARS};
use crate::read::{self, Field, Reader};
use crate::{Violation, Violations};

/// Fields of a task that the service sets itself.
pub(super) const READ_ONLY: &[&str] =
    &["id", "series_id", "due_utc", "created_at", "updated_at", "completed_at", "version"];

/// A patch whose fields are valid each for itself; together with a task they are checked when it is decided on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskPatch {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) status: Option<Status>,
    pub(super) priority: Option<Priority>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) due: DuePatch,
    recurrence: Field<RecurrencePatch>,
    parent_id: Field<Uuid>,
    rank: Field<String>,
    /// `None` where that was not said.
    pub(super) scope: Option<Scope>,
}

impl TaskPatch {
    /// Reads a merge patch.
    ///
    /// `null` clears `due_date`, `due_at`, `time_zone`, `recurrence_pattern`, `parent_id` and `rank`, and sets `description`, `tags` and
    /// `priority` to empty. `title` and `status` cannot be `null`.
    ///
    /// # Errors
    /// Every field that is unknown, read-only or not valid.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::of_patch(object);
        let patch = Self::read(&mut reader);
        reader.finish("a task", READ_ONLY)?;
        Ok(patch)
    }

    /// Completes a task along with the one that it is a part of: it repeats no more.
    #[must_use]
    pub fn completed_with_parent() -> Self {
        Self { status: Some(Status::Completed), recurrence: Field::Null, ..Self::default() }
    }

    /// Reads, of all fields, when a task is due and how it repeats.
    pub(super) fn read_dates(reader: &mut Reader<'_>) -> Self {
        Self { due: DuePatch::read(reader), recurrence: RecurrencePatch::read(reader), ..Self::default() }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            title: reader.take_not_null("title", |value| read::line(value, TITLE_MAX_CHARS)),
            description: reader.take("description", description).null_is(String::new()),
            status: reader.take_not_null("status", read::word),
            priority: reader.take("priority", read::word).null_is(Priority::None),
            tags: read_tags(reader),
            due: DuePatch::read(reader),
            recurrence: RecurrencePatch::read(reader),
            parent_id: reader.take("parent_id", read::uuid),
            rank: reader.take("rank", rank),
            scope: None,
        }
    }

    /// The patch for these occurrences. Where that is not said (`None`), it is for this one and those that follow; a due date that is given
    /// without `recurrence_pattern` is for this one.
    ///
    /// # Errors
    /// For one occurrence alone, what all of them have in common: how they come about, and where they stand.
    pub fn meant_for(self, scope: Option<Scope>) -> Result<Self, Violations> {
        let common = [
            ("recurrence_pattern", !self.recurrence.is_absent()),
            ("parent_id", !self.parent_id.is_absent()),
            ("rank", !self.rank.is_absent()),
        ];
        let given = common.into_iter().filter(|(_, given)| *given && scope == Some(Scope::This));
        let refused = |(field, _): (&str, bool)| Violation {
            field: field.to_owned(),
            detail: "is for this occurrence and those that follow; leave it out, or say occurrences: following"
                .to_owned(),
        };
        let violations: Vec<Violation> = given.map(refused).collect();
        if violations.is_empty() { Ok(Self { scope, ..self }) } else { Err(Violations(violations)) }
    }

    /// The fields after the patch.
    ///
    /// # Errors
    /// What is wrong only together: a due time without its zone, a recurrence without a due date.
    pub(super) fn apply(&self, current: &TaskFields) -> Result<TaskFields, Violations> {
        let mut violations = Vec::new();
        let due = self.due.apply(current.due).map_err(|errors| violations.extend(errors.0));
        let recurrence = match &self.recurrence {
            Field::Absent => Ok(current.recurrence.clone()),
            Field::Null => Ok(None),
            Field::Set(patch) => {
                patch.apply(current.recurrence.as_ref()).map(Some).map_err(|error| violations.push(error))
            }
        };
        match (due, &recurrence) {
            (Ok(None), Ok(Some(_))) => violations.push(self.recurrence_without_due()),
            // Not asked of a patch that touches neither: what is there already is there.
            (Ok(Some(Due::Date { .. })), Ok(Some(recurrence)))
                if recurrence.is_within_days() && !(self.due.is_absent() && self.recurrence.is_absent()) =>
            {
                violations.push(self.recurrence_within_days());
            }
            _ => {}
        }
        let (Ok(due), Ok(recurrence), true) = (due, recurrence, violations.is_empty()) else {
            return Err(Violations(violations));
        };
        Ok(TaskFields {
            title: self.title.as_ref().unwrap_or(&current.title).clone(),
            description: self.description.as_ref().unwrap_or(&current.description).clone(),
            status: self.status.unwrap_or(current.status),
            priority: self.priority.unwrap_or(current.priority),
            tags: self.tags.as_ref().unwrap_or(&current.tags).clone(),
            due,
            recurrence,
            parent_id: self.parent_id.patched(current.parent_id),
            rank: self.rank.clone().patched(current.rank.clone()),
        })
    }

    /// Whether it says how the task repeats from now on.
    pub(super) const fn gives_recurrence(&self) -> bool {
        matches!(self.recurrence, Field::Set(_))
    }

    /// Named after the field the client touched.
    fn recurrence_within_days(&self) -> Violation {
        let (field, detail) = if self.recurrence.is_absent() {
            (
                "due_date",
                "makes it all-day, and its rule repeats within a day; change recurrence_pattern as well, or use due_at",
            )
        } else {
            (
                "recurrence_pattern.rrule",
                "repeats within a day, which an all-day due_date cannot; use due_at with time_zone, or FREQ=DAILY",
            )
        };
        Violation { field: field.to_owned(), detail: detail.to_owned() }
    }

    /// Named after the field the client touched.
    fn recurrence_without_due(&self) -> Violation {
        let (field, detail) = if !self.recurrence.is_absent() || self.due.is_absent() {
            ("recurrence_pattern", "needs a due date to count from; give due_date, or due_at with time_zone")
        } else if self.due.clears_date() {
            ("due_date", "must stay while recurrence_pattern is there; set recurrence_pattern to null as well")
        } else {
            ("due_at", "must stay while recurrence_pattern is there; set recurrence_pattern to null as well")
        };
        Violation { field: field.to_owned(), detail: detail.to_owned() }
    }
}

fn description(value: &Value) -> Result<String, String> {
    let text = read::string(value)?;
    if text.len() > DESCRIPTION_MAX_BYTES {
        Err(format!("must have at most {DESCRIPTION_MAX_BYTES} bytes of UTF-8, not {}", text.len()))
    } else if text.contains('\0') {
        Err("must not hold \\u0000".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn rank(value: &Value) -> Result<String, String> {
    let rank = read::string(value)?;
    let fits = (1..=RANK_MAX_CHARS).contains(&rank.len()) && rank.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let wrong = || format!("must have 1 to {RANK_MAX_CHARS} characters of 0-9, A-Z and a-z, such as \"a0\"");
    fits.then(|| rank.to_owned()).ok_or_else(wrong)
}

fn read_tags(reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let items = match reader.raw("tags")? {
        Value::Null => return Some(Vec::new()),
        Value::Array(items) if items.len() <= TAGS_MAX => items,
        Value::Array(items) => {
            reader.violation("tags", format!("must have at most {TAGS_MAX} tags, not {}", items.len()));
            return None;
        }
        other => {
            reader.violation("tags", format!("must be an array of strings, not {}", read::type_of(other)));
            return None;
        }
    };
    let mut tags: Vec<String> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match read::name(item, TAG_MAX_CHARS) {
            Ok(tag) if tags.contains(&tag) => {
                reader.violation(format!("tags[{index}]"), "is there already; each tag once")
            }
            Ok(tag) => tags.push(tag),
            Err(detail) => reader.violation(format!("tags[{index}]"), detail),
        }
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::super::given::named;
    use super::*;
    use serde_json::json;

    fn read(body: &Value) -> Result<TaskPatch, Violations> {
        TaskPatch::from_json(body.as_object().unwrap())
    }

    #[test]
    fn given_absent_and_null_when_read_then_they_differ() {
        let absent = read(&json!({})).unwrap();
        for null in
            [json!({"due_date":null}), json!({"tags":null}), json!({"description":null}), json!({"priority":null})]
        {
            assert_ne!(read(&null).unwrap(), absent, "{null}");
        }
    }

    #[test]
    fn given_null_for_fields_that_cannot_be_empty_when_read_then_refused() {
        let body = json!({"title":null,"status":null,"recurrence_pattern":{"rrule":null}});
        assert_eq!(named(read(&body)), ["recurrence_pattern.rrule", "status", "title"]);
    }

    #[test]
    fn given_a_rank_that_is_none_when_read_then_refused() {
        for rank in [json!(""), json!("a b"), json!("é"), json!("a-"), json!(7), json!("x".repeat(65))] {
            assert_eq!(named(read(&json!({"rank":rank}))), ["rank"], "{rank}");
        }
        for rank in ["0", "Zz9", &"x".repeat(64)] {
            assert!(read(&json!({"rank":rank})).is_ok(), "{rank}");
        }
    }

    #[test]
    fn given_read_only_and_unknown_fields_when_read_then_the_detail_says_which_is_which() {
        let violations = read(&json!({"created_at":"2026-01-01T00:00:00Z","colour":"red"})).unwrap_err();
        let detail = |field: &str| violations.0.iter().find(|v| v.field == field).unwrap().detail.clone();
        assert!(detail("created_at").contains("read-only"));
        assert!(detail("colour").contains("known fields are title, description, status"), "{}", detail("colour"));
    }
}
