//! JSON of Taskwarrior: what `task export` prints, as one array or as one object a line.
//!
//! A task becomes a task: its `project` and `tags` tags, its annotations paragraphs of the description, `start` the status `in_progress`. H, M and
//! L are high, medium and low. Times are in UTC there; a due time is shown in the zone that was asked for, and midnight in it is a whole day, as
//! that is what Taskwarrior makes of a date.
//!
//! Of a recurring task there is a template, and a task for each occurrence. The newest occurrence that is not done goes on with the rule, in one series
//! with the others, and the template is left out; where there is none, the template itself becomes the next occurrence.
//!
//! Deleted tasks are left out. Not told of are `id`, `urgency` and what Taskwarrior keeps to make occurrences.

mod period;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use domain::task::{Due, Priority, RecurFrom, Status};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::draft::{Draft, Names, id_from};
use crate::text::{shown, utf8};
use crate::{Imported, Options, ReadError, Reading};
use period::Period;

type Task = Map<String, Value>;

const NAMES: &Names = &[
    ("id", "uuid"),
    ("title", "description"),
    ("description", "annotations"),
    ("due_date", "due"),
    ("due_at", "due"),
    ("recurrence_pattern", "recur"),
    ("series_id", "parent"),
    ("created_at", "entry"),
    ("updated_at", "modified"),
    ("completed_at", "end"),
];

/// What is read, and what Taskwarrior keeps for itself.
const KNOWN: &[&str] = &[
    "uuid",
    "description",
    "status",
    "due",
    "entry",
    "modified",
    "end",
    "start",
    "priority",
    "project",
    "tags",
    "annotations",
    "recur",
    "until",
    "parent",
    "id",
    "urgency",
    "mask",
    "imask",
    "rtype",
    "template",
    "last",
];

/// Why a task that recurs is not in the list.
const TEMPLATE: &str = "template whose newest occurrence is imported";

/// Reads an export.
///
/// # Errors
/// It is not UTF-8 or no JSON.
pub(crate) fn read(bytes: &[u8], options: &Options<'_>) -> Result<Reading, ReadError> {
    let tasks = tasks(utf8(bytes)?)?;
    let newest = newest_open(&tasks);
    let mut reading = Reading::default();
    for (index, task) in tasks.iter().enumerate() {
        match text(task, "status") {
            "deleted" => reading.skip("deleted task"),
            "recurring" if newest.contains_key(text(task, "uuid")) => reading.skip(TEMPLATE),
            _ => {
                let goes_on = newest.get(text(task, "parent")).is_some_and(|(_, newest)| *newest == index);
                reading.tasks.push(read_task(index + 1, task, goes_on, options));
            }
        }
    }
    Ok(reading)
}

fn tasks(text: &str) -> Result<Vec<Task>, ReadError> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text)
            .map_err(|error| ReadError::new(error.line(), format!("is no JSON of tasks: {error}")));
    }
    let lines =
        text.lines().map(|line| line.trim().trim_end_matches(',')).enumerate().filter(|(_, line)| !line.is_empty());
    let parse = |(index, line)| {
        serde_json::from_str(line).map_err(|error| ReadError::new(index + 1, format!("is no JSON of a task: {error}")))
    };
    lines.map(parse).collect()
}

/// For each template the latest due time of its occurrences that are not done, and which of the tasks that is.
fn newest_open(tasks: &[Task]) -> HashMap<&str, (&str, usize)> {
    let mut newest: HashMap<&str, (&str, usize)> = HashMap::new();
    for (index, task) in tasks.iter().enumerate() {
        let (parent, due) = (text(task, "parent"), text(task, "due"));
        if !parent.is_empty() && matches!(text(task, "status"), "pending" | "waiting") {
            let entry = newest.entry(parent).or_insert((due, index));
            *entry = (*entry).max((due, index));
        }
    }
    newest
}

fn read_task(number: usize, task: &Task, goes_on: bool, options: &Options<'_>) -> Imported {
    let uuid = text(task, "uuid");
    let mut draft = Draft::new(format!("task {number} (uuid {})", shown(uuid, 60)));
    if !uuid.is_empty() {
        draft.set("id", id(uuid).to_string());
    }
    draft.set_title(text(task, "description"));
    let is_template = text(task, "status") == "recurring";
    read_status(task, &mut draft);
    match text(task, "priority") {
        "H" => draft.set("priority", Priority::High.as_str()),
        "M" => draft.set("priority", Priority::Medium.as_str()),
        "L" => draft.set("priority", Priority::Low.as_str()),
        "" => {}
        other => draft.lose("priority", other, "is none of H, M and L"),
    }
    for tag in texts(task.get("project")).into_iter().chain(texts(task.get("tags"))) {
        draft.tag("tags", &tag);
    }
    read_annotations(task, &mut draft, options.zone);
    for (theirs, ours) in [("entry", "created_at"), ("modified", "updated_at")] {
        if let Some(at) = instant(task, theirs, &mut draft) {
            draft.set_instant(ours, at);
        }
    }
    let due = instant(task, "due", &mut draft).map(|due| due_in(options.zone, due));
    if let Some(due) = due {
        draft.set_due(due);
    }
    if is_template || goes_on {
        read_recurrence(task, due, options.zone, &mut draft);
    } else if !text(task, "until").is_empty() && text(task, "parent").is_empty() {
        draft.lose("until", text(task, "until"), "a task does not go away by itself");
    }
    if !text(task, "parent").is_empty() {
        draft.set("series_id", id(text(task, "parent")).to_string());
    }
    lose_the_rest(task, &mut draft);
    draft.finish(NAMES, options.now)
}

