//! Tasks as people write them, the same ones on every run.

use std::fmt::Write as _;

use chrono::{DateTime, Days, TimeDelta, Utc};
use serde_json::{Value, json};

const VERBS: [&str; 12] = [
    "Fix",
    "Add",
    "Remove",
    "Update",
    "Document",
    "Review",
    "Refactor",
    "Test",
    "Deploy",
    "Investigate",
    "Rename",
    "Plan",
];
const THINGS: [&str; 16] = [
    "login page",
    "invoice export",
    "retry policy",
    "Kafka listener",
    "search index",
    "nightly backup",
    "release notes",
    "calendar sync",
    "memory leak",
    "error message",
    "onboarding guide",
    "Café menu",
    "time zone table",
    "rate limiter",
    "health check",
    "user quota",
];
const PLACES: [&str; 9] = [
    "for Electron",
    "in the operator",
    "on slow networks",
    "after the upgrade",
    "for new customers",
    "in Überblick",
    "before the audit",
    "with TLS",
    "under load",
];
const TAGS: [&str; 8] = ["fix", "docs", "home", "work", "backend", "web", "urgent-ish", "日本"];
const PRIORITIES: [&str; 5] = ["none", "low", "medium", "high", "urgent"];

/// The `index`th task in the shape that `tasklog import` takes: times of its own, sometimes a due date, sometimes done.
///
/// # Panics
/// Never for an index below many millions.
#[must_use]
pub fn import_line(index: usize) -> Value {
    let created =
        DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(15_000) + TimeDelta::minutes(97 * i64::try_from(index).unwrap());
    let mut task = json!({
        "title": format!("{} {} {} {index}", VERBS[index % 12], THINGS[index * 7 % 16], PLACES[index * 5 % 9]),
        "description": if index.is_multiple_of(3) { format!("Seen in build {index}.\n\nSteps: open the {}.", THINGS[index * 3 % 16]) } else { String::new() },
        "tags": TAGS.iter().skip(index % 8).take(index % 4).collect::<Vec<_>>(),
        "priority": PRIORITIES[index * 3 % 5],
        "created_at": created.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    });
    if index % 5 < 2 {
        task["due_date"] = json!((created + Days::new(index as u64 % 60)).format("%Y-%m-%d").to_string());
    }
    if index.is_multiple_of(4) {
        task["completed_at"] = json!((created + TimeDelta::hours(30)).format("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    task
}

/// The first `count` tasks as JSON Lines.
#[must_use]
pub fn import_file(count: usize) -> String {
    (0..count).fold(String::new(), |mut file, index| {
        writeln!(file, "{}", import_line(index)).expect("a string takes text");
        file
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tasks_are_the_same() {
        let lines: std::collections::BTreeSet<String> =
            (0..5_000).map(|index| import_line(index).to_string()).collect();
        assert_eq!(lines.len(), 5_000);
    }
}
