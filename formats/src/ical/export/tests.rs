//! What is written, read back: by our own reader, which must find the same, and by the one of `icalendar`, which must find it too.

use icalendar::{Calendar, CalendarComponent, Component as _, EventLike as _};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::Format;
use crate::given::{any_task, back, due_at, has_line, read, task};

fn written(tasks: &[(&TaskView, &[ReminderView])]) -> String {
    let (mut writer, mut out) = (ExportWriter::new(), String::new());
    writer.begin(&mut out);
    tasks.iter().for_each(|(task, reminders)| writer.add(task, reminders, &mut out));
    writer.end(&mut out);
    out
}

fn reminder(time: &Value) -> ReminderView {
    let mut view = json!({
        "id": Uuid::from_u128(1), "task_id": Uuid::from_u128(2), "remind_at": null, "time_zone": null, "before_due": null,
        "remind_utc": "2026-12-01T07:30:00Z", "snoozed_until": null, "status": "scheduled",
        "created_at": "2026-11-01T08:30:00Z", "updated_at": "2026-11-01T08:30:00Z", "version": 1,
    });
    view.as_object_mut().unwrap().extend(time.as_object().unwrap().clone());
    serde_json::from_value(view).unwrap()
}

#[test]
fn given_a_plain_task_when_written_then_every_line_of_it_is_there_in_order() {
    let expected = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Tasklog//Tasklog//EN|CALSCALE:GREGORIAN|BEGIN:VTODO|\
        UID:0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10|SUMMARY:Water the plants|STATUS:NEEDS-ACTION|CREATED:20261101T083000Z|\
        LAST-MODIFIED:20261102T094510Z|DTSTAMP:20261102T094510Z|SEQUENCE:1|END:VTODO|END:VCALENDAR|";
    assert_eq!(written(&[(&task("Water the plants"), &[])]), expected.replace('|', "\r\n"));
}

#[test]
fn given_a_recurring_task_when_written_then_its_rule_counts_from_its_due_time() {
    let rule = json!({"rrule": "FREQ=WEEKLY;BYDAY=TU", "from": "completion", "missed": "keep"});
    let weekly = TaskView {
        recurrence_pattern: serde_json::from_value(rule).unwrap(),
        ..due_at("2026-12-01T09:00:00", "Europe/Berlin")
    };
    let text = written(&[(&weekly, &[])]);
    let expected = "DUE;TZID=Europe/Berlin:20261201T090000\r\nDTSTART;TZID=Europe/Berlin:20261201T090000\r\n\
        RRULE:FREQ=WEEKLY;BYDAY=TU\r\nX-TASKLOG-FROM:completion\r\nX-TASKLOG-MISSED:keep\r\n";
    assert!(text.contains(expected), "{text}");
    // Clocks change twice in each of eleven years.
    assert_eq!(text.matches("TZOFFSETTO").count(), 1 + 2 * 11);
}

#[test]
fn given_due_times_in_zones_when_written_then_each_zone_is_described_once_for_their_years() {
    let tasks = [
        due_at("2026-12-01T09:00:00", "Europe/Berlin"),
        due_at("2040-07-01T09:00:00", "Europe/Berlin"),
        due_at("2026-12-01T09:00:00", "UTC"),
    ];
    let text = written(&tasks.each_ref().map(|task| (task, &[][..])));
    assert_eq!((text.matches("BEGIN:VTIMEZONE").count(), text.matches("TZOFFSETTO").count()), (1, 1 + 2 + 2));
    assert!(has_line(&text, "DUE;TZID=Europe/Berlin:20400701T090000") && has_line(&text, "DUE:20261201T090000Z"));
}

#[test]
fn given_reminders_when_written_then_those_still_to_ring_come_back_as_they_were() {
    let ring = [
        json!({"before_due": "PT90M"}),
        json!({"before_due": "P1W", "repeat": {"every": "PT1H30M", "times": 3}}),
        json!({"remind_at": "2026-12-01T08:30:00", "time_zone": "Asia/Tokyo"}),
        // Clocks skip it, and show it twice.
        json!({"remind_at": "2027-03-28T02:30:00", "time_zone": "Europe/Berlin"}),
        json!({"remind_at": "2027-10-31T02:30:00", "time_zone": "Europe/Berlin"}),
    ];
    let mut reminders: Vec<ReminderView> = ring.iter().map(reminder).collect();
    reminders.push(reminder(&json!({"before_due": "PT5M", "status": "sent"})));
    reminders.push(reminder(&json!({"before_due": "PT5M", "snoozed_until": "2026-12-02T08:00:00Z"})));
    let day = TaskView { due_date: "2026-12-24".parse().ok(), ..task("x") };
    for task in [due_at("2026-12-24T09:00:00", "Europe/Berlin"), day] {
        let text = written(&[(&task, &reminders)]);
        assert!(has_line(&text, "TRIGGER;RELATED=END;X-TASKLOG-BEFORE-DUE=PT90M:-PT1H30M"), "{text}");
        let reading = read(Format::ICalendar, &text, Tz::Europe__London);
        let bodies: Vec<Value> = reading.tasks[0].reminders.iter().cloned().map(Value::Object).collect();
        assert_eq!(bodies[..5], ring);
        assert_eq!((bodies.len(), reading.tasks[0].lost.len()), (6, 0));
    }
}

