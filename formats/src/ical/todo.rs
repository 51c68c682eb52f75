//! A VTODO as a task.

use chrono::{DateTime, Utc};
use domain::task::{Due, Priority, Status};
use uuid::Uuid;

use super::alarm;
use super::component::Component;
use super::content::{Line, items, unescape};
use super::reading::source;
use super::time::{Time, duration, instant, start_of, time, with_until_in_utc};
use super::tzid::Zones;
use crate::Imported;
use crate::draft::{Draft, Names, id_from};

const NAMES: &Names = &[
    ("title", "SUMMARY"),
    ("description", "DESCRIPTION"),
    ("tags", "CATEGORIES"),
    ("due_date", "DUE"),
    ("due_at", "DUE"),
    ("recurrence_pattern", "RRULE"),
    ("parent_id", "RELATED-TO"),
    ("rank", "X-TASKLOG-RANK"),
    ("created_at", "CREATED"),
    ("updated_at", "LAST-MODIFIED"),
    ("completed_at", "COMPLETED"),
    ("reminders", "VALARM"),
];

/// What programs keep for themselves, and what is read together with other properties.
const PASSED_OVER: &[&str] = &[
    "UID",
    "DTSTAMP",
    "SEQUENCE",
    "DUE",
    "DTSTART",
    "DURATION",
    "RECURRENCE-ID",
    "X-APPLE-SORT-ORDER",
    "X-MOZ-GENERATION",
    "X-MOZ-LASTACK",
    "X-OC-HIDESUBTASKS",
    "X-TASKS-ORG-ORDER",
    "X-EVOLUTION-ALARM-UID",
    "X-LIC-ERROR",
    "X-DEFAULT-ALARM",
];

/// Why what tells of single occurrences is not carried.
const OCCURRENCES: &str = "single occurrences cannot be told apart from their rule";

/// Reads a VTODO.
pub(super) fn read(todo: &Component, zones: &Zones, now: DateTime<Utc>) -> Imported {
    let mut draft = Draft::new(source(todo));
    read_id(todo, &mut draft);
    let start = read_due(todo, zones, &mut draft);
    for line in &todo.lines {
        if !(read_text(line, &mut draft) || read_state(line, zones, &mut draft)) {
            lose(line, &mut draft);
        }
    }
    if !draft.has("status") && todo.get("PERCENT-COMPLETE").is_some_and(|line| line.value.trim() == "100") {
        draft.set("status", Status::Completed.as_str());
    }
    for (number, text) in &todo.unreadable {
        draft.lose(&format!("line {number}"), text, "is no line of iCalendar");
    }
    for child in &todo.children {
        match child.name.as_str() {
            "VALARM" => alarm::read(child, start, zones, &mut draft),
            other => draft.lose(other, "", "is not part of a task"),
        }
    }
    draft.finish(NAMES, now)
}

/// The UID where it is a UUID, else an id that follows from it. Each exception of a series is a task of its own.
fn read_id(todo: &Component, draft: &mut Draft) {
    let Some(uid) = todo.get("UID").map(|line| line.value.trim()).filter(|uid| !uid.is_empty()) else { return };
    let id = match todo.get("RECURRENCE-ID") {
        Some(of) => {
            draft.lose("RECURRENCE-ID", &of.value, "an exception of a series is a task of its own");
            id_from("icalendar", &format!("{uid}/{}", of.value))
        }
        None => id_of(uid),
    };
    draft.set("id", id.to_string());
}

fn id_of(uid: &str) -> Uuid {
    let own = Uuid::try_parse(uid).ok().filter(|id| !id.is_nil());
    own.unwrap_or_else(|| id_from("icalendar", uid))
}

/// Whether a relation is that to what the task is a part of, as it is where nothing else is said.
fn is_parent(line: &Line) -> bool {
    line.param("RELTYPE").is_none_or(|relation| relation.eq_ignore_ascii_case("PARENT"))
        && !line.value.trim().is_empty()
}

/// Sets the due time: DUE, or DTSTART and DURATION, or DTSTART. The answer is what alarms count from that name no end.
fn read_due(todo: &Component, zones: &Zones, draft: &mut Draft) -> Option<Due> {
    let start = read_time(todo.get("DTSTART"), zones, draft);
    let due = read_time(todo.get("DUE"), zones, draft);
    let end = match (due, start, todo.get("DURATION")) {
        (None, Some(start), Some(line)) => after(start, line, zones, draft),
        (None, None, Some(line)) => {
            draft.lose("DURATION", &line.value, "a task has no duration");
            None
        }
        _ => due,
    };
    match (end.or(start), start, todo.get("DTSTART")) {
        (Some(due), Some(start), Some(line)) if due != start => {
            draft.lose("DTSTART", &line.value, "a task has no start, only a due date");
        }
        _ => {}
    }
    if let Some(due) = end.or(start) {
        draft.set_due(due);
    }
    start.or(end)
}

