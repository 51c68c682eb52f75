//! A task comes to be: by a create, or by an import that keeps its own times.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Occurrence, Status, Task, TaskAggregate, TaskCreated, TaskEvent, TaskFields, TaskPatch, TaskRejection, patch,
};
use crate::read::{self, Reader};
use crate::{Violations, time};

/// Fields that are checked together.
pub(super) const TOGETHER: &[&str] = &["due_date", "due_at", "time_zone", "recurrence_pattern"];

/// The checked fields of a task to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    pub(super) fields: TaskFields,
    imported: Imported,
    /// Its place in a series that began before it, and the task that it follows there.
    pub(super) place: Option<(Occurrence, Uuid)>,
}

/// What only an import may give.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Imported {
    id: Option<Uuid>,
    series_id: Option<Uuid>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

impl NewTask {
    /// Reads the body of a create.
    ///
    /// # Errors
    /// Every field that is unknown, read-only or not valid, and a missing title.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(object);
        let patch = TaskPatch::read(&mut reader);
        Self::finish(reader, &patch, Imported::default(), patch::READ_ONLY)
    }

    /// Reads one line of an import: a create that may also give `id`, `series_id`, `created_at`, `updated_at` and
    /// `completed_at`. `version` and `due_utc` of our own export are ignored. `completed_at` without a status means
    /// `completed`.
    ///
    /// # Errors
    /// As [`Self::from_json`]; `completed_at` on a task that is not completed; and times before `created_at`.
    pub fn import_from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(object);
        let mut patch = TaskPatch::read(&mut reader);
        let imported = Imported {
            id: reader.take("id", read::uuid).null_is_none(),
            series_id: reader.take("series_id", read::uuid).null_is_none(),
            created_at: reader.take("created_at", time::instant).null_is_none(),
            updated_at: reader.take("updated_at", time::instant).null_is_none(),
            completed_at: reader.take("completed_at", time::instant).null_is_none(),
        };
        reader.tolerate(&["version", "due_utc"]);
        if imported.completed_at.is_some() {
            let status = *patch.status.get_or_insert(Status::Completed);
            if status != Status::Completed {
                reader.violation("completed_at", format!("belongs to status completed, not {status}; leave it out"));
            }
        }
        for (name, time) in [("updated_at", imported.updated_at), ("completed_at", imported.completed_at)] {
            if let (Some(time), Some(created_at)) = (time, imported.created_at)
                && time < created_at
            {
                reader.violation(name, "must not be before created_at");
            }
        }
        Self::finish(reader, &patch, imported, &[])
    }

    /// The task that follows this one in its series: the same work, open again, due at `occurrence`, without what was changed for this one
    /// alone.
    #[must_use]
    pub fn following(TaskAggregate { task, following, .. }: &TaskAggregate, occurrence: Occurrence) -> Self {
        let fields = following.over(TaskFields::of(task));
        Self {
            fields: TaskFields { status: Status::Pending, due: Some(occurrence.due), ..fields },
            imported: Imported { series_id: task.series_id, ..Imported::default() },
            place: Some((occurrence, task.id)),
        }
    }

    /// The same work, open again, below `parent_id`, which is due so many days later than the one it was below. What was changed for this
    /// one of its series alone is not copied.
    #[must_use]
    pub fn copied(copied: &TaskAggregate, parent_id: Uuid, days: i64) -> Self {
        let due = copied.series_due().and_then(|due| due.moved(days));
        let fields = copied.following.over(TaskFields::of(&copied.task));
        let recurrence = fields.recurrence.clone().filter(|_| due.is_some());
        let fields = TaskFields { status: Status::Pending, due, recurrence, parent_id: Some(parent_id), ..fields };
        Self { fields, imported: Imported::default(), place: None }
    }

    /// The task that it is to be a part of.
    #[must_use]
    pub const fn parent_id(&self) -> Option<Uuid> {
        self.fields.parent_id
    }

    /// The id the import line gave.
    #[must_use]
    pub const fn id(&self) -> Option<Uuid> {
        self.imported.id
    }

    fn finish(
        mut reader: Reader<'_>,
        patch: &TaskPatch,
        imported: Imported,
        read_only: &[&str],
    ) -> Result<Self, Violations> {
        if reader.lacks("title") {
            reader.violation("title", "is needed");
        }
        // A new task is a patch of the empty one.
        let fields = patch.apply(&TaskFields::default());
        // What is wrong only together says nothing new where one of its fields is wrong by itself.
        if let (Err(violations), false) = (&fields, reader.violates(TOGETHER)) {
            reader.merge(violations.clone());
        }
        reader.finish("a task", read_only)?;
        Ok(Self { fields: fields?, imported, place: None })
    }
}

