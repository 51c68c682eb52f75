//! Files as Todoist writes them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::given::{fields_lost, options, titled};
use crate::{Format, Imported};

const PROJECT: &str = include_str!("../../testdata/todoist-project.csv");
const TEMPLATE: &str = include_str!("../../testdata/todoist-template.csv");

fn project() -> Reading {
    crate::given::read(Format::TodoistCsv, PROJECT, Tz::America__New_York)
}

/// The one task of a row with this text and date.
fn row(content: &str, date: &str) -> Imported {
    let text = format!("TYPE,CONTENT,DUE_DATE\ntask,{content},{date}\n");
    let [task] = <[Imported; 1]>::try_from(crate::given::read(Format::TodoistCsv, &text, Tz::UTC).tasks).unwrap();
    task
}

#[test]
fn given_a_project_when_read_then_all_that_fits() {
    let reading = project();
    assert_eq!(reading.tasks[1].line["parent_id"], reading.tasks[0].line["id"]);
    let mut lines: Vec<Value> = reading.tasks.iter().map(|task| Value::Object(task.line.clone())).collect();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        assert!(line.remove("id").is_some());
        line.remove("parent_id");
    }
    assert_eq!(
        Value::Array(lines),
        json!([
            {
                "title": "Call the accountant", "description": "Ask about the VAT deadline", "tags": ["phone", "money"],
                "priority": "urgent", "due_date": "2026-12-01",
            },
            {
                "title": "Gather receipts, invoices and \"the rest\"", "priority": "medium",
                "description": "Those of June are at Bob's.\nSee also bob@example.org\n\nAll of them?",
                "due_at": "2026-12-01T09:30:00", "time_zone": "Europe/Berlin", "rank": "e00004",
            },
            {
                "title": "Water the plants", "priority": "none", "tags": ["Around the house", "home"],
                "due_date": "2026-11-28", "recurrence_pattern": {"rrule": "FREQ=DAILY"},
            },
            {"title": "Ask the landlord", "priority": "high", "tags": ["Around the house"]},
            {
                "title": "**Repair** the [tap](https://example.org/@tap)", "priority": "none", "tags": ["Around the house"],
                "due_at": "2026-12-02T18:30:00", "time_zone": "America/New_York",
            },
            {"title": "@someday", "priority": "none", "tags": ["Around the house", "someday"], "due_date": "2026-12-24"},
        ])
    );
}

#[test]
fn given_a_project_when_read_then_what_has_no_place_is_told() {
    let reading = project();
    let lost: Vec<Vec<&str>> = reading.tasks.iter().map(fields_lost).collect();
    assert_eq!(
        lost,
        [
            vec!["DEADLINE"],
            vec!["RESPONSIBLE", "DURATION", "DURATION_UNIT"],
            vec![],
            vec!["DATE"],
            vec!["TIMEZONE"],
            vec![]
        ]
    );
    assert_eq!(
        (reading.tasks[3].lost[0].value.as_str(), reading.tasks[3].source.as_str()),
        ("jeden zweiten Dienstag", "task at line 11")
    );
    assert_eq!(reading.skipped.into_iter().collect::<Vec<_>>(), [("description of a section".to_owned(), 1)]);
}

#[test]
fn given_a_file_when_read_on_another_day_then_its_tasks_have_the_same_ids_and_no_two_one() {
    let ids = |reading: Reading| reading.tasks.into_iter().map(|task| task.line["id"].to_string()).collect::<Vec<_>>();
    let text = TEMPLATE.replace("Charger,4,9", "Passport,1,1").replace(",,,,en", ",,,tomorrow,en");
    let rows = text.replace(
        "task,Passport,1,1,,,tomorrow,en,",
        "task,Passport,1,1,,,tomorrow,en,\ntask,Passport,1,1,,,tomorrow,en,",
    );
    let today = ids(crate::given::read(Format::TodoistCsv, &rows, Tz::UTC));
    let later =
        Options { read_date: &|_, _| json!({"due_date": "2027-01-01"}).as_object().cloned(), ..options(Tz::UTC) };
    assert_eq!(today, ids(read(rows.as_bytes(), &later).unwrap()));
    let distinct: std::collections::HashSet<&String> = today.iter().collect();
    assert_eq!((today.len(), distinct.len()), (4, 4));
}

#[test]
fn given_a_template_when_read_then_dates_in_words_are_read_and_notes_of_no_task_counted() {
    let reading = crate::given::read(Format::TodoistCsv, TEMPLATE, Tz::UTC);
    assert_eq!(titled(&reading, "Passport").line["due_date"], "2026-11-29");
    let charger = titled(&reading, "Charger");
    assert_eq!((&charger.line["parent_id"], charger.lost.len()), (&titled(&reading, "Passport").line["id"], 0));
    assert_eq!(reading.skipped.into_iter().collect::<Vec<_>>(), [("note without a task".to_owned(), 1)]);
}

#[test]
fn given_rows_when_ranked_then_in_the_order_of_their_lines() {
    let ranks = [1, 9, 10, 99_999, 100_000, 1_000_000].map(rank);
    assert!(ranks.is_sorted(), "{ranks:?}");
}

#[test]
fn given_words_with_an_at_sign_when_read_then_only_labels_are_tags() {
    for (content, title, tags) in [
        ("a @b c", "a c", json!(["b"])),
        ("mail a@b.example  twice", "mail a@b.example  twice", Value::Null),
        ("meet @ noon", "meet @ noon", Value::Null),
        ("@x @y", "@x @y", json!(["x", "y"])),
    ] {
        let task = row(content, "");
        assert_eq!(
            (&task.line["title"], task.line.get("tags").unwrap_or(&Value::Null)),
            (&json!(title), &tags),
            "{content}"
        );
    }
}

#[test]
fn given_dates_in_iso_8601_when_read_then_the_day_or_the_time() {
    assert_eq!(row("x", "2026-12-01").line["due_date"], "2026-12-01");
    for date in ["2026-12-01 09:00", "2026-12-01T09:00:00", "2026-12-01T10:00:00+01:00", "2026-12-01T09:00:00Z"] {
        assert_eq!(row("x", date).line["due_at"], "2026-12-01T09:00:00", "{date}");
    }
    assert_eq!(fields_lost(&row("x", "1026-12-01")), ["DATE"]);
}

#[test]
fn given_a_table_of_another_kind_when_read_then_what_is_missing_is_named() {
    assert!(read(b"title,due\n", &options(Tz::UTC)).unwrap_err().detail.contains("TYPE"));
    let reading = crate::given::read(Format::TodoistCsv, "TYPE,CONTENT\nproject,x\n", Tz::UTC);
    assert_eq!(reading.skipped["row of type \"project\""], 1);
}

proptest! {
    #[test]
    fn given_any_rows_when_read_then_an_import_takes_them(
        rows in prop::collection::vec("(task|note|section|meta)?,[@ a\"é\u{200b}]{0,9},[0-9]?,[0-9]{0,3},(every day|tomorrow|[0-9]{4}-1[0-9]-[0-9]{2}( 0[0-9]:[0-9]{2})?),(Europe/Berlin|x)?", 0..9)
    ) {
        let text = format!("TYPE,CONTENT,PRIORITY,INDENT,DATE,TIMEZONE\n{}", rows.join("\n"));
        crate::given::read(Format::TodoistCsv, &text, Tz::Pacific__Apia);
    }
}
