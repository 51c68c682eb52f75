//! What `task export` printed.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Format;
use crate::given::{fields_lost, options, titled};

/// Made by Taskwarrior 2.6.2 in the time zone Europe/Berlin.
const EXPORT: &str = include_str!("../../testdata/taskwarrior-2.6.json");

fn export() -> Reading {
    crate::given::read(Format::TaskwarriorJson, EXPORT, Tz::Europe__Berlin)
}

fn task(fields: Value) -> Imported {
    let [task] = <[Imported; 1]>::try_from(
        crate::given::read(Format::TaskwarriorJson, &json!([fields]).to_string(), Tz::UTC).tasks,
    )
    .unwrap();
    task
}

#[test]
fn given_an_export_when_read_then_every_task_but_templates_and_deleted_ones() {
    let reading = export();
    let titles: Vec<&str> = reading.tasks.iter().filter_map(|task| task.line["title"].as_str()).collect();
    assert_eq!(
        titles,
        [
            "Water the plants",
            "Call \"Müller & Söhne\"; mind the  backslash",
            "Renew passport",
            "Write report",
            "Depends on the report",
            "Pay the rent",
            "Vacuum",
            "Water the plants",
            "Old thing",
        ]
    );
    assert_eq!(
        reading.skipped.into_iter().collect::<Vec<_>>(),
        [("deleted task".to_owned(), 1), (TEMPLATE.to_owned(), 2)]
    );
}

#[test]
fn given_plain_tasks_when_read_then_all_that_fits_and_the_rest_told() {
    let reading = export();
    let call = titled(&reading, "Call \"Müller & Söhne\"; mind the  backslash");
    assert_eq!(
        Value::Object(call.line.clone()),
        json!({
            "id": "3787e579-5aa2-493c-98cb-b5b6f2170db4", "title": "Call \"Müller & Söhne\"; mind the  backslash", "status": "pending",
            "priority": "medium", "due_at": "2026-12-03T14:30:00", "time_zone": "Europe/Berlin",
            "created_at": "2026-11-29T03:49:45Z", "updated_at": "2026-11-29T03:49:45Z",
        })
    );
    assert_eq!(fields_lost(call), ["client", "estimate"]);
    let report = titled(&reading, "Write report");
    assert_eq!(report.line["status"], "in_progress");
    assert_eq!(
        report.line["description"],
        "2026-11-29: First draft is in the shared folder\n\n2026-11-29: Ask Jo about figures: https://example.org/a?b=c"
    );
    assert_eq!(fields_lost(report), ["scheduled"]);
    assert_eq!(fields_lost(titled(&reading, "Renew passport")), ["wait"]);
    assert_eq!(titled(&reading, "Renew passport").line["due_date"], "2027-01-15");
    assert_eq!(fields_lost(titled(&reading, "Depends on the report")), ["until", "depends"]);
    assert_eq!(titled(&reading, "Old thing").line["completed_at"], "2026-11-29T03:49:45Z");
}

#[test]
fn given_recurring_tasks_when_read_then_the_newest_occurrence_goes_on_with_the_rule() {
    let reading = export();
    let rent = titled(&reading, "Pay the rent");
    assert_eq!(rent.line["due_at"], "2026-12-31T09:00:00");
    assert_eq!(
        rent.line["recurrence_pattern"],
        json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;UNTIL=20271230T230000Z"})
    );
    assert_eq!(rent.lost, []);
    assert_eq!((rent.line["series_id"].as_str(), rent.lost.len()), (Some("6b8dd0e5-795c-4518-b874-91cd0ffbd3d9"), 0));
    assert_eq!(titled(&reading, "Vacuum").line["recurrence_pattern"], json!({"rrule": "FREQ=DAILY;INTERVAL=3"}));
    // Its one occurrence is done, so the template is the next one.
    let plants: Vec<&Imported> = reading.tasks.iter().filter(|task| task.line["title"] == "Water the plants").collect();
    let [next, done] = plants.as_slice() else { panic!("{plants:?}") };
    assert_eq!((next.line["due_date"].as_str(), next.line["status"].as_str()), (Some("2026-12-08"), Some("pending")));
    assert_eq!(next.line["recurrence_pattern"], json!({"rrule": "FREQ=WEEKLY"}));
    assert_eq!(next.line["tags"], json!(["Home.Garden", "plants"]));
    assert_eq!((done.line["status"].as_str(), done.line.get("recurrence_pattern")), (Some("completed"), None));
    assert_eq!(done.line["series_id"], next.line["id"]);
}

