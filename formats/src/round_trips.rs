//! Each file of `testdata` is read, written in each format, and read again. What an import makes of it before and after is compared field
//! by field, tasks and reminders.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use domain::reminder::{
    NewReminder, Reminder, ReminderCommand, ReminderView, TaskDue, decide, evolve, new_reminder_id,
};
use domain::task::{Due, TaskView};
use domain::tenant;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::given::{back, now, read};
use crate::ids::reminder_key;
use crate::{ExportFile, ExportFormat, Imported, Input, Reading};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../testdata/", $name)))),+]
    };
}

/// Names and texts.
const FILES: &[(&str, &str)] = files![
    "apple-reminders.ics",
    "nextcloud-tasks.ics",
    "outlook.ics",
    "tasklog.csv",
    "tasklog.jsonl",
    "tasks-org.ics",
    "taskwarrior-2.6.json",
    "thunderbird.ics",
    "todoist-project.csv",
    "todoist-template.csv",
];

/// Where a file is read, and where what was written of it is read again: its times must not depend on that.
const HERE: Tz = Tz::Europe__Berlin;
const ELSEWHERE: Tz = Tz::Asia__Tokyo;

/// A task with its reminders, as an import makes them.
#[derive(Debug, Clone)]
struct Made {
    task: TaskView,
    reminders: Vec<ReminderView>,
}

impl Made {
    fn of(imported: &Imported) -> Self {
        let task = back(imported, 1);
        let due = task.clone().into_task(None).unwrap().due;
        let reminders = imported.reminders.iter().map(|body| reminder(task.id, due, body)).collect();
        Self { task, reminders }
    }

    /// All that the API shows of it.
    fn shown(&self) -> Value {
        let mut task = serde_json::to_value(&self.task).unwrap();
        task["reminders"] = serde_json::to_value(&self.reminders).unwrap();
        task
    }
}

/// Its id follows from its body, as that of an import does.
fn reminder(task_id: Uuid, due: Option<Due>, body: &Map<String, Value>) -> ReminderView {
    let id = new_reminder_id(tenant::DEFAULT, task_id, &reminder_key(task_id, body));
    let new = NewReminder::from_json(body).unwrap();
    let command = ReminderCommand::Schedule { id, task_id, new, task: Some(TaskDue { due }), at: now() };
    let mut reminder = Reminder::default();
    let event = decide(&reminder, &command).unwrap().unwrap();
    evolve(&mut reminder, &event);
    ReminderView::of(&reminder)
}

/// A file as an import reads it, whose name and start say what it is.
fn reading(name: &str, text: &str, zone: Tz) -> Reading {
    match Input::of(name, text.as_bytes()) {
        Input::Foreign(format) => read(format, text, zone),
        Input::JsonLines => Reading { tasks: text.lines().map(line).collect(), ..Reading::default() },
    }
}

fn line(text: &str) -> Imported {
    let line = serde_json::from_str(text).unwrap();
    Imported { source: String::new(), line, reminders: Vec::new(), lost: Vec::new() }
}

fn made(reading: &Reading) -> Vec<Made> {
    reading.tasks.iter().map(Made::of).collect()
}

/// What is made of one of the files.
fn made_of(name: &str) -> Vec<Made> {
    let (_, text) = FILES.iter().find(|(found, _)| *found == name).unwrap();
    made(&reading(name, text, HERE))
}

fn written(format: ExportFormat, tasks: &[Made]) -> String {
    let (mut file, mut out) = (ExportFile::new(format), String::new());
    file.begin(&mut out);
    for Made { task, reminders } in tasks {
        file.add(&serde_json::to_string(task).unwrap(), |_| reminders.as_slice(), &mut out).unwrap();
    }
    file.end(&mut out);
    out
}

fn read_again(format: ExportFormat, text: &str) -> Reading {
    reading(&format!("tasks.{}", format.ending()), text, ELSEWHERE)
}

/// Without what the format says that it has no place for: reminders stand in a calendar alone.
fn carried(format: ExportFormat, tasks: &[Made]) -> Vec<Made> {
    let has_reminders = format == ExportFormat::ICalendar;
    let mut tasks = tasks.to_vec();
    tasks.iter_mut().filter(|_| !has_reminders).for_each(|made| made.reminders.clear());
    tasks
}

/// A field that is not as it was.
#[derive(Debug, PartialEq)]
struct Difference {
    title: Value,
    field: String,
    was: Value,
    is: Value,
}

