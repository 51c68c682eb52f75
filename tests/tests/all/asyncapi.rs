//! The records on the topics are what `schemas/asyncapi.json` says, read as a consumer outside the project would.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Headers;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use serde_json::{Value, json};
use tests::system::System;
use tests::wait::until;

on_both_brokers!(every_record_is_as_the_document_says);

fn schemas() -> PathBuf {
    tests::root().join("schemas")
}

fn file(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(schemas().join(name)).unwrap()).unwrap()
}

/// Every record of a topic: its key, its content type and its value.
async fn records(system: &System, topic: &str) -> Vec<(String, String, Value)> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", system.bootstrap()).set("group.id", "outside");
    let consumer: StreamConsumer = config.create().unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(10)).unwrap();
    let (mut list, mut expected) = (TopicPartitionList::new(), 0);
    for partition in metadata.topics()[0].partitions() {
        let (low, high) = consumer.fetch_watermarks(topic, partition.id(), Duration::from_secs(10)).unwrap();
        list.add_partition_offset(topic, partition.id(), Offset::Offset(low)).unwrap();
        expected += high - low;
    }
    consumer.assign(&list).unwrap();
    let mut records = Vec::new();
    for _ in 0..expected {
        let message = tokio::time::timeout(Duration::from_secs(20), consumer.recv()).await.unwrap().unwrap();
        let headers = message.headers().unwrap();
        let header = |name| headers.iter().find(|header| header.key == name).and_then(|header| header.value);
        assert!(header("traceparent").is_none_or(|value| value.len() == 55));
        records.push((
            String::from_utf8(message.key().unwrap().to_vec()).unwrap(),
            String::from_utf8(header("content-type").unwrap().to_vec()).unwrap(),
            serde_json::from_slice(message.payload().unwrap()).unwrap(),
        ));
    }
    records
}

async fn every_record_is_as_the_document_says(system: &mut System) {
    let api = system.api();
    let task = json!({"title": "Pay the rent", "description": "By hand", "priority": "high", "tags": ["home"],
        "due_at": "2031-12-01T09:00:00", "time_zone": "Europe/Berlin",
        "recurrence_pattern": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=1"}});
    let (task, _) = api.create(&task).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    let reminder = json!({"before_due": "PT30M"});
    let reminder = api.post(&format!("{path}/reminders"), &reminder).send().await.expect(201).json();
    let of_reminder = format!("/reminders/{}", reminder["id"].as_str().unwrap());
    api.patch(&of_reminder, &json!({"before_due": "PT1H"})).key("outside-1").send().await.expect(200);
    api.post(&format!("{of_reminder}/snooze"), &json!({"for": "PT5M"})).send().await.expect(200);
    api.delete(&of_reminder).send().await.expect(204);
    for patch in [json!({"title": "Paid", "tags": []}), json!({"status": "completed"}), json!({"status": "pending"})] {
        api.patch(&path, &patch).send().await.expect(200);
    }
    api.delete(&path).send().await.expect(204);
    api.post(&format!("{path}/restore"), &json!({})).send().await.expect(200);

    let ring = json!({"title": "Ring the bell", "due_at": "2026-01-05T09:00:00", "time_zone": "Europe/Berlin"});
    let (ring, _) = api.create(&ring).await;
    let before = json!({"before_due": "PT30M"});
    let reminders = format!("/tasks/{}/reminders", ring["id"].as_str().unwrap());
    let rings = api.post(&reminders, &before).send().await.expect(201).json();
    let rings = format!("/reminders/{}", rings["id"].as_str().unwrap());
    until("it rings", Duration::from_secs(20), async || {
        // Not there at first.
        let status = &api.get(&rings).send().await.json()["status"];
        if status == "sent" { Ok(()) } else { Err(status.to_string()) }
    })
    .await;

    let document = file("asyncapi.json");
    let envelope = jsonschema::draft202012::new(&document["components"]["schemas"]["cloudevent"]).unwrap();
    let mut seen = BTreeSet::new();
    for (topic, channel) in document["channels"].as_object().unwrap() {
        for (key, content_type, record) in records(system, topic).await {
            let name = record["type"].as_str().unwrap();
            assert!(channel["messages"][name].is_object(), "{name} is not a message of {topic}");
            assert_eq!(content_type, document["components"]["messages"][name]["contentType"], "{name}");
            assert_eq!(key, record["partitionkey"], "{name}");
            // What belongs together is the trace, or the command by itself where nobody traces.
            let trace = record["traceparent"].as_str().and_then(|parent| parent.split('-').nth(1));
            assert_eq!(record["correlationid"], trace.map_or(record["commandid"].clone(), Value::from), "{name}");
            assert_eq!(record["commandhash"].is_string(), record["commandid"] == "outside-1", "{name}");
            let data = jsonschema::draft202012::new(&file(&format!("events/{name}.schema.json"))).unwrap();
            let errors: Vec<String> = envelope
                .iter_errors(&record)
                .chain(data.iter_errors(&record["data"]))
                .map(|error| format!("{} {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:#?} in {record:#}");
            seen.insert(name.to_owned());
        }
    }
    let expected: BTreeSet<String> = [
        "task.created",
        "task.updated",
        "task.completed",
        "task.reopened",
        "task.deleted",
        "task.restored",
        "reminder.scheduled",
        "reminder.rescheduled",
        "reminder.snoozed",
        "reminder.triggered",
        "reminder.sent",
        "reminder.cancelled",
    ]
    .map(|name| format!("tasklog.{name}.v1"))
    .into();
    assert_eq!(seen, expected);
}
