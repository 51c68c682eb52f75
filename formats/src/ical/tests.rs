//! Files as other programs write them.

use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::given::{fields_lost, options, read, titled};
use crate::{Format, Imported, Reading};

const THUNDERBIRD: &str = include_str!("../../testdata/thunderbird.ics");
const NEXTCLOUD: &str = include_str!("../../testdata/nextcloud-tasks.ics");
const APPLE: &str = include_str!("../../testdata/apple-reminders.ics");
const OUTLOOK: &str = include_str!("../../testdata/outlook.ics");
const TASKS_ORG: &str = include_str!("../../testdata/tasks-org.ics");

fn calendar(text: &str) -> Reading {
    read(Format::ICalendar, text, Tz::Europe__Berlin)
}

/// The one task of a VTODO with these lines.
fn todo(lines: &str) -> Imported {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nSUMMARY:x\n{lines}\nEND:VTODO\nEND:VCALENDAR\n");
    let reading = calendar(&text);
    let [task] = <[Imported; 1]>::try_from(reading.tasks).unwrap();
    task
}

fn reminders(task: &Imported) -> Value {
    task.reminders.iter().cloned().map(Value::Object).collect()
}

fn line(task: &Imported) -> Value {
    Value::Object(task.line.clone())
}

#[test]
fn given_a_task_of_thunderbird_when_read_then_all_that_fits_and_the_rest_told() {
    let reading = calendar(THUNDERBIRD);
    let task = titled(&reading, "Hand in the tax return");
    assert_eq!(
        line(task),
        json!({
            "id": "5f0e8c1a-0d0f-4c0e-9a65-1b2f4a4f7d11", "title": "Hand in the tax return", "status": "in_progress",
            "description": "Forms are in the blue folder.\nAsk Mr. Weiß about line 41; he knows.", "priority": "urgent",
            "tags": ["Personal", "Money, taxes"], "due_at": "2026-12-03T17:00:00", "time_zone": "Europe/Berlin",
            "created_at": "2026-11-02T10:15:00Z", "updated_at": "2026-11-20T07:45:12Z",
        })
    );
    assert_eq!(task.source, "VTODO at line 22 (UID 5f0e8c1a-0d0f-4c0e-9a65-1b2f4a4f7d11)");
    assert_eq!(fields_lost(task), ["DTSTART", "PERCENT-COMPLETE", "URL", "CLASS", "VALARM ACTION", "VALARM ATTENDEE"]);
    // Before the end, before the start, and at an instant.
    assert_eq!(
        reminders(task),
        json!([
            {"before_due": "PT30M"}, {"remind_at": "2026-12-01T07:45:00", "time_zone": "Europe/Berlin"},
            {"remind_at": "2026-12-02T10:00:00", "time_zone": "Europe/Berlin"},
        ])
    );
}

#[test]
fn given_a_series_of_thunderbird_when_read_then_its_rule_is_kept_and_its_exceptions_are_told() {
    let reading = calendar(THUNDERBIRD);
    let bins = titled(&reading, "Put the bins out");
    assert_eq!(bins.line["recurrence_pattern"], json!({"rrule": "FREQ=WEEKLY;UNTIL=20271231T220000Z;BYDAY=TU"}));
    assert_eq!((bins.line["due_at"].as_str(), fields_lost(bins)), (Some("2026-12-01T19:00:00"), vec!["EXDATE"]));
    assert_eq!(reminders(bins), json!([{"before_due": "PT0S"}]));
    let exception = titled(&reading, "Put the bins out, and the tree");
    assert_eq!(fields_lost(exception), ["RECURRENCE-ID"]);
    assert_ne!(exception.line["id"], bins.line["id"]);
    let done = titled(&reading, "Book the train");
    assert_eq!(done.line["completed_at"], "2026-09-15T09:00:00Z");
    assert_eq!((done.reminders.len(), fields_lost(done)), (0, vec!["VALARM"]));
    assert_eq!((reading.tasks.len(), reading.skipped["VEVENT"]), (4, 1));
}