fn read_time(line: Option<&Line>, zones: &Zones, draft: &mut Draft) -> Option<Due> {
    let line = line?;
    match time(line, zones) {
        Ok(Time { due, zone_lost }) => {
            if let Some(why) = zone_lost {
                draft.lose(&format!("{} TZID", line.name), line.param("TZID").unwrap_or_default(), why);
            }
            Some(due)
        }
        Err(why) => {
            draft.lose(&line.name, &line.value, why);
            None
        }
    }
}

fn after(start: Due, line: &Line, zones: &Zones, draft: &mut Draft) -> Option<Due> {
    let length = duration(&line.value).filter(|(_, back)| !back).map(|(length, _)| length.duration());
    let (wall, zone) = start_of(start, zones.floating);
    let Some(end) = length.and_then(|length| wall.checked_add_signed(length)) else {
        draft.lose("DURATION", &line.value, "is no length of time that can be added");
        return None;
    };
    Some(match start {
        Due::Date { .. } => Due::Date { due_date: end.date() },
        Due::At { .. } => Due::At { due_at: end, time_zone: zone },
    })
}

/// Texts; whether it was one of them.
fn read_text(line: &Line, draft: &mut Draft) -> bool {
    match line.name.as_str() {
        "SUMMARY" => draft.set_title(&unescape(&line.value)),
        "DESCRIPTION" => draft.describe(&unescape(&line.value)),
        "CATEGORIES" => items(&line.value).into_iter().for_each(|tag| draft.tag("CATEGORIES", &unescape(tag))),
        _ => return false,
    }
    true
}

/// What else a task has; whether it was one of that.
fn read_state(line: &Line, zones: &Zones, draft: &mut Draft) -> bool {
    let value = line.value.trim();
    match line.name.as_str() {
        "STATUS" => read_status(value, draft),
        "PRIORITY" => read_priority(value, draft),
        "RRULE" if draft.has("recurrence_pattern") => {
            draft.lose("RRULE", value, "a task has one rule; the first was taken")
        }
        "RRULE" => {
            let rule = with_until_in_utc(value, draft.due());
            draft.set_recurrence("rrule", rule);
        }
        "CREATED" => read_instant(line, "created_at", zones, draft),
        "LAST-MODIFIED" => read_instant(line, "updated_at", zones, draft),
        "COMPLETED" => read_instant(line, "completed_at", zones, draft),
        "RELATED-TO" if is_parent(line) && !draft.has("parent_id") => draft.set("parent_id", id_of(value).to_string()),
        "X-TASKLOG-RANK" => draft.set("rank", value),
        "X-TASKLOG-SERIES-ID" => draft.set("series_id", value),
        "X-TASKLOG-FROM" => draft.set_recurrence("from", value),
        "X-TASKLOG-GENERATE" => draft.set_recurrence("generate", value),
        "X-TASKLOG-MISSED" => draft.set_recurrence("missed", value),
        "X-TASKLOG-ZONE-OF-DAYS" => draft.set_recurrence("time_zone", value),
        _ => return false,
    }
    true
}

fn read_status(value: &str, draft: &mut Draft) {
    let status = match value.to_ascii_uppercase().as_str() {
        "NEEDS-ACTION" => Status::Pending,
        "IN-PROCESS" => Status::InProgress,
        "COMPLETED" => Status::Completed,
        "CANCELLED" => Status::Cancelled,
        _ => return draft.lose("STATUS", value, "is no status of a VTODO"),
    };
    draft.set("status", status.as_str());
}

/// RFC 5545 names 1 to 4 high and 6 to 9 low.
fn read_priority(value: &str, draft: &mut Draft) {
    let priority = match value.parse::<u8>() {
        Ok(0) => Priority::None,
        Ok(1 | 2) => Priority::Urgent,
        Ok(3 | 4) => Priority::High,
        Ok(5) => Priority::Medium,
        Ok(6..=9) => Priority::Low,
        _ => return draft.lose("PRIORITY", value, "is no number from 0 to 9"),
    };
    draft.set("priority", priority.as_str());
}

fn read_instant(line: &Line, name: &str, zones: &Zones, draft: &mut Draft) {
    match instant(line, zones) {
        Some(at) => draft.set_instant(name, at),
        None => draft.lose(&line.name, &line.value, "is no time such as 20261201T080000Z"),
    }
}

/// Tells of a property that a task has no place for.
fn lose(line: &Line, draft: &mut Draft) {
    let name = line.name.as_str();
    let why = match (name, line.value.trim()) {
        _ if PASSED_OVER.contains(&name) || name.starts_with("X-MICROSOFT-") => return,
        (_, "") | ("CLASS", "PUBLIC") | ("PERCENT-COMPLETE", "0" | "100") => return,
        ("RELATED-TO", _) => "a task is related to one other, that it is a part of",
        ("EXDATE" | "RDATE" | "EXRULE", _) => OCCURRENCES,
        ("PERCENT-COMPLETE", _) => "how far a task is, is not kept",
        _ => "a task has no such field",
    };
    draft.lose(name, &unescape(&line.value), why);
}