fn by_id(tasks: &[Made]) -> BTreeMap<Uuid, Value> {
    tasks.iter().map(|made| (made.task.id, made.shown())).collect()
}

fn differences(before: &[Made], after: &[Made]) -> Vec<Difference> {
    let (before, after) = (by_id(before), by_id(after));
    let mut found = Vec::new();
    for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let of = |tasks: &BTreeMap<Uuid, Value>| tasks.get(id).cloned().unwrap_or_default();
        let (was, is) = (of(&before), of(&after));
        let title = if was.is_null() { &is["title"] } else { &was["title"] };
        compare(title, "", &was, &is, &mut found);
    }
    found
}

/// Down to the innermost fields, so that each is named; a task that is not there at all has no name but its title.
fn compare(title: &Value, field: &str, was: &Value, is: &Value, found: &mut Vec<Difference>) {
    let null = &Value::Null;
    match (was, is) {
        (Value::Object(was), Value::Object(is)) => {
            for name in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
                let inner = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                compare(title, &inner, was.get(name).unwrap_or(null), is.get(name).unwrap_or(null), found);
            }
        }
        (Value::Array(was), Value::Array(is)) => {
            for at in 0..was.len().max(is.len()) {
                let inner = format!("{field}[{at}]");
                compare(title, &inner, was.get(at).unwrap_or(null), is.get(at).unwrap_or(null), found);
            }
        }
        _ if was == is => {}
        _ => {
            let (title, field) = (title.clone(), field.to_owned());
            found.push(Difference { title, field, was: was.clone(), is: is.clone() });
        }
    }
}

/// The fields that differ after a file was written and read again, with something wrong in what was written.
fn fields_spoilt(name: &str, format: ExportFormat, spoil: impl FnOnce(&str) -> String) -> Vec<String> {
    let before = made_of(name);
    let after = made(&read_again(format, &spoil(&written(format, &before))));
    differences(&before, &after).into_iter().map(|difference| difference.field).collect()
}

fn without_property(calendar: &str, property: &str) -> String {
    let unfolded = calendar.replace("\r\n ", "");
    let kept = unfolded.split("\r\n").filter(|line| line.split([':', ';']).next() != Some(property));
    kept.collect::<Vec<_>>().join("\r\n")
}

fn without_column(table: &str, column: &str) -> String {
    let (headings, rows) = table.split_once("\r\n").unwrap();
    let headings = headings.split(',').map(|heading| if heading == column { "unknown" } else { heading });
    format!("{}\r\n{rows}", headings.collect::<Vec<_>>().join(","))
}

#[test]
fn given_any_file_when_written_and_read_again_then_every_field_is_as_it_was_and_nothing_is_told_as_lost() {
    for (name, _) in FILES {
        let before = made_of(name);
        for format in ExportFormat::ALL {
            let again = read_again(format, &written(format, &before));
            assert_eq!((again.lost(), &again.skipped), (BTreeMap::new(), &BTreeMap::new()), "{name} as {format}");
            assert_eq!(differences(&carried(format, &before), &made(&again)), [], "{name} as {format}");
        }
    }
}

#[test]
fn given_all_files_when_read_then_they_differ_in_every_field_that_an_import_can_set() {
    let all: Vec<Made> = FILES.iter().flat_map(|(name, _)| made_of(name)).collect();
    let tasks: Vec<Value> = all.iter().map(|made| serde_json::to_value(&made.task).unwrap()).collect();
    assert_eq!(same_in_all(&tasks), ["version"]);
    let reminders = all.iter().flat_map(|made| &made.reminders).map(|reminder| serde_json::to_value(reminder).unwrap());
    let set_otherwise = ["created_at", "late", "snoozed_until", "status", "triggered_at", "updated_at", "version"];
    assert_eq!(same_in_all(&reminders.collect::<Vec<_>>()), set_otherwise);
}

/// The names of the fields that have one and the same value everywhere, which a comparison would prove nothing of.
fn same_in_all(objects: &[Value]) -> Vec<String> {
    let mut values: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in objects.iter().flat_map(|object| object.as_object().unwrap()) {
        values.entry(name).or_default().insert(value.to_string());
    }
    values.into_iter().filter(|(_, values)| values.len() == 1).map(|(name, _)| name.clone()).collect()
}

