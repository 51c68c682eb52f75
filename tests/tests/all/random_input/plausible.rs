//! Bodies that a write might take.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::values::{json_value, one_of};

/// The task that a create with the key `k1` makes, and one that is nowhere.
const PARENTS: [&str; 2] = ["b7bbc4d3-7a79-52a5-a3d0-adcee93f0c22", "01890000-0000-7000-8000-000000000000"];

/// An object with known fields, each with a value that it might have, or a wrong one now and then. What of it belongs
/// together is left to chance, so some of these are accepted.
pub(super) fn plausible(call: &str) -> BoxedStrategy<Value> {
    if call == "POST /tasks/bulk" {
        let operations = proptest::collection::vec(operation(), 1..6);
        return operations.prop_map(|operations| json!({"operations": operations})).boxed();
    }
    if call.starts_with("POST /tasks/quick") {
        let texts =
            ["pay rent every month on the 1st 9am #home !high", "x", "call Ann tomorrow remind me 1 hour before"];
        return one_of(&texts).prop_map(|text| json!({"text": text})).boxed();
    }
    if call == "POST /tags/{tag}/rename" {
        return one_of(&["home", "work", " work", ""]).prop_map(|to| json!({"to": to})).boxed();
    }
    if call == "PUT /notification-settings" {
        let targets = ["ann@example.com", "nobody", "https://example.com/hook", "http://127.0.0.1/hook"];
        return proptest::collection::vec(one_of(&targets).prop_map(channel), 0..4)
            .prop_map(|channels| json!({"channels": channels}))
            .boxed();
    }
    if call.ends_with("/filters") || call.ends_with("/filters/{id}") {
        return filter(call.starts_with("POST"));
    }
    let (date, zone) = (["2090-12-01", "2091-02-28", "2026-02-30"], ["UTC", "Europe/Berlin", "Asia/Tokyo", "Nowhere"]);
    let wall = ["2090-12-01T09:00:00", "2090-03-26T02:30:00", "2090-12-01"];
    if call == "POST /recurrences/preview" {
        let day = one_of(&date).prop_map(|date| json!({"due_date": date}));
        let at = (one_of(&wall), one_of(&zone)).prop_map(|(at, zone)| json!({"due_at": at, "time_zone": zone}));
        let previewed = |(pattern, mut body): (Value, Value)| {
            body["recurrence_pattern"] = pattern;
            body
        };
        return (recurrence(), prop_oneof![day, at]).prop_map(previewed).boxed();
    }
    let length = ["PT30M", "P1D", "PT0S", "P400D"];
    let fields: Vec<(&'static str, BoxedStrategy<Value>)> = match call {
        "POST /tasks" | "PATCH /tasks/{id}" | "POST /tasks/import" => vec![
            ("title", prop_oneof!["[a-zäöü ]{1,20}x", any::<String>()].prop_map(Value::from).boxed()),
            ("description", any::<String>().prop_map(Value::from).boxed()),
            ("status", one_of(&["pending", "in_progress", "completed", "cancelled", "done"])),
            ("priority", one_of(&["none", "low", "medium", "high", "urgent", "hot"])),
            ("tags", proptest::collection::vec("[a-c]{1,2}", 0..3).prop_map(Value::from).boxed()),
            ("due_date", one_of(&date)),
            ("due_at", one_of(&wall)),
            ("time_zone", one_of(&zone)),
            ("recurrence_pattern", recurrence()),
            ("parent_id", one_of(&PARENTS)),
            ("rank", one_of(&["a0", "Zz", "a b", ""])),
        ],
        "POST /reminders/{id}/snooze" => {
            vec![("for", one_of(&length)), ("until", one_of(&wall)), ("time_zone", one_of(&zone))]
        }
        _ => vec![("before_due", one_of(&length)), ("remind_at", one_of(&wall)), ("time_zone", one_of(&zone))],
    };
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let needed = call.ends_with("tasks") || call.ends_with("import");
    // Few of many fields, so that what is wrong with one does not hide the others.
    let share = if names.len() > 3 { 0.3 } else { 0.5 };
    let given = proptest::collection::vec(proptest::bool::weighted(share), names.len());
    (values, given)
        .prop_map(move |(values, given)| {
            let fields = names.iter().zip(values).zip(given);
            let given = fields.filter(|((name, _), given)| *given || needed && **name == "title");
            Value::Object(given.map(|((name, value), _)| ((*name).to_owned(), value)).collect())
        })
        .boxed()
}

