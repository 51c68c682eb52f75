//! A task as a VTODO.

use chrono_tz::Tz;
use domain::task::{Priority, Status, TaskView};
use icalendar::{CalendarDateTime, Component as _, DatePerhapsTime, EventLike as _, Todo, TodoStatus};

/// The most an INTEGER of RFC 5545 holds.
const INTEGER_MAX: u32 = i32::MAX.unsigned_abs();

/// The VTODO of a task, without a RRULE: each occurrence of a recurring task is a task of its own, which a calendar that knew the rule
/// would show twice. Its due time is written in `zone`, which must be described elsewhere, or in UTC without one.
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

/// Text as RFC 5545 takes it: one kind of line break, and no control character but the tab.
fn plain(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|c| !c.is_ascii_control() || matches!(c, '\n' | '\t')).collect()
}