fn id(uuid: &str) -> Uuid {
    Uuid::try_parse(uuid).ok().filter(|id| !id.is_nil()).unwrap_or_else(|| id_from("taskwarrior", uuid))
}

fn read_status(task: &Task, draft: &mut Draft) {
    let status = match text(task, "status") {
        "completed" => Status::Completed,
        "" | "pending" | "waiting" | "recurring" if text(task, "start").is_empty() => Status::Pending,
        "" | "pending" | "waiting" | "recurring" => Status::InProgress,
        other => {
            draft.lose("status", other, "is no status of a task that can be imported; it is pending");
            Status::Pending
        }
    };
    draft.set("status", status.as_str());
    if status == Status::Completed
        && let Some(end) = instant(task, "end", draft)
    {
        draft.set_instant("completed_at", end);
    }
}

fn read_annotations(task: &Task, draft: &mut Draft, zone: Tz) {
    let annotations =
        task.get("annotations").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    for annotation in annotations {
        let day = utc(text(annotation, "entry")).map(|at| at.with_timezone(&zone).format("%Y-%m-%d: ").to_string());
        draft.describe(&format!("{}{}", day.unwrap_or_default(), text(annotation, "description")));
    }
}

fn read_recurrence(task: &Task, due: Option<Due>, zone: Tz, draft: &mut Draft) {
    let (recur, until) = (text(task, "recur"), text(task, "until"));
    let Some(due) = due else {
        return draft.lose("recur", recur, "it counts from a due date, and the task has none");
    };
    let Some(period) = Period::parse(recur) else {
        return draft.lose("recur", recur, "is no length of time that is understood");
    };
    // Of a template, as many occurrences as its mask is long have been made already.
    let due = match u32::try_from(text(task, "mask").len()).ok().and_then(|made| period.after(due, made)) {
        Some(due) if text(task, "status") == "recurring" => due,
        _ => due,
    };
    draft.set_due(due);
    let mut rule = period.rule(due);
    if let Some(until) = utc(until) {
        rule.push_str(&match due {
            Due::Date { .. } => until.with_timezone(&zone).format(";UNTIL=%Y%m%d").to_string(),
            Due::At { .. } => until.format(";UNTIL=%Y%m%dT%H%M%SZ").to_string(),
        });
    }
    draft.set_recurrence("rrule", rule);
    if text(task, "rtype") == "chained" {
        draft.set_recurrence("from", RecurFrom::Completion.as_str());
    }
}

fn lose_the_rest(task: &Task, draft: &mut Draft) {
    for (name, value) in task.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str())) {
        let why = match name.as_str() {
            "depends" => "a task does not wait for others",
            "wait" => "a task is not hidden until a time",
            "scheduled" => "a task has no start, only a due date",
            _ => "a task has no such field",
        };
        draft.lose(name, &texts(Some(value)).join(", "), why);
    }
}

/// A due time as it is shown: a day where it is the first second of one.
fn due_in(zone: Tz, due: DateTime<Utc>) -> Due {
    let wall = due.with_timezone(&zone).naive_local();
    if wall.time() == NaiveTime::MIN {
        Due::Date { due_date: wall.date() }
    } else {
        Due::At { due_at: wall, time_zone: zone }
    }
}

/// The instant in a field; what is none is told.
fn instant(task: &Task, field: &str, draft: &mut Draft) -> Option<DateTime<Utc>> {
    let written = text(task, field);
    let instant = utc(written);
    if instant.is_none() && !written.is_empty() {
        draft.lose(field, written, "is no time such as 20261201T080000Z");
    }
    instant
}

/// `20261201T080000Z`.
fn utc(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok().map(|at| at.and_utc())
}

/// A field that holds text; empty where it does not.
fn text<'a>(task: &'a Task, field: &str) -> &'a str {
    task.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A value as texts: a list, or one.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().flat_map(|item| texts(Some(item))).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        Some(other) => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests;
