//! Phrases with what they mean, as data: `domain/testdata/quick/phrases.jsonl`.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::{Quick, parse};
use crate::task::{Due, NewTask, RecurFrom};

const PHRASES: &str = include_str!("../../testdata/quick/phrases.jsonl");
const ZONE: Tz = Tz::Europe__Berlin;

/// Wednesday, 25 November 2026, 10:00: when every phrase is written.
pub(super) fn now() -> NaiveDateTime {
    "2026-11-25T10:00:00".parse().unwrap()
}

/// An answer in the form of the data, where what is not there is left out.
fn as_data(quick: &Quick) -> Value {
    let mut data = Map::new();
    data.insert("title".to_owned(), json!(quick.title));
    match quick.due {
        Some(Due::Date { due_date }) => data.insert("due".to_owned(), json!(due_date.to_string())),
        Some(Due::At { due_at, time_zone }) => {
            assert_eq!(time_zone, ZONE);
            data.insert("due".to_owned(), json!(due_at.format("%Y-%m-%dT%H:%M:%S").to_string()))
        }
        None => None,
    };
    if let Some(rrule) = &quick.rrule {
        data.insert("rrule".to_owned(), json!(rrule));
    }
    if quick.from == RecurFrom::Completion {
        data.insert("from".to_owned(), json!("completion"));
    }
    if let Some(priority) = quick.priority {
        data.insert("priority".to_owned(), json!(priority));
    }
    if !quick.tags.is_empty() {
        data.insert("tags".to_owned(), json!(quick.tags));
    }
    if !quick.reminders.is_empty() {
        let reminders: Vec<String> = quick.reminders.iter().map(ToString::to_string).collect();
        data.insert("reminders".to_owned(), json!(reminders));
    }
    Value::Object(data)
}

/// The body of the create that an answer makes.
pub(super) fn as_body(quick: &Quick) -> Map<String, Value> {
    let mut body = Map::from_iter([
        ("title".to_owned(), json!(quick.title)),
        ("tags".to_owned(), json!(quick.tags)),
        ("priority".to_owned(), json!(quick.priority)),
    ]);
    if let Some(due) = quick.due {
        body.extend(serde_json::to_value(due).unwrap().as_object().unwrap().clone());
    }
    if let Some(rrule) = &quick.rrule {
        body.insert("recurrence_pattern".to_owned(), json!({"rrule": rrule, "from": quick.from}));
    }
    body
}

#[test]
fn given_the_phrases_when_parsed_then_each_means_what_the_data_says() {
    let mut differences = Vec::new();
    for line in PHRASES.lines() {
        let mut expected: Map<String, Value> = serde_json::from_str(line).unwrap();
        let text = expected.remove("text").unwrap();
        expected.remove("after");
        let answer = as_data(&parse(text.as_str().unwrap(), now(), ZONE));
        if answer != Value::Object(expected.clone()) {
            differences.push(format!("{text}\n  expected {}\n  answered {answer}", Value::Object(expected)));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn given_the_phrases_when_parsed_then_each_makes_a_task() {
    for line in PHRASES.lines() {
        let phrase: Map<String, Value> = serde_json::from_str(line).unwrap();
        let quick = parse(phrase["text"].as_str().unwrap(), now(), ZONE);
        let task = NewTask::from_json(&as_body(&quick));
        assert!(task.is_ok(), "{line}: {task:?}");
    }
}

#[test]
fn given_the_data_when_counted_then_it_is_as_much_as_promised_and_no_phrase_is_there_twice() {
    let mut texts: Vec<String> = PHRASES
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned())
        .collect();
    assert!(texts.len() >= 150, "{}", texts.len());
    let all = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), all);
}