/// One operation of a bulk request, on a task that such operations make or on one that is nowhere.
fn operation() -> impl Strategy<Value = Value> {
    let ops = ["create", "create", "update", "delete", "restore", "skip", "undo", "complete"];
    let ids = PARENTS;
    let occurrences = proptest::option::of(one_of(&["this", "following"]));
    let options = (proptest::option::of(1..4_u64), proptest::option::of(Just("k1")), occurrences);
    (one_of(&ops), one_of(&ids), plausible("POST /tasks"), plausible("PATCH /tasks/{id}"), options).prop_map(
        |(op, id, task, patch, (if_match, key, occurrences))| {
            let mut operation = json!({"op": op});
            if op == "create" {
                operation["task"] = task;
            } else {
                operation["id"] = id;
            }
            if op == "update" {
                operation["patch"] = patch;
                if let Some(occurrences) = occurrences {
                    operation["occurrences"] = occurrences;
                }
            }
            if let Some(version) = if_match {
                operation["if_match"] = json!(version);
            }
            if let Some(key) = key {
                operation["idempotency_key"] = json!(key);
            }
            operation
        },
    )
}

/// A filter, or a change of one that leaves its name as it is, so that the next request finds it.
fn filter(named: bool) -> BoxedStrategy<Value> {
    let list = |words: &[&'static str]| proptest::collection::vec(one_of(words), 0..3).prop_map(Value::from).boxed();
    let parameters: Vec<(&'static str, BoxedStrategy<Value>)> = vec![
        ("q", one_of(&["milk", "tag:home", "due:broken"])),
        ("status", list(&["pending", "completed", "done"])),
        ("priority", list(&["high", "hot"])),
        ("tag", list(&["home", "work"])),
        ("due_from", one_of(&["2026-12-01", "2026-02-30"])),
        ("overdue", prop_oneof![3 => any::<bool>().prop_map(Value::from), 1 => json_value()].boxed()),
        ("due", one_of(&["none", "any", "soon"])),
        ("sort", one_of(&["due", "-title", "relevance"])),
    ];
    let (names, values): (Vec<_>, Vec<_>) = parameters.into_iter().unzip();
    let given = proptest::collection::vec(proptest::bool::weighted(0.3), names.len());
    ("[a-z/ ]{0,8}x", values, given)
        .prop_map(move |(name, values, given)| {
            let all = names.iter().zip(values).zip(given).filter(|(_, given)| *given);
            let query: serde_json::Map<String, Value> =
                all.map(|((name, value), _)| ((*name).to_owned(), value)).collect();
            if named { json!({"name": name, "query": query}) } else { json!({"query": query}) }
        })
        .boxed()
}

fn channel(target: Value) -> Value {
    match target.as_str() {
        Some(url) if url.starts_with("http") => {
            json!({"type": "webhook", "url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
        }
        _ => json!({"type": "email", "address": target}),
    }
}

fn recurrence() -> BoxedStrategy<Value> {
    let rules =
        ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=HOURLY", "FREQ=WEEKLY;BYDAY=2MO"];
    (one_of(&rules), proptest::option::of(one_of(&["due", "completion"])))
        .prop_map(|(rrule, from)| match from {
            Some(from) => json!({"rrule": rrule, "from": from}),
            None => json!({"rrule": rrule}),
        })
        .boxed()
}
