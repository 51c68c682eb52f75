//! Values that a request might hold.

use proptest::prelude::*;
use serde_json::Value;

/// Words that readers of our API look for, so that random requests get past the first check.
const WORDS: [&str; 40] = [
    "title",
    "description",
    "status",
    "priority",
    "tags",
    "due_date",
    "due_at",
    "time_zone",
    "recurrence_pattern",
    "parent_id",
    "rank",
    "rrule",
    "from",
    "generate",
    "missed",
    "remind_at",
    "before_due",
    "for",
    "until",
    "pending",
    "completed",
    "high",
    "UTC",
    "Europe/Berlin",
    "2026-12-01",
    "2026-12-01T09:00:00",
    "PT30M",
    "FREQ=DAILY",
    "q",
    "tag",
    "sort",
    "limit",
    "cursor",
    "due_from",
    "overdue",
    "total",
    "filter",
    "mine",
    "occurrences",
    "this",
];

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => "[ -~]{0,40}",
        1 => Just("\u{0}".to_owned()),
        1 => Just("\"(*:~^-+AND OR NOT [a TO b] \\".to_owned()),
    ]
}

pub(super) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// One of the words, or `null`, or anything at all.
pub(super) fn one_of(words: &[&'static str]) -> BoxedStrategy<Value> {
    prop_oneof![
        12 => proptest::sample::select(words.to_vec()).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => json_value(),
    ]
    .boxed()
}