#[test]
fn given_reminders_in_the_middle_of_their_repetition_when_written_then_what_is_left_of_them_comes_back() {
    let rang = |time: Value, at: &str| {
        let mut fields = json!({"status": "sent", "triggered_at": at, "repeat": {"every": "PT10M", "times": 2}});
        fields.as_object_mut().unwrap().extend(time.as_object().unwrap().clone());
        reminder(&fields)
    };
    let at = || json!({"remind_at": "2026-12-01T08:30:00", "time_zone": "Europe/Berlin"});
    let reminders = [
        rang(at(), "2026-12-01T07:30:00Z"),
        rang(at(), "2026-12-01T07:40:01Z"),
        // That was the last one.
        rang(at(), "2026-12-01T07:50:00Z"),
        rang(json!({"before_due": "PT30M"}), "2026-12-01T07:30:00Z"),
        rang(json!({"before_due": "PT30M", "snoozed_until": "2026-12-01T07:35:00Z"}), "2026-12-01T07:35:00Z"),
    ];
    let text = written(&[(&due_at("2026-12-01T09:00:00", "Europe/Berlin"), &reminders)]);
    let reading = read(Format::ICalendar, &text, Tz::UTC);
    let bodies: Vec<Value> = reading.tasks[0].reminders.iter().cloned().map(Value::Object).collect();
    let left = |wall: &str, times: u32| json!({"remind_at": wall, "time_zone": "Europe/Berlin", "repeat": {"every": "PT10M", "times": times}});
    let last = json!({"remind_at": "2026-12-01T08:50:00", "time_zone": "Europe/Berlin"});
    let [one, two] = [left("2026-12-01T08:40:00", 1), left("2026-12-01T08:45:00", 1)];
    assert_eq!(bodies, [one.clone(), last, one, two]);
    assert!(reading.tasks[0].lost.is_empty());
}

#[test]
fn given_a_reminder_that_another_program_moved_when_read_then_its_new_time() {
    let reminders = [
        reminder(&json!({"before_due": "PT90M"})),
        reminder(&json!({"remind_at": "2026-12-01T08:30:00", "time_zone": "Asia/Tokyo"})),
    ];
    let text = written(&[(&due_at("2026-12-24T09:00:00", "Europe/Berlin"), &reminders)]);
    // The second line is folded.
    let text =
        text.replace("\r\n ", "").replace(":-PT1H30M", ":-PT2H").replace(":20261130T233000Z", ":20261201T233000Z");
    let reading = read(Format::ICalendar, &text, Tz::UTC);
    assert_eq!(reading.tasks[0].reminders[0]["before_due"], "PT2H");
    assert_eq!(reading.tasks[0].reminders[1]["remind_at"], "2026-12-02T00:30:00");
}

#[test]
fn given_lengths_of_time_when_written_then_no_unit_between_two_is_left_out() {
    let lengths = [0, 45, 60, 3_600, 5_400, 3_605, 86_400, 604_800, 86_401, 90_000, 31_622_400].map(in_order);
    assert_eq!(lengths.join(" "), "PT0S PT45S PT1M PT1H PT1H30M PT1H0M5S P1D P7D P1DT1S P1DT1H P366D");
}

proptest! {
    #[test]
    fn given_any_task_when_written_and_read_back_then_the_same(task in any_task("[^\\p{Cc}]{0,90}(\n[^\\p{Cc}]{0,9}){0,2}")) {
        let text = written(&[(&task, &[])]);
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75));
        let reading = read(Format::ICalendar, &text, Tz::Asia__Tokyo);
        let [imported] = reading.tasks.as_slice() else { panic!("{reading:?}") };
        prop_assert_eq!(&imported.lost, &[]);
        prop_assert_eq!(back(imported, task.version), task);
    }

    #[test]
    fn given_any_task_when_another_program_reads_it_then_it_finds_the_same(task in any_task("[^\\p{Cc}]{1,90}")) {
        let calendar: Calendar = written(&[(&task, &[])]).parse().unwrap();
        let todos: Vec<_> = calendar.components.into_iter().filter_map(|component| match component {
            CalendarComponent::Todo(todo) => Some(todo),
            _ => None,
        }).collect();
        let [todo] = todos.as_slice() else { panic!("{todos:?}") };
        prop_assert_eq!(todo.get_summary(), Some(task.title.as_str()));
        prop_assert_eq!(todo.get_description(), Some(task.description.as_str()));
        prop_assert_eq!(todo.get_categories().unwrap_or_default(), task.tags);
    }
}
