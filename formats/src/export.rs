//! What tasks are written as, whoever exports them.

use std::fmt;
use std::str::FromStr;

use domain::reminder::ReminderView;
use domain::task::TaskView;
use uuid::Uuid;

use crate::{Format, ical, sheet};

/// What tasks are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// JSON Lines: a task a line, as the API shows it.
    JsonLines,
    /// iCalendar: a VTODO for each task, with its reminders.
    ICalendar,
    /// A table for spreadsheets: a row for each task.
    Csv,
}

impl ExportFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::JsonLines, Self::ICalendar, Self::Csv];

    /// Its word on a command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::ICalendar => "icalendar",
            Self::Csv => "csv",
        }
    }

    /// What the name of such a file ends with.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::ICalendar => "ics",
            Self::Csv => "csv",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson",
            Self::ICalendar => "text/calendar; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// As the name of a file ends; JSON Lines where that says nothing.
    #[must_use]
    pub fn of(name: &str) -> Self {
        // The same rule as for an import; nothing is written yet.
        match Format::of(name, &[]) {
            Some(Format::ICalendar) => Self::ICalendar,
            Some(Format::Csv) => Self::Csv,
            _ => Self::JsonLines,
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ExportFormat {
    /// What would be right.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_called = |format: &Self| format.as_str() == text || format.ending() == text;
        match Self::ALL.into_iter().find(is_called) {
            Some(format) => Ok(format),
            None if text == "ical" => Ok(Self::ICalendar),
            None => Err("must be one of jsonl, csv or ics".to_owned()),
        }
    }
}

/// Tasks being written: [`Self::begin`], [`Self::add`] for each, [`Self::end`]. Does not grow with the number of tasks.
#[derive(Debug)]
pub struct ExportFile(Form);

#[derive(Debug)]
enum Form {
    JsonLines,
    ICalendar(ical::ExportWriter),
    Csv,
}

impl ExportFile {
    /// A file that nothing is written of yet.
    #[must_use]
    pub fn new(format: ExportFormat) -> Self {
        Self(match format {
            ExportFormat::JsonLines => Form::JsonLines,
            ExportFormat::ICalendar => Form::ICalendar(ical::ExportWriter::new()),
            ExportFormat::Csv => Form::Csv,
        })
    }

    /// Begins it.
    pub fn begin(&self, out: &mut String) {
        match &self.0 {
            Form::JsonLines => {}
            Form::ICalendar(calendar) => calendar.begin(out),
            Form::Csv => sheet::begin(out),
        }
    }

    /// Adds a task, which is in the API's JSON. `reminders` are asked for those of it that are still to ring; only a calendar does.
    ///
    /// # Errors
    /// When it is none, and has to be read.
    pub fn add<'r>(
        &mut self,
        task: &str,
        reminders: impl FnOnce(Uuid) -> &'r [ReminderView],
        out: &mut String,
    ) -> Result<(), serde_json::Error> {
        match &mut self.0 {
            // As it is: nothing of a task is lost on the way through.
            Form::JsonLines => out.extend([task, "\n"]),
            Form::ICalendar(calendar) => {
                let task: TaskView = serde_json::from_str(task)?;
                calendar.add(&task, reminders(task.id), out);
            }
            Form::Csv => sheet::add(&serde_json::from_str(task)?, out),
        }
        Ok(())
    }

    /// Ends it.
    pub fn end(&self, out: &mut String) {
        if let Form::ICalendar(calendar) = &self.0 {
            calendar.end(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_the_name_of_a_file_when_asked_for_the_format_then_its_ending_tells() {
        let of = |name: &str| ExportFormat::of(name);
        assert_eq!(
            (of("TASKS.ICS"), of("tasks.csv"), of("csv")),
            (ExportFormat::ICalendar, ExportFormat::Csv, ExportFormat::JsonLines)
        );
        assert_eq!((of("tasks.jsonl"), of("")), (ExportFormat::JsonLines, ExportFormat::JsonLines));
    }

    #[test]
    fn given_a_word_when_parsed_then_its_format_or_what_would_be_right() {
        for format in ExportFormat::ALL {
            assert_eq!((format.to_string().parse(), format.ending().parse()), (Ok(format), Ok(format)));
        }
        assert_eq!("ical".parse(), Ok(ExportFormat::ICalendar));
        assert!("xml".parse::<ExportFormat>().unwrap_err().contains("ics"));
    }

    #[test]
    fn given_a_task_with_a_reminder_when_written_then_as_asked_for() {
        let (id, at) = (Uuid::from_u128(1), "2026-11-01T08:00:00Z");
        let task = json!({
            "id": id, "title": "Pay the rent", "description": "", "status": "pending", "priority": "none", "tags": [],
            "due_date": "2090-12-01", "due_at": null, "time_zone": null, "due_utc": null, "recurrence_pattern": null,
            "series_id": null, "created_at": at, "updated_at": at, "completed_at": null, "version": 1,
        })
        .to_string();
        let reminder = json!({
            "id": Uuid::from_u128(2), "task_id": id, "remind_at": null, "time_zone": null, "before_due": "PT30M",
            "remind_utc": "2090-11-30T23:30:00Z", "snoozed_until": null, "status": "scheduled", "created_at": at,
            "updated_at": at, "version": 1,
        });
        let reminders: [ReminderView; 1] = [serde_json::from_value(reminder).unwrap()];
        let written = |format| {
            let (mut file, mut out) = (ExportFile::new(format), String::new());
            file.begin(&mut out);
            file.add(&task, |asked| if asked == id { reminders.as_slice() } else { &[] }, &mut out).unwrap();
            file.end(&mut out);
            out
        };
        assert_eq!(written(ExportFormat::JsonLines), format!("{task}\n"));
        let calendar = written(ExportFormat::ICalendar);
        for part in ["BEGIN:VCALENDAR", "SUMMARY:Pay the rent", "BEGIN:VALARM", "END:VCALENDAR"] {
            assert!(calendar.contains(part), "{part} in {calendar}");
        }
        let table = written(ExportFormat::Csv);
        assert!(table.starts_with("id,title,") && table.lines().count() == 2, "{table}");
    }
}
