//! Ids that follow from what is imported, so that importing it again makes nothing twice, by whatever way it comes.

use std::collections::HashMap;

use domain::tenant;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Ids of the tasks of a file that have none.
#[derive(Debug, Default)]
pub struct LineIds {
    /// How often a line with this content came so far: equal lines are different tasks. Grows with the lines that have no id,
    /// by some 40 bytes each: half of a digest is enough to tell lines apart.
    seen: HashMap<[u8; 16], u32>,
}

impl LineIds {
    /// The id of the next task, which is the same whenever the file is imported.
    pub fn next(&mut self, line: &Map<String, Value>) -> Uuid {
        let digest: [u8; 32] = Sha256::digest(canonical_members(line)).into();
        let half = digest.first_chunk().copied().unwrap_or_default();
        let times = self.seen.entry(half).or_default();
        *times += 1;
        let key: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        import_id(&format!("line:{key}:{times}"))
    }
}

/// The id of a task that has this one, which is a JSON value, in another program.
#[must_use]
pub fn id_of_other(own: &str) -> Uuid {
    import_id(&format!("own:{own}"))
}

/// The idempotency key of a reminder that an import makes: the same whenever the file is imported again, however many reminders stand
/// before it then.
#[must_use]
pub fn reminder_key(task_id: Uuid, body: &Map<String, Value>) -> String {
    format!("import:{task_id}:reminder:{}", Uuid::new_v5(&task_id, canonical_members(body).as_bytes()))
}

fn import_id(key: &str) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://tasklog.dev/import");
    Uuid::new_v5(&namespace, format!("{}/{key}", tenant::DEFAULT).as_bytes())
}

/// JSON in which equal values are equal texts: members sorted, no blanks.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => canonical_members(members),
        Value::Array(values) => format!("[{}]", values.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

fn canonical_members(members: &Map<String, Value>) -> String {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    let members: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("{}:{}", Value::String((*name).clone()), canonical(value)))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn given_the_same_lines_when_they_get_ids_again_then_the_same_and_equal_lines_are_two_tasks() {
        let ids = || {
            let mut ids = LineIds::default();
            [json!({"title": "a", "tags": [1]}), json!({"tags": [1], "title": "a"}), json!({"title": "b"}), json!({})]
                .map(|line| ids.next(&object(line)))
        };
        let first = ids();
        assert_eq!(first, ids());
        let different: std::collections::HashSet<_> = first.iter().collect();
        assert_eq!(different.len(), 4, "{first:?}");
        assert_ne!(id_of_other("1"), id_of_other("\"1\""), "a text is not a number");
    }

    #[test]
    fn given_the_body_of_a_reminder_when_its_key_is_made_then_it_follows_from_task_and_time_alone() {
        let task = Uuid::from_u128(1);
        let at = object(json!({"remind_at": "2090-12-01T09:00:00", "time_zone": "Europe/Berlin"}));
        let turned = object(json!({"time_zone": "Europe/Berlin", "remind_at": "2090-12-01T09:00:00"}));
        assert_eq!(reminder_key(task, &at), reminder_key(task, &turned));
        assert_ne!(reminder_key(task, &at), reminder_key(Uuid::from_u128(2), &at));
        assert_ne!(reminder_key(task, &at), reminder_key(task, &object(json!({"before_due": "PT1H"}))));
    }
}
