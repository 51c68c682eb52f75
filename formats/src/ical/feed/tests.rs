//! What is written, read back by the parser of `icalendar`.

use domain::task::{Generate, Missed, Priority, RecurFrom, Recurrence, Status};
use icalendar::{
    Calendar, CalendarComponent, CalendarDateTime, Component as _, DatePerhapsTime, EventLike as _, Todo, TodoStatus,
};
use proptest::prelude::*;

use super::*;
use crate::given::{due_at, has_line, now, task};

fn repeating(task: TaskView, rrule: &str) -> TaskView {
    let (from, generate, missed) = (RecurFrom::default(), Generate::default(), Missed::default());
    let recurrence = Recurrence { rrule: rrule.to_owned(), from, generate, missed, time_zone: None };
    TaskView { recurrence_pattern: Some(recurrence), ..task }
}

fn written(tasks: &[TaskView]) -> String {
    let (mut writer, mut text) = (FeedWriter::new(now()), String::new());
    writer.begin(&mut text);
    tasks.iter().for_each(|task| writer.add(task, &mut text));
    writer.end(&mut text);
    text
}

fn read(text: &str) -> Vec<Todo> {
    let calendar: Calendar = text.parse().unwrap();
    let todos = calendar.components.into_iter().filter_map(|component| match component {
        CalendarComponent::Todo(todo) => Some(todo),
        _ => None,
    });
    todos.collect()
}

/// The one task of a calendar.
fn back(task: &TaskView) -> Todo {
    let todos = read(&written(std::slice::from_ref(task)));
    let [todo] = <[Todo; 1]>::try_from(todos).unwrap();
    todo
}

#[test]
fn given_a_plain_task_when_written_then_every_line_of_it_is_there_in_order() {
    let expected = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//Tasklog//Tasklog//EN|CALSCALE:GREGORIAN|NAME:Tasklog|\
        X-WR-CALNAME:Tasklog|BEGIN:VTODO|CREATED:20261101T083000Z|DTSTAMP:20261102T094510Z|\
        LAST-MODIFIED:20261102T094510Z|SEQUENCE:7|STATUS:NEEDS-ACTION|SUMMARY:Water the plants|\
        UID:0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10|END:VTODO|END:VCALENDAR|";
    assert_eq!(written(&[TaskView { version: 7, ..task("Water the plants") }]), expected.replace('|', "\r\n"));
    assert!(written(&[]).ends_with("X-WR-CALNAME:Tasklog\r\nEND:VCALENDAR\r\n"));
}

#[test]
fn given_a_completed_task_with_everything_when_read_back_then_it_is_the_same() {
    let done = TaskView {
        description: "One\nTwo".to_owned(),
        status: Status::Completed,
        priority: Priority::High,
        tags: vec!["home, sweet; home".to_owned(), "b\\c".to_owned()],
        due_date: Some("2026-12-01".parse().unwrap()),
        completed_at: Some("2026-11-02T09:45:10Z".parse().unwrap()),
        version: 7,
        ..task("All of it")
    };
    let todo = back(&done);
    assert_eq!(todo.get_uid(), Some(done.id.to_string().as_str()));
    assert_eq!((todo.get_summary(), todo.get_description()), (Some("All of it"), Some("One\nTwo")));
    assert_eq!((todo.get_status(), todo.get_percent_complete()), (Some(TodoStatus::Completed), Some(100)));
    assert_eq!((todo.get_completed(), todo.get_priority()), (done.completed_at, Some(3)));
    assert_eq!(todo.get_categories(), Some(done.tags.clone()));
    assert_eq!(todo.get_due(), Some(DatePerhapsTime::Date(done.due_date.unwrap())));
    assert_eq!((todo.get_created(), todo.get_last_modified()), (Some(done.created_at), Some(done.updated_at)));
    assert_eq!((todo.get_timestamp(), todo.get_sequence()), (Some(done.updated_at), Some(7)));
    assert!(has_line(&written(&[done]), "DUE;VALUE=DATE:20261201"));
}

#[test]
fn given_every_status_and_priority_when_written_then_each_has_its_word_and_number() {
    for (status, word) in [
        (Status::Pending, "NEEDS-ACTION"),
        (Status::InProgress, "IN-PROCESS"),
        (Status::Completed, "COMPLETED"),
        (Status::Cancelled, "CANCELLED"),
    ] {
        assert!(has_line(&written(&[TaskView { status, ..task("x") }]), &format!("STATUS:{word}")), "{word}");
    }
    let number = |priority: &Priority| back(&TaskView { priority: *priority, ..task("x") }).get_priority();
    let numbers: Vec<Option<u32>> = Priority::ALL.iter().map(number).collect();
    assert_eq!(numbers, [None, Some(9), Some(5), Some(3), Some(1)]);
}

