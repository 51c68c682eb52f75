//! What was read from a file, what was not, and why.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::text::shown;

/// Characters of a file's own words that a report shows.
const SHOWN_MAX_CHARS: usize = 300;

/// Fields of a task from a date in words.
pub type ReadDate<'a> = &'a dyn Fn(&str, Tz) -> Option<Map<String, Value>>;

/// What a reader has to be told, as no file says it.
pub struct Options<'a> {
    /// The zone of times that name none: those that float, and Taskwarrior's, which are shown in it.
    pub zone: Tz,
    /// What time it is: a reminder that should have rung before is not carried.
    pub now: DateTime<Utc>,
    /// Reads a date as people write it in a zone (`every day at 9am`), into `due_date`, `due_at`, `time_zone` and
    /// `recurrence_pattern` of a task; `None` where it is not understood. Dates as ISO 8601 writes them never come here.
    pub read_date: ReadDate<'a>,
}

/// One task of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its place in the file, for people: `VTODO at line 12 (UID 7f3a)`.
    pub source: String,
    /// A line of `POST /tasks/import`. Its `id` follows from the file's own one, where there is one: importing the file again makes
    /// nothing twice.
    pub line: Map<String, Value>,
    /// Bodies of `POST /tasks/{id}/reminders`, all of them still to ring.
    pub reminders: Vec<Map<String, Value>>,
    /// What of it could not be carried.
    pub lost: Vec<Lost>,
}

/// Something of a task that could not be carried, or not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Its name in the file.
    pub field: String,
    /// What stood there, shortened.
    pub value: String,
    /// Why, and what became of it.
    pub why: String,
}

impl fmt::Display for Lost {
    /// `PRIORITY "high": is no number from 0 to 9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, value, why } = self;
        if value.is_empty() { write!(f, "{field}: {why}") } else { write!(f, "{field} {value:?}: {why}") }
    }
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Its tasks, in its order.
    pub tasks: Vec<Imported>,
    /// How many of what else was left out: `VEVENT`, `deleted task`.
    pub skipped: BTreeMap<String, usize>,
}

impl Reading {
    pub(crate) fn skip(&mut self, what: &str) {
        *self.skipped.entry(shown(what, SHOWN_MAX_CHARS)).or_default() += 1;
    }

    /// The first task of an id stays.
    pub(crate) fn skip_repeated_ids(&mut self) {
        let mut seen = HashSet::new();
        let is_new = |task: &Imported| task.line.get("id").is_none_or(|id| seen.insert(id.to_string()));
        let (first, repeated): (Vec<_>, Vec<_>) = std::mem::take(&mut self.tasks).into_iter().partition(is_new);
        self.tasks = first;
        for _ in repeated {
            self.skip("task whose id came before in the file");
        }
    }

    /// How many tasks lost what, and why: the short form of the report.
    #[must_use]
    pub fn lost(&self) -> BTreeMap<(&str, &str), usize> {
        let mut counts = BTreeMap::new();
        for Lost { field, why, .. } in self.tasks.iter().flat_map(|task| &task.lost) {
            *counts.entry((field.as_str(), why.as_str())).or_default() += 1;
        }
        counts
    }
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {detail}")]
pub struct ReadError {
    /// From 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl ReadError {
    pub(crate) fn new(line: usize, detail: impl Into<String>) -> Self {
        Self { line, detail: shown(&detail.into(), SHOWN_MAX_CHARS) }
    }
}