pub(super) fn decide(
    task: &Task,
    id: Uuid,
    new: &NewTask,
    at: DateTime<Utc>,
) -> Result<Option<TaskEvent>, TaskRejection> {
    if task.version > 0 {
        return Err(TaskRejection::AlreadyExists);
    }
    let NewTask { fields, imported, place } = new.clone();
    // What is not given follows from what is: nothing happened to a task before it was created.
    let given = [imported.completed_at, imported.updated_at];
    let created_at = imported.created_at.unwrap_or_else(|| given.into_iter().flatten().fold(at, DateTime::min));
    let updated_at = imported.updated_at.unwrap_or_else(|| given.into_iter().flatten().fold(created_at, DateTime::max));
    let completed = fields.status == Status::Completed;
    Ok(Some(TaskEvent::Created(TaskCreated {
        id,
        // The first task of a series gives it its id.
        series_id: imported.series_id.or(fields.recurrence.is_some().then_some(id)),
        occurrence: place.map(|(occurrence, _)| occurrence),
        follows: place.map(|(_, follows)| follows),
        title: fields.title,
        description: fields.description,
        status: fields.status,
        priority: fields.priority,
        tags: fields.tags,
        due: fields.due,
        recurrence_pattern: fields.recurrence,
        parent_id: fields.parent_id,
        rank: fields.rank,
        created_at,
        updated_at,
        completed_at: completed.then(|| imported.completed_at.unwrap_or(updated_at)),
    })))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    #[test]
    fn given_nothing_when_created_with_a_title_then_all_else_is_empty() {
        given([]).when(create(json!({"title":"Pay the rent"}))).then(&json!({
            "type": "tasklog.task.created.v1",
            "data": {
                "id": TASK, "title": "Pay the rent", "description": "", "status": "pending", "priority": "none",
                "tags": [], "due": null, "recurrence_pattern": null, "series_id": null,
                "created_at": "2026-11-23T12:00:00Z", "updated_at": "2026-11-23T12:00:00Z", "completed_at": null,
            },
        }));
    }

    #[test]
    fn given_nothing_when_created_with_all_fields_then_all_are_kept() {
        let task = given([])
            .when(create(json!({
                "title": "Water the plants", "description": "All of them", "status": "in_progress",
                "priority": "high", "tags": ["home", "Überall"], "due_at": "2026-12-01T09:00", "time_zone": "Europe/Berlin",
                "recurrence_pattern": {"rrule": "FREQ=WEEKLY;BYDAY=MO", "from": "completion", "missed": "keep"},
            })))
            .state();
        assert_eq!((task.title.as_str(), task.status, task.version), ("Water the plants", Status::InProgress, 1));
        assert_eq!(task.due.unwrap().utc(), Some(instant("2026-12-01T08:00:00Z")));
        assert_eq!(
            serde_json::to_value(&task.recurrence).unwrap(),
            json!({"rrule":"FREQ=WEEKLY;BYDAY=MO","from":"completion","generate":"when_completed","missed":"keep"})
        );
        assert_eq!(task.series_id, Some(TASK), "the first of a series names it");
    }

    #[test]
    fn given_nothing_when_created_as_completed_then_it_was_completed_now() {
        assert_eq!(given([]).when(create(json!({"title":"x","status":"completed"}))).state().completed_at, Some(now()));
    }

    #[test]
    fn given_a_task_when_created_again_then_it_exists_even_when_deleted() {
        let first = created(json!({"title":"x"}));
        given([first.clone()]).when(create(json!({"title":"y"}))).then_rejected(&TaskRejection::AlreadyExists);
        given([first, deleted()]).when(create(json!({"title":"y"}))).then_rejected(&TaskRejection::AlreadyExists);
    }

    #[test]
    fn given_bad_bodies_when_read_then_every_bad_field_is_named() {
        let long_tag = "x".repeat(65);
        for (body, fields) in [
            (json!({}), vec!["title"]),
            (json!({"title":null}), vec!["title"]),
            (json!({"title":""}), vec!["title"]),
            (json!({"title":" \t "}), vec!["title"]),
            (json!({"title":7}), vec!["title"]),
            (json!({"title":"a\u{0}b"}), vec!["title"]),
            (json!({"title":"a\nb"}), vec!["title"]),
            (json!({"title":"a\u{2028}b"}), vec!["title"]),
            (json!({"title":"\u{200b}\u{2060}"}), vec!["title"]),
            (json!({"title":"é".repeat(501)}), vec!["title"]),
            (json!({"title":"x","status":"done"}), vec!["status"]),
            (json!({"title":"x","status":null}), vec!["status"]),
            (json!({"title":"x","priority":3}), vec!["priority"]),
            (json!({"title":"x","description":"a\u{0}b"}), vec!["description"]),
            (json!({"title":"x","description":"é".repeat(32_769)}), vec!["description"]),
            (json!({"title":"x","tags":"home"}), vec!["tags"]),
            (json!({"title":"x","tags":[" a","b ","a\u{2029}b"]}), vec!["tags[0]", "tags[1]", "tags[2]"]),
            (json!({"title":"x","tags":["caf\u{e9}","cafe\u{301}"]}), vec!["tags[1]"]),
            (json!({"title":"x","tags":["a", 1, "", "a", long_tag]}), vec!["tags[1]", "tags[2]", "tags[3]", "tags[4]"]),
            (json!({"title":"x","tags":(0..51).map(|n| n.to_string()).collect::<Vec<_>>()}), vec!["tags"]),
            (json!({"title":"x","due_date":"2026-02-29"}), vec!["due_date"]),
            (json!({"title":"x","due_date":"2026-1-5"}), vec!["due_date"]),
            (json!({"title":"x","due_date":"1899-12-31"}), vec!["due_date"]),
            (json!({"title":"x","due_date":"2026-12-01T00:00:00"}), vec!["due_date"]),
            (json!({"title":"x","due_at":"2026-12-01T09:00:00"}), vec!["time_zone"]),
            (json!({"title":"x","due_at":"2026-12-01T09:00:00Z","time_zone":"UTC"}), vec!["due_at"]),
            (json!({"title":"x","due_at":"2026-12-01T09:00:60","time_zone":"UTC"}), vec!["due_at"]),
            (json!({"title":"x","due_at":"2026-12-01T09:00:00","time_zone":"Mars/Base"}), vec!["time_zone"]),
            (json!({"title":"x","due_at":"9999-12-31T23:59:59","time_zone":"America/New_York"}), vec!["due_at"]),
            (json!({"title":"x","time_zone":"UTC"}), vec!["time_zone"]),
            (json!({"title":"x","due_date":"2026-12-01","time_zone":"UTC"}), vec!["time_zone"]),
            (
                json!({"title":"x","due_date":"2026-12-01","due_at":"2026-12-01T09:00:00","time_zone":"UTC"}),
                vec!["due_date"],
            ),
            (json!({"title":"x","recurrence_pattern":{"rrule":"FREQ=DAILY"}}), vec!["recurrence_pattern"]),
            (json!({"title":"x","due_date":"2026-12-01","recurrence_pattern":"daily"}), vec!["recurrence_pattern"]),
            (json!({"title":"x","due_date":"2026-12-01","recurrence_pattern":{}}), vec!["recurrence_pattern.rrule"]),
            (
                json!({"title":"x","due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=HOURLY"}}),
                vec!["recurrence_pattern.rrule"],
            ),
            (
                json!({"title":"x","due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=NOW","from":"here","every":2}}),
                vec!["recurrence_pattern.every", "recurrence_pattern.from", "recurrence_pattern.rrule"],
            ),
            (json!({"id":TASK,"version":1,"colour":"red"}), vec!["colour", "id", "title", "version"]),
        ] {
            assert_eq!(named(new_task(&body)), fields, "{body}");
        }
    }

    #[test]
    fn given_fields_at_their_limits_when_read_then_accepted() {
        let tags: Vec<String> = (0..50).map(|n| format!("{n:é>64}")).collect();
        let body =
            json!({"title":"é".repeat(500),"description":"é".repeat(32_768),"tags":tags,"due_date":"9999-12-31"});
        assert!(new_task(&body).is_ok());
    }

    #[test]
    fn given_hundreds_of_unknown_fields_when_read_then_the_report_stays_short() {
        let body: Map<String, Value> = (0..1_000).map(|n| (format!("f{n}"), json!(n))).collect();
        assert_eq!(NewTask::from_json(&body).unwrap_err().0.len(), crate::limits::VIOLATIONS_MAX);
    }

    #[test]
    fn given_an_import_line_when_created_then_its_own_times_are_kept() {
        let task = given([])
            .when(import(
                json!({"title":"x","created_at":"2011-01-23T02:00:00Z","completed_at":"2011-01-31T16:00:00+01:00"}),
            ))
            .state();
        assert_eq!(task.status, Status::Completed);
        assert_eq!(task.created_at, instant("2011-01-23T02:00:00Z"));
        assert_eq!(task.completed_at, Some(instant("2011-01-31T15:00:00Z")));
        assert_eq!(task.updated_at, instant("2011-01-31T15:00:00Z"));
    }

    #[test]
    fn given_an_import_line_with_some_times_when_created_then_the_others_fit_them() {
        for (line, [created, updated]) in [
            (json!({"completed_at":"2011-01-31T15:00:00Z"}), ["2011-01-31T15:00:00Z"; 2]),
            (json!({"updated_at":"2011-01-31T15:00:00Z"}), ["2011-01-31T15:00:00Z"; 2]),
            (
                json!({"updated_at":"2012-01-01T00:00:00Z","completed_at":"2011-01-31T15:00:00Z"}),
                ["2011-01-31T15:00:00Z", "2012-01-01T00:00:00Z"],
            ),
            (json!({"completed_at":"2030-01-01T00:00:00Z"}), ["2026-11-23T12:00:00Z", "2030-01-01T00:00:00Z"]),
            (json!({"created_at":"2030-01-01T00:00:00Z"}), ["2030-01-01T00:00:00Z"; 2]),
            (json!({}), ["2026-11-23T12:00:00Z"; 2]),
        ] {
            let mut body = line.clone();
            body["title"] = json!("x");
            let task = given([]).when(import(body)).state();
            assert_eq!([task.created_at, task.updated_at], [created, updated].map(instant), "{line}");
        }
    }

    #[test]
    fn given_bad_import_lines_when_read_then_every_bad_field_is_named() {
        for (body, fields) in [
            (json!({"title":"x","status":"pending","completed_at":"2011-01-31T15:00:00Z"}), vec!["completed_at"]),
            (
                json!({"title":"x","created_at":"2011-02-01T00:00:00Z","completed_at":"2011-01-31T23:59:59Z"}),
                vec!["completed_at"],
            ),
            (
                json!({"title":"x","created_at":"2011-02-01T00:00:00Z","updated_at":"2011-01-31T23:59:59Z"}),
                vec!["updated_at"],
            ),
            (json!({"title":"x","created_at":"yesterday"}), vec!["created_at"]),
            (json!({"title":"x","created_at":"0000-01-01T00:00:00Z"}), vec!["created_at"]),
            (json!({"title":"x","id":"7"}), vec!["id"]),
            (json!({"title":"x","project":"p"}), vec!["project"]),
        ] {
            assert_eq!(named(NewTask::import_from_json(body.as_object().unwrap())), fields, "{body}");
        }
    }
}