#[test]
fn given_two_occurrences_that_are_not_done_when_read_then_the_later_one_goes_on_with_the_rule() {
    let occurrence = |uuid: u32, due: &str| json!({"uuid": format!("{uuid:08}-795c-4518-b874-91cd0ffbd3d9"), "description": due, "status": "pending", "due": due, "recur": "weekly", "parent": "p"});
    let two = [occurrence(1, "20261215T080000Z"), occurrence(2, "20261208T080000Z")];
    let reading = crate::given::read(Format::TaskwarriorJson, &json!(two).to_string(), Tz::UTC);
    let has_rule: Vec<bool> = reading.tasks.iter().map(|task| task.line.contains_key("recurrence_pattern")).collect();
    assert_eq!(has_rule, [true, false]);
    assert_eq!(reading.tasks[0].line["series_id"], reading.tasks[1].line["series_id"]);
}

#[test]
fn given_one_object_a_line_when_read_then_the_same_as_in_an_array() {
    let lines = EXPORT.trim().trim_start_matches("[\n").trim_end_matches("\n]");
    for text in [lines.to_owned(), lines.replace(",\n", "\n\n")] {
        assert_eq!(crate::given::read(Format::TaskwarriorJson, &text, Tz::Europe__Berlin), export());
    }
}

#[test]
fn given_values_of_older_and_odd_exports_when_read_then_each_costs_only_itself() {
    let odd = task(json!({
        "uuid": "7", "description": "x", "status": "blocked", "priority": "X", "due": "tomorrow", "depends": "a,b", "tags": "one",
        "annotations": [{"description": "no date"}, 7], "recur": "weekly", "estimate": 3, "empty": null,
    }));
    assert_eq!(fields_lost(&odd), ["status", "priority", "due", "depends", "empty", "estimate"]);
    assert_eq!((odd.line["description"].as_str(), &odd.line["tags"]), (Some("no date"), &json!(["one"])));
    let chained = json!({"description": "x", "status": "recurring", "due": "20261201T000000Z", "until": "20261231T000000Z", "recur": "3d", "rtype": "chained"});
    assert_eq!(
        task(chained).line["recurrence_pattern"],
        json!({"rrule": "FREQ=DAILY;INTERVAL=3;UNTIL=20261231", "from": "completion"})
    );
    assert_eq!(
        fields_lost(&task(
            json!({"description": "x", "status": "recurring", "recur": "often", "due": "20261201T000000Z"})
        )),
        ["recur"]
    );
    assert_eq!(fields_lost(&task(json!({"status": "recurring", "recur": "3d"}))), ["recur", "description"]);
}

#[test]
fn given_what_is_no_json_when_read_then_its_line() {
    for (text, line) in [("[\n{\"a\":1},\n{", 3), ("{}\n\n{\"a\"", 3), ("[1]", 1), ("7", 1)] {
        assert_eq!(read(text.as_bytes(), &options(Tz::UTC)).unwrap_err().line, line, "{text}");
    }
    assert_eq!(read(b"[]", &options(Tz::UTC)), Ok(Reading::default()));
}

proptest! {
    #[test]
    fn given_any_fields_when_read_then_an_import_takes_them(
        fields in prop::collection::btree_map(
            "uuid|description|status|due|entry|modified|end|start|priority|project|tags|annotations|recur|until|parent|mask|rtype",
            "pending|completed|recurring|waiting|[0-9]{4}1[0-9]0[0-9]T[0-9]{6}Z|weekly|weekdays|P[0-9]{1,9}[DMY]|-{0,30}|[ -~é]{0,9}",
            0..9,
        )
    ) {
        let text = json!([fields]).to_string();
        crate::given::read(Format::TaskwarriorJson, &text, Tz::Pacific__Apia);
    }
}
