//! CSV of Todoist: a project or a template, as it exports and imports it.
//!
//! A `task` becomes a task, a part of the one that it is indented below, in the order of the rows; and the `note`s below it paragraphs of its description. The name of the `section` it stands in becomes a
//! tag, as nothing else here groups tasks, and so does each `@label` in its text. Priority 1 is urgent, 2 high, 3 medium; 4 is what
//! tasks have that nobody gave one. Rows have no id, so one follows from all that stands in a row, as it stands there: a date like `tomorrow` is another
//! day tomorrow, and the task the same. Not told of are AUTHOR, DATE_LANG and IS_COLLAPSED, and rows of type `meta`, which hold
//! settings of a view.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use domain::task::{Due, Priority};
use serde_json::json;
use uuid::Uuid;

use crate::draft::{Draft, Names, id_from};
use crate::table::{Row, Table};
use crate::text::{is_blank, shown};
use crate::{Options, ReadError, Reading};

const NAMES: &Names = &[
    ("title", "CONTENT"),
    ("description", "DESCRIPTION"),
    ("due_date", "DATE"),
    ("due_at", "DATE"),
    ("time_zone", "TIMEZONE"),
    ("recurrence_pattern", "DATE"),
];

/// Columns that are read, or hold nothing that a task has.
const KNOWN: &[&str] = &[
    "TYPE",
    "CONTENT",
    "DESCRIPTION",
    "PRIORITY",
    "INDENT",
    "AUTHOR",
    "DATE",
    "DUE_DATE",
    "DATE_LANG",
    "DUE_DATE_LANG",
    "TIMEZONE",
    "DEADLINE",
    "DEADLINE_LANG",
    "IS_COLLAPSED",
    "META",
];

/// Reads a project.
///
/// # Errors
/// It is not UTF-8 or has not the headings TYPE and CONTENT.
pub(crate) fn read(bytes: &[u8], options: &Options<'_>) -> Result<Reading, ReadError> {
    let table = Table::read(bytes, &["TYPE", "CONTENT"])?;
    let mut reading = Reading::default();
    let mut section = "";
    let mut ids = Ids::default();
    // The task that notes belong to, and above it the ids of those that it is indented below.
    let mut open: Option<Draft> = None;
    let mut above: Vec<Uuid> = Vec::new();
    for row in table.rows() {
        let content = row.cell("CONTENT");
        match row.cell("TYPE").trim().to_ascii_lowercase().as_str() {
            "task" => {
                let depth = row.cell("INDENT").trim().parse::<usize>().unwrap_or(1).clamp(1, above.len() + 1);
                above.truncate(depth - 1);
                let mut draft = read_task(row, section, options);
                let id = ids.next(section, row);
                draft.set("id", id.to_string());
                if let Some(parent) = above.last() {
                    draft.set("parent_id", parent.to_string());
                    draft.set("rank", rank(row.line));
                }
                above.push(id);
                if let Some(before) = open.replace(draft) {
                    reading.tasks.push(before.finish(NAMES, options.now));
                }
            }
            "note" => match &mut open {
                Some(task) => task.describe(content),
                None => reading.skip("note without a task"),
            },
            "section" => {
                section = content;
                if !row.cell("DESCRIPTION").is_empty() {
                    reading.skip("description of a section");
                }
                above.clear();
                if let Some(before) = open.take() {
                    reading.tasks.push(before.finish(NAMES, options.now));
                }
            }
            // Settings of a view.
            "meta" => {}
            _ if is_blank(content) => {}
            other => reading.skip(&format!("row of type {:?}", shown(other, 40))),
        }
    }
    reading.tasks.extend(open.map(|last| last.finish(NAMES, options.now)));
    Ok(reading)
}

/// The id of each row, the same whenever the file is read.
#[derive(Default)]
struct Ids {
    /// How often a row that says the same came so far: they are different tasks.
    seen: HashMap<String, u32>,
}

