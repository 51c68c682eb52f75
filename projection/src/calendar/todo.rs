//! A task as a VTODO.

use std::fmt::Write as _;

use chrono_tz::Tz;
use domain::task::{Priority, Status, TaskView};
use icalendar::{CalendarDateTime, Component as _, DatePerhapsTime, EventLike as _, Todo, TodoStatus};

/// The most an INTEGER of RFC 5545 holds.
const INTEGER_MAX: u32 = i32::MAX.unsigned_abs();

/// The VTODO of a task. Its due time is written in `zone`, which must be described elsewhere, or in UTC without one.
pub(super) fn of(task: &TaskView, zone: Option<Tz>) -> Todo {
    let mut todo = Todo::new();
    todo.uid(&task.id.to_string())
        .summary(&plain(&task.title))
        .created(task.created_at)
        .last_modified(task.updated_at)
        // Of a calendar that is no message (no METHOD) it is the same as the time of the last change.
        .timestamp(task.updated_at)
        .sequence(u32::try_from(task.version).map_or(INTEGER_MAX, |version| version.min(INTEGER_MAX)));
    todo.status(match task.status {
        Status::Pending => TodoStatus::NeedsAction,
        Status::InProgress => TodoStatus::InProcess,
        Status::Completed => TodoStatus::Completed,
        Status::Cancelled => TodoStatus::Cancelled,
    });
    if !task.description.is_empty() {
        todo.description(&plain(&task.description));
    }
    if let Some(priority) = priority(task.priority) {
        todo.priority(priority);
    }
    if !task.tags.is_empty() {
        todo.categories(&task.tags);
    }
    if let Some(at) = task.completed_at {
        // How far a task is before it is done, nobody says.
        todo.completed(at).percent_complete(100);
    }
    if let Some(due) = due(task, zone) {
        if let Some(rule) = rule(task) {
            // A rule counts from DTSTART and must not be without it.
            todo.starts(due.clone()).add_property("RRULE", rule);
        }
        todo.due(due);
    }
    todo
}

fn due(task: &TaskView, zone: Option<Tz>) -> Option<DatePerhapsTime> {
    if let Some(date) = task.due_date {
        return Some(date.into());
    }
    Some(match zone {
        Some(zone) => CalendarDateTime::WithTimezone { date_time: task.due_at?, tzid: zone.name().to_owned() }.into(),
        None => task.due_utc?.into(),
    })
}

/// 1 is the highest of 9, 5 the middle.
const fn priority(priority: Priority) -> Option<u32> {
    match priority {
        Priority::None => None,
        Priority::Low => Some(9),
        Priority::Medium => Some(5),
        Priority::High => Some(3),
        Priority::Urgent => Some(1),
    }
}

/// How an open task repeats. One that is done or given up repeats no more: the next occurrence is a task of its own, which has
/// the rule.
fn rule(task: &TaskView) -> Option<String> {
    let open = matches!(task.status, Status::Pending | Status::InProgress);
    let rule = &task.recurrence_pattern.as_ref().filter(|_| open)?.rrule;
    let parts = rule.to_ascii_uppercase();
    let mut rule = String::with_capacity(parts.len());
    for part in parts.split(';') {
        let separator = if rule.is_empty() { "" } else { ";" };
        // UNTIL must be of the same kind as the start: a date beside a date, else a time in UTC.
        let _ = match part.strip_prefix("UNTIL=") {
            Some(until) if task.due_date.is_some() => {
                write!(rule, "{separator}UNTIL={}", until.get(..8).unwrap_or(until))
            }
            Some(until) if until.len() == 8 => write!(rule, "{separator}UNTIL={until}T235959Z"),
            _ => write!(rule, "{separator}{part}"),
        };
    }
    Some(rule)
}

/// Text as RFC 5545 takes it: one kind of line break, and no control character but the tab.
fn plain(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|c| !c.is_ascii_control() || matches!(c, '\n' | '\t')).collect()
}
