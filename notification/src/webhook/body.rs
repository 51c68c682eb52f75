//! What a webhook is told.

use serde_json::{Map, Value};

/// The body of the request: the CloudEvent of the reminder, whose data is an object, with the task as the API shows it
/// under `data.task`.
#[must_use]
pub fn body(mut event: Map<String, Value>, task: Value) -> Vec<u8> {
    if let Value::Object(data) = event.entry("data").or_insert_with(|| Map::new().into()) {
        data.insert("task".to_owned(), task);
    }
    Value::Object(event).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn given_an_event_when_told_then_all_of_it_and_the_task_in_its_data() {
        let event =
            json!({"id": "default/r@4", "type": "tasklog.reminder.triggered.v1", "data": {"triggered_at": "…"}});
        let told: Value =
            serde_json::from_slice(&body(event.as_object().unwrap().clone(), json!({"title": "pay"}))).unwrap();
        assert_eq!(told["id"], "default/r@4");
        assert_eq!(told["data"], json!({"triggered_at": "…", "task": {"title": "pay"}}));
    }
}