#[test]
fn given_tasks_of_nextcloud_when_read_then_floating_times_are_in_the_zone_asked_for() {
    let reading = calendar(NEXTCLOUD);
    let (trip, hotels) = (titled(&reading, "Plan the trip"), titled(&reading, "Compare hotels"));
    assert_eq!((trip.line["due_date"].as_str(), trip.line["priority"].as_str()), (Some("2026-12-15"), Some("low")));
    assert_eq!((trip.line["created_at"].as_str(), trip.lost.len()), (Some("2026-11-10T13:22:33Z"), 0));
    assert_eq!(hotels.line["due_at"], "2026-12-05T18:00:00");
    assert_eq!(hotels.line["time_zone"], "Europe/Berlin");
    assert_eq!(fields_lost(hotels), ["PERCENT-COMPLETE", "LOCATION"]);
    assert_eq!(hotels.line["parent_id"], trip.line["id"]);
    assert_eq!(reminders(hotels), json!([{"before_due": "PT1H"}]));
    assert_eq!(reading.skipped["VJOURNAL"], 1);
    // An id that is no UUID: ours follows from it, whatever else the file says.
    let again = calendar(&NEXTCLOUD.replace("Compare hotels", "Compare trains"));
    assert_eq!(titled(&again, "Compare trains").line["id"], hotels.line["id"]);
}

#[test]
fn given_reminders_of_apple_when_read_then_their_alarms_and_rules_are_kept() {
    let reading = calendar(APPLE);
    let filter = titled(&reading, "Change the water filter");
    assert_eq!(filter.line["id"], "f87d9736-8ade-47e4-ac46-638b5c86e7d0");
    assert_eq!(filter.line["recurrence_pattern"], json!({"rrule": "FREQ=MONTHLY;INTERVAL=1;BYDAY=1SA"}));
    assert_eq!(reminders(filter), json!([{"remind_at": "2026-12-05T09:00:00", "time_zone": "America/New_York"}]));
    assert_eq!(filter.lost, []);
    // Fifteen hours before a day begins, where its reader is.
    let birthday = titled(&reading, "Mum’s birthday 🎂");
    assert_eq!(reminders(birthday), json!([{"remind_at": "2026-12-09T09:00:00", "time_zone": "Europe/Berlin"}]));
    assert_eq!(fields_lost(birthday), ["VALARM ATTACH", "VALARM"]);
    let saw = titled(&reading, "Chop saw");
    assert_eq!((saw.line["status"].as_str(), saw.line.get("description")), (Some("completed"), None));
}

#[test]
fn given_tasks_of_outlook_when_read_then_its_zones_are_known_or_told() {
    let reading = calendar(OUTLOOK);
    let offer = titled(&reading, "Angebot prüfen");
    assert_eq!(offer.line["time_zone"], "Europe/Berlin");
    assert_eq!((reminders(offer), fields_lost(offer)), (json!([{"before_due": "PT15M"}]), vec![]));
    let report = titled(&reading, "Report");
    assert_eq!(report.line["due_at"], "2026-12-02T14:00:00");
    assert_eq!(fields_lost(report), ["DTSTART TZID", "DTSTART", "RRULE"]);
    assert_eq!(report.lost[0].value, "Customized Time Zone");
    assert!(report.lost[2].why.contains("FREQ="), "{}", report.lost[2].why);
}

#[test]
fn given_a_task_of_tasks_org_when_read_then_alarms_before_and_after_its_due_time() {
    let reading = calendar(TASKS_ORG);
    let task = titled(&reading, "Stretch");
    assert_eq!(task.line["due_at"], "2026-11-29T06:30:00");
    assert_eq!(task.line["time_zone"], "UTC");
    assert_eq!(
        reminders(task),
        json!([{"remind_at": "2026-11-29T06:40:00", "time_zone": "UTC"}, {"before_due": "PT0S", "repeat": {"every": "PT5M", "times": 6}}])
    );
    assert_eq!(fields_lost(task), ["GEO"]);
    assert_eq!(calendar(TASKS_ORG), reading, "the same file gives the same tasks");
    assert_eq!(reading.lost()[&("GEO", "a task has no such field")], 1);
}

#[test]
fn given_alarms_that_repeat_when_read_then_so_do_the_reminders_or_it_is_told_why_not() {
    let alarm = |lines: &str| todo(&format!("DUE:20261201T090000Z\nBEGIN:VALARM\nTRIGGER:-PT5M\n{lines}\nEND:VALARM"));
    let repeat = |lines: &str| alarm(lines).reminders[0].get("repeat").cloned();
    assert_eq!(repeat("REPEAT:2\nDURATION:PT15M"), Some(json!({"every": "PT15M", "times": 2})));
    assert_eq!((repeat("REPEAT:0"), fields_lost(&alarm("REPEAT:0"))), (None, vec![]));
    for lines in ["REPEAT:2", "REPEAT:2\nDURATION:-PT15M", "REPEAT:101\nDURATION:PT15M", "REPEAT:x\nDURATION:PT15M"] {
        assert_eq!((repeat(lines), fields_lost(&alarm(lines))), (None, vec!["VALARM REPEAT"]), "{lines}");
    }
}

