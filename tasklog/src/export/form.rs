//! What tasks are written as.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use domain::reminder::ReminderView;
use domain::task::TaskView;
use formats::{ical, sheet};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What tasks are written as, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// JSON Lines: a task a line, as the API shows it
    Jsonl,
    /// iCalendar: a VTODO for each task, with its reminders
    #[value(alias = "ical")]
    Icalendar,
    /// A table for spreadsheets: a row for each task
    Csv,
}

impl Format {
    /// As the name of the file ends; JSON Lines where that says nothing.
    pub(super) fn of(file: Option<&Path>) -> Self {
        let name = file.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        // The same rule as for an import; nothing is written yet.
        match formats::Format::of(&name, &[]) {
            Some(formats::Format::ICalendar) => Self::Icalendar,
            Some(formats::Format::Csv) => Self::Csv,
            _ => Self::Jsonl,
        }
    }
}

/// Tasks being written: [`Self::begin`], [`Self::add`] for each, [`Self::end`].
pub(super) enum Form {
    Jsonl,
    Icalendar { calendar: ical::ExportWriter, reminders: HashMap<Uuid, Vec<ReminderView>> },
    Csv,
}

impl Form {
    /// A calendar with these reminders, by their task.
    pub(super) fn icalendar(reminders: HashMap<Uuid, Vec<ReminderView>>) -> Self {
        Self::Icalendar { calendar: ical::ExportWriter::new(), reminders }
    }

    pub(super) fn begin(&self, out: &mut String) {
        match self {
            Self::Jsonl => {}
            Self::Icalendar { calendar, .. } => calendar.begin(out),
            Self::Csv => sheet::begin(out),
        }
    }

    /// Adds a task, which is in the API's JSON.
    ///
    /// # Errors
    /// When it is none, and has to be read.
    pub(super) fn add(&mut self, task: &RawValue, out: &mut String) -> anyhow::Result<()> {
        match self {
            Self::Jsonl => out.extend([task.get(), "\n"]),
            Self::Icalendar { calendar, reminders } => {
                let task = view(task)?;
                calendar.add(&task, reminders.get(&task.id).map(Vec::as_slice).unwrap_or_default(), out);
            }
            Self::Csv => sheet::add(&view(task)?, out),
        }
        Ok(())
    }

    pub(super) fn end(&self, out: &mut String) {
        if let Self::Icalendar { calendar, .. } = self {
            calendar.end(out);
        }
    }
}

fn view(task: &RawValue) -> anyhow::Result<TaskView> {
    serde_json::from_str(task.get()).context("the server shows a task that cannot be read")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_the_name_of_a_file_when_asked_for_the_format_then_its_ending_tells() {
        let of = |name: &str| Format::of(Some(Path::new(name)));
        assert_eq!(
            (of("a/tasks.ICS"), of("tasks.csv"), of("a.csv/tasks")),
            (Format::Icalendar, Format::Csv, Format::Jsonl)
        );
        assert_eq!((of("tasks.jsonl"), Format::of(None)), (Format::Jsonl, Format::Jsonl));
    }

    #[test]
    fn given_a_task_with_a_reminder_when_written_then_as_asked_for() {
        let (id, at) = (Uuid::from_u128(1), "2026-11-01T08:00:00Z");
        let task = json!({
            "id": id, "title": "Pay the rent", "description": "", "status": "pending", "priority": "none", "tags": [],
            "due_date": "2090-12-01", "due_at": null, "time_zone": null, "due_utc": null, "recurrence_pattern": null,
            "series_id": null, "created_at": at, "updated_at": at, "completed_at": null, "version": 1,
        });
        let reminder = json!({
            "id": Uuid::from_u128(2), "task_id": id, "remind_at": null, "time_zone": null, "before_due": "PT30M",
            "remind_utc": "2090-11-30T23:30:00Z", "snoozed_until": null, "status": "scheduled", "created_at": at,
            "updated_at": at, "version": 1,
        });
        let raw = RawValue::from_string(task.to_string()).unwrap();
        let reminders = HashMap::from([(id, vec![serde_json::from_value(reminder).unwrap()])]);
        let written = |mut form: Form| {
            let mut out = String::new();
            form.begin(&mut out);
            form.add(&raw, &mut out).unwrap();
            form.end(&mut out);
            out
        };
        assert_eq!(written(Form::Jsonl), format!("{task}\n"));
        let calendar = written(Form::icalendar(reminders));
        for part in ["BEGIN:VCALENDAR", "SUMMARY:Pay the rent", "BEGIN:VALARM", "END:VCALENDAR"] {
            assert!(calendar.contains(part), "{part} in {calendar}");
        }
        let table = written(Form::Csv);
        assert!(table.starts_with("id,title,") && table.lines().count() == 2, "{table}");
    }
}
