//! A task as it was, from its history.

use chrono::{DateTime, Utc};
use domain::task::{Task, task_after};

use super::{HistoryItem, TaskHistory};

const DELETED: &str = "task.deleted";
const RESTORED: &str = "task.restored";

impl TaskHistory {
    /// The last version whose event is not after `time`; `None` where the first one is.
    pub fn version_at(&self, time: DateTime<Utc>) -> Option<u64> {
        // Clocks of several machines differ: the order of the events is that of their versions.
        self.items.iter().rev().find(|item| item.time <= time).map(|item| item.version)
    }

    /// The version whose event was dropped, where it is this one or one before: nobody knows what the task was.
    pub fn passed_before(&self, version: u64) -> Option<u64> {
        self.passed_from.filter(|passed| *passed <= version)
    }

    /// The task at a version, as a query then answered it; deleted where it was. `None` where there is no such version, or one up to it was dropped.
    ///
    /// # Errors
    /// The document was not written by us.
    pub fn task_at(&self, version: u64) -> Result<Option<Task>, serde_json::Error> {
        if self.passed_before(version).is_some() {
            return Ok(None);
        }
        let Some(last) = self.items.iter().position(|item| item.version == version) else { return Ok(None) };
        let items = &self.items[..=last];
        let updated_at = self.updated_at.get(&version).copied().unwrap_or(items[last].time);
        let known = Task {
            id: self.task.id,
            version,
            created_at: self.task.created_at,
            updated_at,
            deleted_at: deleted_at(items),
            ..Task::default()
        };
        task_after(known, items.iter().map(|item| &item.changes)).map(Some)
    }
}

/// When it was deleted, if it is at the end of these.
fn deleted_at(items: &[HistoryItem]) -> Option<DateTime<Utc>> {
    let last = items.iter().rev().find(|item| [DELETED, RESTORED].contains(&item.event_type.as_str()));
    last.filter(|item| item.event_type == DELETED).map(|item| item.time)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use cqrs_es::{EventEnvelope, View as _};
    use domain::task::{NewTask, TaskAggregate, TaskCommand, TaskPatch, TaskView, decide};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::super::TIME;
    use super::*;

    fn begin() -> DateTime<Utc> {
        DateTime::from_timestamp(1_780_000_000, 0).unwrap()
    }

    /// The nth command is given `n` minutes after [`begin`].
    fn minutes(n: usize) -> DateTime<Utc> {
        begin() + TimeDelta::minutes(i64::try_from(n).unwrap())
    }

    fn import(body: &Value) -> TaskCommand {
        let new = NewTask::import_from_json(body.as_object().unwrap()).unwrap();
        TaskCommand::Create { id: Uuid::from_u128(7), new, at: begin() }
    }

    fn patch(body: &Value, n: usize) -> TaskCommand {
        TaskCommand::Update { patch: TaskPatch::from_json(body.as_object().unwrap()).unwrap(), at: minutes(n) }
    }

    /// The history that the commands make, and the task after each of them.
    fn lived(commands: &[TaskCommand]) -> (TaskHistory, Vec<Task>) {
        let (mut aggregate, mut history, mut tasks) = (TaskAggregate::default(), TaskHistory::default(), Vec::new());
        for (n, command) in commands.iter().enumerate() {
            let event = decide(&aggregate, command).unwrap().unwrap();
            aggregate.follow(&event);
            history.update(&EventEnvelope {
                aggregate_id: String::new(),
                sequence: n + 1,
                payload: event,
                metadata: [(TIME.to_owned(), minutes(n).to_rfc3339())].into(),
            });
            tasks.push(aggregate.task.clone());
        }
        // As it is read back.
        (serde_json::from_str(&serde_json::to_string(&history).unwrap()).unwrap(), tasks)
    }

    #[test]
    fn given_an_imported_task_that_changed_when_asked_for_each_version_then_as_it_was() {
        let (history, tasks) = lived(&[
            import(&json!({
                "title":"x","created_at":"2020-01-01T00:00:00Z","updated_at":"2021-01-01T00:00:00.123456Z","due_date":"2026-12-01",
            })),
            patch(&json!({"due_at":"2026-12-01T09:00:00","time_zone":"Asia/Tokyo","tags":["b","a"]}), 1),
            patch(&json!({"status":"completed"}), 2),
            patch(&json!({"status":"pending","due_at":null}), 3),
            TaskCommand::Undo { at: minutes(4) },
            TaskCommand::Delete { at: minutes(5) },
            TaskCommand::Undo { at: minutes(6) },
        ]);
        for (version, task) in (1..).zip(&tasks) {
            let then = history.task_at(version).unwrap().unwrap();
            assert_eq!(TaskView::of(&then), TaskView::of(task), "version {version}");
            assert_eq!(then.exists(), task.exists(), "version {version}");
        }
        assert_eq!(history.task_at(8).unwrap(), None);
        assert_eq!(history.task_at(0).unwrap(), None);
    }

    #[test]
    fn given_a_time_when_asked_then_the_last_version_that_is_not_after_it() {
        let (history, _) = lived(&[import(&json!({"title":"x"})), patch(&json!({"title":"y"}), 1)]);
        let just_before = |n| minutes(n) - TimeDelta::microseconds(1);
        let asked = [just_before(0), minutes(0), just_before(1), minutes(1), minutes(9)];
        assert_eq!(asked.map(|time| history.version_at(time)), [None, Some(1), Some(1), Some(2), Some(2)]);
    }

    #[test]
    fn given_a_clock_that_was_behind_when_asked_then_versions_keep_their_order() {
        let (mut history, _) = lived(&[import(&json!({"title":"x"})), patch(&json!({"title":"y"}), 1)]);
        history.items[1].time = begin() - TimeDelta::minutes(5);
        assert_eq!(history.version_at(minutes(0)), Some(2));
        assert_eq!(history.version_at(begin() - TimeDelta::minutes(6)), None);
    }
}
