//! A task comes to be: by a create, or by an import that keeps its own times.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Status, Task, TaskCreated, TaskEvent, TaskFields, TaskPatch, TaskRejection, patch};
use crate::read::{self, Reader};
use crate::{Violations, time};

/// Fields that are checked together.
const TOGETHER: &[&str] = &["due_date", "due_at", "time_zone", "recurrence_pattern"];

/// The checked fields of a task to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    fields: TaskFields,
    imported: Imported,
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
        let mut reader = Reader::new(object, "");
        let patch = TaskPatch::read(&mut reader);
        Self::finish(reader, &patch, Imported::default(), patch::READ_ONLY)
    }

    /// Reads one line of an import: a create that may also give `id`, `series_id`, `created_at`, `updated_at` and
    /// `completed_at`. `version` and `due_utc` of our own export are ignored. `completed_at` without a status means
    /// `completed`.
    ///
    /// # Errors
    /// As [`Self::from_json`], and `completed_at` on a task that is not completed.
    pub fn import_from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(object, "");
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
        Self::finish(reader, &patch, imported, &[])
    }

    /// The id the import line gave.
    #[must_use]
    pub const fn id(&self) -> Option<Uuid> {
        self.imported.id
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.fields.title
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
        Ok(Self { fields: fields?, imported })
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
    let NewTask { fields, imported } = new.clone();
    let created_at = imported.created_at.unwrap_or(at);
    let updated_at = imported.updated_at.or(imported.completed_at).unwrap_or(created_at);
    let completed = fields.status == Status::Completed;
    Ok(Some(TaskEvent::Created(TaskCreated {
        id,
        // The first task of a series gives it its id.
        series_id: imported.series_id.or(fields.recurrence.is_some().then_some(id)),
        title: fields.title,
        description: fields.description,
        status: fields.status,
        priority: fields.priority,
        tags: fields.tags,
        due: fields.due,
        recurrence_pattern: fields.recurrence,
        created_at,
        updated_at,
        completed_at: completed.then(|| imported.completed_at.unwrap_or(updated_at)),
    })))
}