#[test]
fn given_a_field_that_changed_when_compared_then_it_is_named_and_no_other() {
    let fields = |was: &Value, is: &Value| -> Vec<String> {
        let mut found = Vec::new();
        compare(&Value::Null, "", was, is, &mut found);
        found.into_iter().map(|difference| difference.field).collect()
    };
    let tasks = made_of("thunderbird.ics");
    let task = tasks.iter().find(|made| made.reminders.len() == 3).unwrap().shown();
    assert_eq!(fields(&task, &task), Vec::<String>::new());
    for name in task.as_object().unwrap().keys() {
        let mut changed = task.clone();
        changed[name] = json!("another");
        assert_eq!(fields(&task, &changed), [name.as_str()]);
    }
    for name in task["reminders"][0].as_object().unwrap().keys() {
        let mut changed = task.clone();
        changed["reminders"][0][name] = json!("another");
        assert_eq!(fields(&task, &changed), [format!("reminders[0].{name}")]);
    }
    let mut changed = task.clone();
    changed["reminders"].as_array_mut().unwrap().pop();
    assert_eq!(fields(&task, &changed), ["reminders[2]"]);
    // Of a whole task there are two, the one that is gone and the one that came.
    assert_eq!(differences(&tasks[..2], &tasks[1..3]).len(), 2);
}

#[test]
fn given_a_calendar_that_lacks_a_property_when_compared_then_its_field_is_named() {
    for (name, property, field) in [
        ("tasklog.jsonl", "SUMMARY", "title"),
        ("tasklog.jsonl", "DESCRIPTION", "description"),
        ("tasklog.jsonl", "STATUS", "status"),
        ("tasklog.jsonl", "PRIORITY", "priority"),
        ("tasklog.jsonl", "CATEGORIES", "tags"),
        ("tasklog.jsonl", "DUE", "due_date"),
        ("tasklog.jsonl", "RRULE", "recurrence_pattern"),
        ("tasklog.jsonl", "X-TASKLOG-FROM", "recurrence_pattern.from"),
        ("tasklog.jsonl", "X-TASKLOG-GENERATE", "recurrence_pattern.generate"),
        ("tasklog.jsonl", "X-TASKLOG-MISSED", "recurrence_pattern.missed"),
        ("tasklog.jsonl", "X-TASKLOG-ZONE-OF-DAYS", "recurrence_pattern.time_zone"),
        ("tasklog.jsonl", "X-TASKLOG-SERIES-ID", "series_id"),
        ("tasklog.jsonl", "RELATED-TO", "parent_id"),
        ("tasklog.jsonl", "X-TASKLOG-RANK", "rank"),
        ("tasklog.jsonl", "CREATED", "created_at"),
        ("tasklog.jsonl", "LAST-MODIFIED", "updated_at"),
        ("tasklog.jsonl", "COMPLETED", "completed_at"),
        ("tasks-org.ics", "TRIGGER", "reminders"),
        ("tasks-org.ics", "REPEAT", "reminders[1].repeat"),
    ] {
        let fields = fields_spoilt(name, ExportFormat::ICalendar, |text| without_property(text, property));
        assert!(fields.iter().any(|found| found.starts_with(field)), "{name} without {property}: {fields:?}");
    }
}

#[test]
fn given_a_table_that_lacks_a_column_when_compared_then_its_field_is_named() {
    for (column, field) in [
        ("description", "description"),
        ("status", "status"),
        ("priority", "priority"),
        ("tags", "tags"),
        ("due_date", "due_date"),
        ("due_at", "due_at"),
        ("time_zone", "time_zone"),
        ("rrule", "recurrence_pattern"),
        ("recurrence_from", "recurrence_pattern.from"),
        ("recurrence_generate", "recurrence_pattern.generate"),
        ("recurrence_missed", "recurrence_pattern.missed"),
        ("recurrence_time_zone", "recurrence_pattern.time_zone"),
        ("series_id", "series_id"),
        ("parent_id", "parent_id"),
        ("rank", "rank"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
        ("completed_at", "completed_at"),
    ] {
        let fields = fields_spoilt("tasklog.jsonl", ExportFormat::Csv, |text| without_column(text, column));
        assert!(fields.iter().any(|found| found.starts_with(field)), "without {column}: {fields:?}");
    }
}

#[test]
fn given_the_folder_of_the_files_when_listed_then_each_is_tried_here_and_its_origin_is_told() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut names: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.remove("README.md");
    assert_eq!(names, FILES.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>());
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "README.md of testdata says nothing of {name}");
    }
}
