//! The public form of the events: one JSON Schema (2020-12) for the `data` of each event type, and a golden sample of
//! each as a whole CloudEvent, under `schemas/events/`; and the topics that they stand on, `schemas/asyncapi.json`.
//! `make schemas` writes them, a test compares them.
//!
//! A schema follows the code. A sample that is committed stays as it is: every later build must still read it.

mod asyncapi;
mod samples;
pub use asyncapi::asyncapi;
pub use samples::golden_samples;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::reminder::{self, ReminderEvent};
use crate::task::{self, TaskEvent};

/// Where the schemas say they live; the `$id` of each is this and its file name.
const BASE: &str = "https://tasklog.dev/schemas/events/";

/// File name and JSON Schema of the `data` of every event type.
#[must_use]
pub fn event_schemas() -> Vec<(String, Value)> {
    let [created, updated, completed, reopened, deleted, restored, skipped] = TaskEvent::TYPES;
    let [scheduled, rescheduled, snoozed, triggered, sent, failed, cancelled] = ReminderEvent::TYPES;
    vec![
        schema::<task::TaskCreated>(created),
        schema::<task::TaskUpdated>(updated),
        schema::<task::TaskCompleted>(completed),
        schema::<task::TaskReopened>(reopened),
        schema::<task::TaskDeleted>(deleted),
        schema::<task::TaskRestored>(restored),
        schema::<task::OccurrenceSkipped>(skipped),
        schema::<reminder::ReminderScheduled>(scheduled),
        schema::<reminder::ReminderRescheduled>(rescheduled),
        schema::<reminder::ReminderSnoozed>(snoozed),
        schema::<reminder::ReminderTriggered>(triggered),
        schema::<reminder::ReminderSent>(sent),
        schema::<reminder::ReminderDeliveryFailed>(failed),
        schema::<reminder::ReminderCancelled>(cancelled),
    ]
}

/// A schema or sample as text: indented, keys sorted, so that the same value is always the same file.
#[must_use]
pub fn render(value: &Value) -> String {
    format!("{:#}\n", sorted(value))
}

fn schema<T: JsonSchema>(event_type: &str) -> (String, Value) {
    let file = format!("{event_type}.schema.json");
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), format!("{BASE}{file}").into());
    schema.insert("title".to_owned(), event_type.into());
    (file, schema.to_value())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_unstable_by_key(|(name, _)| *name);
            Value::Object(entries.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;

    fn folder() -> PathBuf {
        // As it is when the test runs: two clones may share a target folder, and then the program of one of them.
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../schemas/events")
    }

    fn committed(file: &str) -> Value {
        let path = folder().join(file);
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}; run `make schemas`"));
        serde_json::from_str(&text).unwrap()
    }

    /// What reading and writing an event's type and data gives back.
    fn through_code(event_type: &str, data: &Value) -> Value {
        let tagged = json!({"type": event_type, "data": data});
        if TaskEvent::TYPES.contains(&event_type) {
            serde_json::to_value(serde_json::from_value::<TaskEvent>(tagged).unwrap()).unwrap()
        } else {
            serde_json::to_value(serde_json::from_value::<ReminderEvent>(tagged).unwrap()).unwrap()
        }
    }

    #[test]
    fn given_the_code_when_schemas_are_made_then_they_are_the_committed_ones() {
        for (file, schema) in event_schemas() {
            assert_eq!(
                committed(&file),
                schema,
                "{file} differs from the code; run `make schemas` and review the change"
            );
        }
    }

    #[test]
    fn given_the_code_when_the_topics_are_described_then_the_document_is_the_committed_one() {
        assert_eq!(committed("../asyncapi.json"), asyncapi(), "run `make schemas` and review the change");
    }

    #[test]
    fn given_every_event_type_when_counted_then_each_has_a_schema_and_a_sample_and_nothing_else_is_there() {
        let types = TaskEvent::TYPES.iter().chain(&ReminderEvent::TYPES);
        let expected: BTreeSet<String> = types
            .flat_map(|event_type| [format!("{event_type}.schema.json"), format!("{event_type}.sample.json")])
            .collect();
        let made = event_schemas().into_iter().chain(golden_samples()).map(|(file, _)| file).collect::<BTreeSet<_>>();
        let there: BTreeSet<String> = std::fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|file| file.ends_with(".json"))
            .collect();
        assert_eq!(made, expected);
        assert_eq!(there, expected, "run `make schemas`");
    }

    #[test]
    fn given_every_golden_sample_when_read_then_it_fits_its_schema_and_comes_back_the_same() {
        for (file, _) in golden_samples() {
            let sample = committed(&file);
            let event_type = sample["type"].as_str().unwrap();
            assert_eq!(file, format!("{event_type}.sample.json"));
            let schema = committed(&format!("{event_type}.schema.json"));
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            let errors: Vec<String> = validator.iter_errors(&sample["data"]).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{file}: {errors:?}");
            let back = through_code(event_type, &sample["data"]);
            assert_eq!((&back["type"], &back["data"]), (&sample["type"], &sample["data"]), "{file}");
        }
    }

    #[test]
    fn given_fields_that_no_sample_has_when_read_then_it_fits_its_schema_and_comes_back_the_same() {
        let (at, id) = ("2026-11-30T08:15:00Z", "5f0c7c53-2a86-5d0e-9a63-3d1c5f0a7b21");
        for (event_type, data) in [
            ("tasklog.task.completed.v1", json!({"completed_at": "2026-11-30T08:10:00Z", "updated_at": at})),
            ("tasklog.task.updated.v1", json!({"changes": {"series_id": null}, "updated_at": at})),
            ("tasklog.task.updated.v1", json!({"changes": {"parent_id": null, "rank": "a0"}, "updated_at": at})),
            ("tasklog.task.updated.v1", json!({"changes": {"parent_id": id, "rank": null}, "updated_at": at})),
            (
                "tasklog.task.updated.v1",
                json!({"changes": {"title": "x", "following": {"title": "y"}}, "updated_at": at}),
            ),
            ("tasklog.task.updated.v1", json!({"changes": {"following": {}}, "updated_at": at})),
        ] {
            let validator = jsonschema::draft202012::new(&committed(&format!("{event_type}.schema.json"))).unwrap();
            assert!(validator.is_valid(&data), "{event_type}");
            assert_eq!(through_code(event_type, &data)["data"], data, "{event_type}");
        }
    }

    #[test]
    fn given_data_with_a_field_of_the_wrong_type_or_missing_when_validated_then_the_schema_refuses_it() {
        for (file, sample) in golden_samples() {
            let schema = committed(&file.replace(".sample.", ".schema."));
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            for name in schema["required"].as_array().unwrap() {
                let mut data = sample["data"].clone();
                data.as_object_mut().unwrap().remove(name.as_str().unwrap());
                assert!(!validator.is_valid(&data), "{file} without {name}");
                data[name.as_str().unwrap()] = json!(-1);
                assert!(!validator.is_valid(&data), "{file} with {name} as a number");
            }
        }
    }

    #[test]
    fn given_keys_in_any_order_when_rendered_then_sorted() {
        assert_eq!(
            render(&json!({"b":1,"a":{"d":1,"c":[{"f":1,"e":2}]}})),
            render(&json!({"a":{"c":[{"e":2,"f":1}],"d":1},"b":1}))
        );
        assert!(render(&json!({"b":1,"a":2})).starts_with("{\n  \"a\": 2"));
    }
}