impl Ids {
    fn next(&mut self, section: &str, row: Row<'_>) -> Uuid {
        let content = json!([section, row.cells().collect::<Vec<_>>()]).to_string();
        let times = self.seen.entry(content.clone()).or_default();
        *times += 1;
        id_from("todoist", &format!("{times}/{content}"))
    }
}

/// A rank by which rows stand in the order of their lines, as fractional indexing writes whole numbers: a letter that says how many digits
/// follow.
fn rank(line: usize) -> String {
    if line < 100_000 { format!("e{line:05}") } else { format!("h{line:08}") }
}

fn read_task(row: Row<'_>, section: &str, options: &Options<'_>) -> Draft {
    let mut draft = Draft::new(format!("task at line {}", row.line));
    draft.tag("section", section);
    read_content(row.cell("CONTENT"), &mut draft);
    draft.describe(row.cell("DESCRIPTION"));
    let priority = match row.cell("PRIORITY").trim() {
        "1" => Priority::Urgent,
        "2" => Priority::High,
        "3" => Priority::Medium,
        "" | "4" => Priority::None,
        other => {
            draft.lose("PRIORITY", other, "is no number from 1 to 4");
            Priority::None
        }
    };
    draft.set("priority", priority.as_str());
    read_dates(row, &mut draft, options);
    for (heading, cell) in row.cells().filter(|(heading, _)| !KNOWN.contains(heading)) {
        draft.lose(heading, cell, "a task has no such field");
    }
    draft
}

/// The title, without the labels in it.
fn read_content(content: &str, draft: &mut Draft) {
    let is_label = |word: &str| word.len() > 1 && word.starts_with('@');
    let (labels, words): (Vec<&str>, Vec<&str>) = content.split(' ').partition(|word| is_label(word));
    let title = words.join(" ");
    if labels.is_empty() || is_blank(&title) {
        draft.set_title(content);
    } else {
        draft.set_title(title.trim());
    }
    for label in labels {
        draft.tag("CONTENT", &label[1..]);
    }
}

fn read_dates(row: Row<'_>, draft: &mut Draft, options: &Options<'_>) {
    let zone = read_zone(row.cell("TIMEZONE").trim(), draft, options.zone);
    // Older exports call it so.
    let date = if row.cell("DATE").is_empty() { row.cell("DUE_DATE") } else { row.cell("DATE") };
    read_date("DATE", date.trim(), zone, draft, options);
    let deadline = row.cell("DEADLINE").trim();
    if draft.has("due_date") || draft.has("due_at") {
        if !deadline.is_empty() {
            draft.lose("DEADLINE", deadline, "a task has one due date, and that is DATE");
        }
    } else {
        read_date("DEADLINE", deadline, zone, draft, options);
    }
}

fn read_zone(name: &str, draft: &mut Draft, default: Tz) -> Tz {
    if name.is_empty() {
        return default;
    }
    name.parse().unwrap_or_else(|_| {
        draft.lose("TIMEZONE", name, format!("is no IANA time zone; times are taken to be in {default}"));
        default
    })
}

fn read_date(field: &str, text: &str, zone: Tz, draft: &mut Draft, options: &Options<'_>) {
    if text.is_empty() {
        return;
    }
    if let Some(due) = iso_date(text, zone) {
        return draft.set_due(due);
    }
    let Some(fields) = (options.read_date)(text, zone) else {
        return draft.lose(field, text, "is not understood; give the task a due date by hand");
    };
    for name in ["due_date", "due_at", "time_zone", "recurrence_pattern"] {
        if let Some(value) = fields.get(name) {
            draft.set(name, value.clone());
        }
    }
}

/// `2026-12-01`, or with a time, which may have an offset.
fn iso_date(text: &str, zone: Tz) -> Option<Due> {
    if let Ok(due_date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Due::Date { due_date });
    }
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(Due::At { due_at: instant.with_timezone(&zone).naive_local(), time_zone: zone });
    }
    let formats = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    let due_at = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    Some(Due::At { due_at, time_zone: zone })
}

#[cfg(test)]
mod tests;
