//! A deleted task comes back as it was.

use chrono::{DateTime, Utc};

use super::{Task, TaskEvent, TaskRejection, TaskRestored};

pub(super) fn decide(task: &Task, at: DateTime<Utc>) -> Result<Option<TaskEvent>, TaskRejection> {
    if task.version == 0 {
        return Err(TaskRejection::NotFound);
    }
    Ok(task.deleted_at.map(|_| TaskEvent::Restored(TaskRestored { restored_at: at })))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_deleted_task_when_restored_then_it_is_as_it_was() {
        let before = given([created(json!({"title":"x","tags":["a"]})), completed()]);
        let task = before.task();
        let restored = given([created(json!({"title":"x","tags":["a"]})), completed(), deleted()]).when(restore());
        restored.then(&json!({"type":"tasklog.task.restored.v1","data":{"restored_at":"2026-11-23T12:00:00Z"}}));
        assert_eq!(restored.state(), Task { version: 4, ..task });
    }

    #[test]
    fn given_a_live_task_when_restored_then_nothing() {
        given([created(json!({"title":"x"}))]).when(restore()).then_nothing();
    }

    #[test]
    fn given_no_task_when_restored_then_not_found() {
        given([]).when(restore()).then_rejected(&TaskRejection::NotFound);
    }
}
