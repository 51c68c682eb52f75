//! Every documented member is one that the domain reads, and the other way round.

use std::collections::BTreeSet;

use domain::Violations;
use domain::reminder::{NewReminder, ReminderPatch, Snooze};
use domain::task::{NewTask, RecurrencePreview, TaskPatch};
use serde_json::{Map, Value, json};

use super::*;

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("bodies are objects") };
    members
}

/// The documented members of a body.
fn documented(body: impl Serialize) -> BTreeSet<String> {
    object(serde_json::to_value(body).unwrap()).keys().cloned().collect()
}

/// The members that the domain says it knows, when one that it does not know is at `path`.
fn known<T: std::fmt::Debug>(read: Result<T, Violations>, path: &str) -> BTreeSet<String> {
    let violations = read.unwrap_err().0;
    let unknown = violations.iter().find(|violation| violation.field == path).unwrap();
    let (_, names) = unknown.detail.split_once("known fields are ").unwrap();
    names.split(", ").map(str::to_owned).collect()
}

fn recurrence() -> Value {
    json!({"rrule": "FREQ=MONTHLY", "from": "due", "generate": "when_due", "missed": "keep", "time_zone": "Asia/Tokyo"})
}

#[test]
fn given_every_documented_member_then_domain_reads_the_body() {
    let at = json!({
        "title": "Pay", "description": "by transfer", "status": "in_progress", "priority": "high", "tags": ["home"],
        "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin", "recurrence_pattern": recurrence(),
        "parent_id": "0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10", "rank": "a0",
    });
    let day = json!({"title": "Pay", "due_date": "2026-12-01"});
    let given: BTreeSet<String> =
        [&at, &day].iter().flat_map(|body| object((*body).clone())).map(|(name, _)| name).collect();
    assert_eq!(given, documented(TaskBody::default()));
    assert_eq!(given, documented(TaskPatchBody::default()));
    for body in [at, day] {
        NewTask::from_json(&object(body.clone())).unwrap();
        TaskPatch::from_json(&object(body)).unwrap();
    }
    for due in
        [json!({"due_date": "2026-12-01"}), json!({"due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin"})]
    {
        let mut body = object(due);
        body.insert("recurrence_pattern".to_owned(), recurrence());
        RecurrencePreview::from_json(&body).unwrap();
    }
    let inner: BTreeSet<String> = object(recurrence()).keys().cloned().collect();
    assert_eq!(inner, documented(RecurrenceBody::default()));
    assert_eq!(inner, documented(RecurrencePatchBody::default()));
    for body in
        [json!({"remind_at": "2026-12-01T08:30:00", "time_zone": "Europe/Berlin"}), json!({"before_due": "PT30M"})]
    {
        NewReminder::from_json(&object(body.clone())).unwrap();
        ReminderPatch::from_json(&object(body)).unwrap();
    }
    for body in [json!({"for": "PT10M"}), json!({"until": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin"})] {
        Snooze::from_json(&object(body)).unwrap();
    }
}

#[test]
fn given_an_undocumented_member_then_domain_names_exactly_the_documented_ones() {
    let body = object(json!({"title": "Pay", "colour": "red"}));
    assert_eq!(known(NewTask::from_json(&body), "colour"), documented(TaskBody::default()));
    assert_eq!(known(TaskPatch::from_json(&body), "colour"), documented(TaskPatchBody::default()));
    let inside = object(json!({"recurrence_pattern": {"colour": "red"}}));
    let path = "recurrence_pattern.colour";
    assert_eq!(known(TaskPatch::from_json(&inside), path), documented(RecurrencePatchBody::default()));
    assert_eq!(known(NewTask::from_json(&inside), path), documented(RecurrenceBody::default()));
    let body = object(json!({"colour": "red"}));
    assert_eq!(known(NewReminder::from_json(&body), "colour"), documented(ReminderTimeBody::default()));
    assert_eq!(known(ReminderPatch::from_json(&body), "colour"), documented(ReminderTimeBody::default()));
    assert_eq!(known(Snooze::from_json(&body), "colour"), documented(SnoozeBody::default()));
}
