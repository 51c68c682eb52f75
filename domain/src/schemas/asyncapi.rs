//! The topics as one document, in the form of AsyncAPI 3: which messages stand on which topic, and what a message is.

use serde_json::{Map, Value, json};

use crate::reminder::ReminderEvent;
use crate::task::TaskEvent;
use crate::topics;

/// The document `schemas/asyncapi.json`. The `data` of each message is the schema of its type under `events/`, by
/// reference.
#[must_use]
pub fn asyncapi() -> Value {
    let channels = [
        (topics::TASKS, "Events of tasks.", &TaskEvent::TYPES[..]),
        (topics::REMINDERS, "Events of reminders.", &ReminderEvent::TYPES[..]),
    ];
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tasklog events",
            "version": "1.0.0",
            "description": "What Tasklog writes to Kafka, its system of record. Per `partitionkey`, take each `sequence` once: the first one in the partition wins. A record of type `kafka-es.barrier.v1`, whose `sequence` is 0, is no event.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": Value::Object(channels.iter().map(|(topic, title, types)| ((*topic).to_owned(), channel(topic, title, types))).collect()),
        "operations": Value::Object(channels.iter().map(|(topic, ..)| (operation_name(topic), operation(topic))).collect()),
        "components": {
            "schemas": {"cloudevent": cloudevent()},
            "messages": Value::Object(channels.iter().flat_map(|(.., types)| types.iter().map(|name| ((*name).to_owned(), message(name)))).collect()),
        },
    })
}

fn channel(topic: &str, title: &str, types: &[&str]) -> Value {
    let messages: Map<String, Value> = types
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/messages/{name}")})))
        .collect();
    json!({
        "address": topic,
        "title": title,
        "messages": messages,
        "bindings": {"kafka": {"topic": topic, "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": -1}}},
    })
}

fn operation_name(topic: &str) -> String {
    format!("read-{topic}")
}

fn operation(topic: &str) -> Value {
    json!({"action": "send", "channel": {"$ref": format!("#/channels/{topic}")}, "summary": "Tasklog appends; everybody may read."})
}

fn message(name: &str) -> Value {
    json!({
        "name": name,
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/cloudevent"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": name},
                        "data": {"$ref": format!("events/{name}.schema.json")},
                    },
                },
            ],
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": "The `partitionkey`."}}},
    })
}

/// The envelope of every event: CloudEvents 1.0 in structured mode, with the extension attributes that are always there.
fn cloudevent() -> Value {
    let text = |description: &str| json!({"type": "string", "minLength": 1, "description": description});
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence", "partitionkey", "tenant", "commandid", "correlationid", "actor", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text("`<partitionkey>@<sequence>`."),
            "source": {"type": "string", "pattern": "^/tenants/.+", "description": "`/tenants/<tenant>`."},
            "type": text("Which event, with its version."),
            "subject": text("Id of the task or reminder."),
            "time": {"type": "string", "format": "date-time", "description": "When it was decided."},
            "datacontenttype": {"const": "application/json"},
            "sequence": {"type": "integer", "minimum": 1, "description": "Version of the stream that the event makes."},
            "partitionkey": text("The stream, `<tenant>/<id>`; the record's key too."),
            "tenant": text("Whose it is."),
            "commandid": text("The command that made it: the idempotency key where the caller sent one."),
            "commandhash": text("Fingerprint of the request, where the caller sent an idempotency key: the same key with another request is refused by it."),
            "causationid": text("What caused the command, where it was another event."),
            "correlationid": text("What belongs together: the id of the trace, or the command where nobody traced."),
            "actor": text("Who did it."),
            "traceparent": text("W3C trace context of the command."),
            "data": {"type": "object"},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::golden_samples;

    /// The envelope's schema: `data` has one of its own.
    fn envelope() -> jsonschema::Validator {
        jsonschema::draft202012::new(&asyncapi()["components"]["schemas"]["cloudevent"]).unwrap()
    }

    #[test]
    fn given_every_golden_sample_when_held_against_the_envelope_then_it_fits_and_its_message_is_on_its_topic() {
        let document = asyncapi();
        for (file, sample) in golden_samples() {
            let errors: Vec<String> = envelope().iter_errors(&sample).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{file}: {errors:?}");
            let name = sample["type"].as_str().unwrap();
            let topic = if name.starts_with("tasklog.task.") { topics::TASKS } else { topics::REMINDERS };
            assert!(document["channels"][topic]["messages"][name].is_object(), "{name} on {topic}");
            assert!(document["components"]["messages"][name].is_object(), "{name}");
        }
    }

    #[test]
    fn given_a_sample_without_an_attribute_when_held_against_the_envelope_then_it_is_refused() {
        let (_, sample) = golden_samples().swap_remove(0);
        for name in asyncapi()["components"]["schemas"]["cloudevent"]["required"].as_array().unwrap() {
            let mut broken = sample.clone();
            broken.as_object_mut().unwrap().remove(name.as_str().unwrap());
            assert!(!envelope().is_valid(&broken), "without {name}");
        }
    }
}