#[test]
fn given_a_due_time_when_written_then_in_its_zone_which_is_described_once() {
    let text =
        written(&[due_at("2026-12-01T09:00:00", "Europe/Berlin"), due_at("2027-07-01T09:00:00", "Europe/Berlin")]);
    assert!(has_line(&text, "DUE;TZID=Europe/Berlin:20261201T090000"));
    assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1);
    assert!(text.find("BEGIN:VTIMEZONE") < text.find("BEGIN:VTODO"));
    let summer =
        "BEGIN:DAYLIGHT\r\nDTSTART:20270328T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n";
    let winter =
        "BEGIN:STANDARD\r\nDTSTART:20271031T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\n";
    assert!(text.contains(summer) && text.contains(winter), "{text}");
    // Twelve years with two changes each, and what held before them.
    assert_eq!(text.matches("TZOFFSETTO").count(), 25);
    let zone = "Europe/Berlin".to_owned();
    let expected = CalendarDateTime::WithTimezone { date_time: "2026-12-01T09:00:00".parse().unwrap(), tzid: zone };
    assert_eq!(read(&text)[0].get_due(), Some(expected.into()));
}

#[test]
fn given_zones_without_changes_when_written_then_one_offset_is_described_or_none_for_utc() {
    let text = written(&[due_at("2026-12-01T09:00:00", "Asia/Kolkata"), due_at("2026-12-01T09:00:00", "UTC")]);
    assert_eq!((text.matches("BEGIN:VTIMEZONE").count(), text.matches("TZOFFSETTO:+0530").count()), (1, 1));
    assert!(has_line(&text, "DUE:20261201T090000Z"));
}

#[test]
fn given_a_due_time_beyond_the_years_that_are_described_when_written_then_in_utc() {
    for (wall, utc) in [("2040-07-01T09:00:00", "20400701T070000Z"), ("2020-01-01T00:30:00", "20191231T233000Z")] {
        let text = written(&[due_at(wall, "Europe/Berlin")]);
        assert!(has_line(&text, &format!("DUE:{utc}")) && !text.contains("VTIMEZONE"), "{text}");
    }
}

#[test]
fn given_a_recurring_task_when_written_then_only_its_own_occurrence() {
    let rent = TaskView { due_date: Some("2026-12-01".parse().unwrap()), ..task("Pay the rent") };
    let text = written(&[repeating(rent, "FREQ=MONTHLY;BYMONTHDAY=1")]);
    assert!(has_line(&text, "DUE;VALUE=DATE:20261201"), "{text}");
    assert!(!text.contains("RRULE") && !text.contains("DTSTART"), "{text}");
}

#[test]
fn given_texts_with_a_meaning_in_calendars_when_read_back_then_the_same() {
    for text in [
        "commas, semicolons; colons: and \\ backslashes \\n",
        "emoji 🎉 of several parts 👩\u{200d}💻, ümläute",
        "a title of more than seventy-five bytes, which must be folded, as RFC 5545 says, and unfolded by whoever reads it",
        // Folded by the library, this one panics.
        &format!("{}{}end", "😀".repeat(40), " ".repeat(200)),
        &"é".repeat(200),
    ] {
        assert_eq!(back(&task(text)).get_summary(), Some(text));
    }
    let description = "lines\n\n\tof text\r\nas they\rcome\u{7}";
    let described = TaskView { description: description.to_owned(), ..task("x") };
    assert_eq!(back(&described).get_description(), Some("lines\n\n\tof text\nas they\ncome"));
    assert!(written(&[described]).contains("DESCRIPTION:lines\\n\\n\tof text\\nas they\\ncome\r\n"));
}

#[test]
fn given_long_lines_when_written_then_none_is_longer_than_the_limit_and_no_character_is_cut() {
    let long =
        TaskView { description: "aé😀".repeat(1_000), tags: vec!["😀".repeat(64); 50], ..task(&"ß".repeat(500)) };
    let text = written(std::slice::from_ref(&long));
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    // As long as can be: else every second reader's line is too short.
    assert!(text.split("\r\n").any(|line| line.len() == 75));
    assert_eq!(back(&long).get_description(), Some(long.description.as_str()));
}

proptest! {
    #[test]
    fn given_any_text_when_read_back_then_the_same(text in "[^\\p{Cc}]{1,200}") {
        let todo = back(&TaskView { description: text.clone(), ..task("x") });
        prop_assert_eq!(todo.get_description(), Some(text.as_str()));
    }
}
