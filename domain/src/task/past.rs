//! A task as it was, from what a history tells of it.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Due, Task};

/// The task that `changes` have made one after the other, the first of them from nothing: the inverse of
/// [`changes_between`](super::changes_between). What they do not tell, it has from `known`: its id, its version, and when it was
/// created, changed and deleted.
///
/// # Errors
/// A value that its field cannot have.
pub fn task_after<'a>(
    known: Task,
    changes: impl IntoIterator<Item = &'a Map<String, Value>>,
) -> Result<Task, serde_json::Error> {
    let fields = Fields(changes.into_iter().flatten().map(|(name, change)| (name.as_str(), &change["to"])).collect());
    let mut task = Task { due: fields.due()?, ..known };
    fields.give("title", &mut task.title)?;
    fields.give("description", &mut task.description)?;
    fields.give("status", &mut task.status)?;
    fields.give("priority", &mut task.priority)?;
    fields.give("tags", &mut task.tags)?;
    fields.give("recurrence_pattern", &mut task.recurrence)?;
    fields.give("series_id", &mut task.series_id)?;
    fields.give("parent_id", &mut task.parent_id)?;
    fields.give("rank", &mut task.rank)?;
    fields.give("completed_at", &mut task.completed_at)?;
    Ok(task)
}

/// The latest value of each field that ever changed.
struct Fields<'a>(HashMap<&'a str, &'a Value>);

impl Fields<'_> {
    fn give<T: DeserializeOwned>(&self, name: &str, field: &mut T) -> Result<(), serde_json::Error> {
        if let Some(value) = self.0.get(name) {
            *field = T::deserialize(*value)?;
        }
        Ok(())
    }

    /// Three fields of the API are one of the task.
    fn due(&self) -> Result<Option<Due>, serde_json::Error> {
        let given = ["due_date", "due_at", "time_zone"]
            .into_iter()
            .filter_map(|name| Some((name, *self.0.get(name)?)))
            .filter(|(_, value)| !value.is_null());
        let given: Map<String, Value> = given.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        if given.is_empty() { Ok(None) } else { Due::deserialize(Value::Object(given)).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::changes_between;
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_task_that_changed_when_its_changes_are_taken_together_then_the_same_task() {
        let body =
            json!({"title":"x","tags":["a"],"due_date":"2026-12-01","recurrence_pattern":{"rrule":"FREQ=DAILY"}});
        let first = given([created(body)]);
        let (none, one) = (Task::default(), first.task());
        let patch =
            json!({"due_at":"2026-12-01T09:00:00","time_zone":"Europe/Berlin","tags":null,"status":"completed"});
        let two = first.when(update(patch)).state();
        let changes = [changes_between(&none, &one), changes_between(&one, &two)];
        let known = |task: &Task| Task {
            id: task.id,
            version: task.version,
            created_at: task.created_at,
            updated_at: task.updated_at,
            ..Task::default()
        };
        assert_eq!(task_after(known(&one), &changes[..1]).unwrap(), one);
        assert_eq!(task_after(known(&two), &changes).unwrap(), two);
    }

    #[test]
    fn given_a_value_that_its_field_cannot_have_then_an_error() {
        for change in [json!({"status":{"to":"done"}}), json!({"due_at":{"to":"2026-12-01T09:00:00"}})] {
            assert!(task_after(Task::default(), [change.as_object().unwrap()]).is_err(), "{change}");
        }
    }
}