#[test]
fn given_values_that_are_wrong_when_read_then_each_costs_only_itself() {
    let task = todo(
        "STATUS:DONE\nPRIORITY:high\nDUE:soon\nRRULE:FREQ=DAILY\nCREATED:x\nCOMPLETED:20261101T080000Z\nwhat is this\nBEGIN:VALARM\nEND:VALARM\nBEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nBEGIN:X-Y\nEND:X-Y",
    );
    assert_eq!(
        fields_lost(&task),
        ["DUE", "STATUS", "PRIORITY", "CREATED", "line 11", "VALARM", "VALARM", "X-Y", "RRULE"]
    );
    assert_eq!(line(&task), json!({"title": "x", "completed_at": "2026-11-01T08:00:00Z"}));
    assert_eq!(task.lost[2].to_string(), "PRIORITY \"high\": is no number from 0 to 9");
}

#[test]
fn given_a_start_when_read_then_it_is_the_due_time_where_there_is_no_other() {
    assert_eq!(todo("DTSTART;VALUE=DATE:20261201").line["due_date"], "2026-12-01");
    assert_eq!(todo("DTSTART;VALUE=DATE:20261201\nDURATION:P2D").line["due_date"], "2026-12-03");
    assert_eq!(fields_lost(&todo("DURATION:PT1H")), ["DURATION"]);
    assert_eq!(fields_lost(&todo("DTSTART:20261201T090000Z\nDURATION:-PT1H")), ["DURATION"]);
    assert_eq!(todo("PERCENT-COMPLETE:100").line["status"], "completed");
    assert_eq!(fields_lost(&todo("DUE:20261201\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY")), ["RRULE"]);
}

#[test]
fn given_every_priority_when_read_then_the_nearest_of_ours() {
    let read = |number: u8| todo(&format!("PRIORITY:{number}")).line["priority"].as_str().unwrap().to_owned();
    assert_eq!((0..=9).map(read).collect::<Vec<_>>().join(" "), "none urgent urgent high high medium low low low low");
}

#[test]
fn given_an_alarm_of_a_whole_day_when_it_recurs_then_it_counts_from_each_day() {
    let alarm = "BEGIN:VALARM\nTRIGGER;RELATED=END:-P1D\nEND:VALARM";
    let once = todo(&format!("DUE:20261205\n{alarm}"));
    assert_eq!(reminders(&once), json!([{"remind_at": "2026-12-04T00:00:00", "time_zone": "Europe/Berlin"}]));
    let again = todo(&format!("DUE:20261205\nRRULE:FREQ=WEEKLY\n{alarm}"));
    assert_eq!(reminders(&again), json!([{"before_due": "P1D"}]));
}

#[test]
fn given_a_uid_twice_when_read_then_the_first_stays() {
    let one = "BEGIN:VTODO\nUID:1\nSUMMARY:a\nEND:VTODO\n";
    let reading = calendar(&format!("BEGIN:VCALENDAR\n{one}{}END:VCALENDAR\n", one.replace(":a", ":b")));
    assert_eq!((reading.tasks.len(), reading.tasks[0].line["title"].as_str()), (1, Some("a")));
    assert_eq!(reading.skipped.values().sum::<usize>(), 1);
}

proptest! {
    #[test]
    fn given_any_todo_when_read_then_an_import_takes_it(
        lines in prop::collection::vec(
            "(DUE|DTSTART|RRULE|STATUS|PRIORITY|COMPLETED|CREATED|LAST-MODIFIED|CATEGORIES|SUMMARY|UID|X-TASKLOG-FROM)(;TZID=Europe/Berlin)?:\
             (20261201|20261201T0[0-9]0000Z?|99991231T235959|FREQ=(DAILY|HOURLY)(;UNTIL=20261201T000000)?|COMPLETED|[ -~é\u{200b}]{0,9})", 0..9),
        trigger in "(-?P[0-9]{1,3}[DW]|-?PT[0-9]{1,5}[HMS]|00010101T000000Z|99991231T235959Z)",
    ) {
        // `read` holds that the import takes every line.
        let lines = lines.join("\n");
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VTODO\n{lines}\nBEGIN:VALARM\nTRIGGER:{trigger}\nEND:VALARM\nEND:VTODO\nEND:VCALENDAR");
        prop_assert_eq!(calendar(&text).tasks.len(), 1);
    }

    #[test]
    fn given_a_file_with_anything_in_it_when_read_then_never_a_panic(at in 0..2_000_usize, with in any::<Vec<u8>>()) {
        let mut bytes = THUNDERBIRD.as_bytes().to_vec();
        bytes.splice(at..at + with.len().min(9), with);
        let _answer = crate::read(Format::ICalendar, &bytes, &options(Tz::Pacific__Apia));
    }
}
