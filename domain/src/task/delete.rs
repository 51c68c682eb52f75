//! A task is deleted. Its stream stays, so that it can be restored.

use chrono::{DateTime, Utc};

use super::{Task, TaskDeleted, TaskEvent, TaskRejection};

pub(super) fn decide(task: &Task, at: DateTime<Utc>) -> Result<Option<TaskEvent>, TaskRejection> {
    if task.exists() {
        Ok(Some(TaskEvent::Deleted(TaskDeleted { deleted_at: at })))
    } else {
        Err(TaskRejection::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_task_when_deleted_then_gone_and_its_fields_are_kept() {
        let deleted = given([created(json!({"title":"x"}))]).when(delete());
        deleted.then(&json!({"type":"tasklog.task.deleted.v1","data":{"deleted_at":"2026-11-23T12:00:00Z"}}));
        let task = deleted.state();
        assert!(!task.exists());
        assert_eq!((task.title.as_str(), task.version), ("x", 2));
    }

    #[test]
    fn given_no_task_or_a_deleted_one_when_deleted_then_not_found() {
        given([]).when(delete()).then_rejected(&TaskRejection::NotFound);
        given([created(json!({"title":"x"})), deleted()]).when(delete()).then_rejected(&TaskRejection::NotFound);
    }
}
