//! A task while it is read: what its reader finds is put into it, and in the end it is made to fit what a task here may be.

mod fit;

use chrono::{DateTime, Utc};
use domain::limits::{TAG_MAX_CHARS, TAGS_MAX};
use domain::task::Due;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::Lost;
use crate::text::{is_blank, one_line, shown};

/// Characters of a value that a report shows.
const VALUE_MAX_CHARS: usize = 200;
/// Characters of a field's name that a report shows.
const FIELD_MAX_CHARS: usize = 60;

/// Our name of a field, and the file's.
pub(crate) type Names = [(&'static str, &'static str)];

/// A task that is being read.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    source: String,
    fields: Map<String, Value>,
    title: String,
    description: String,
    tags: Vec<String>,
    due: Option<Due>,
    /// As the file has it, and as the body of a create.
    reminders: Vec<(String, Map<String, Value>)>,
    lost: Vec<Lost>,
}

impl Draft {
    pub(crate) fn new(source: String) -> Self {
        Self { source, ..Self::default() }
    }

    /// Notes what is not carried.
    pub(crate) fn lose(&mut self, field: &str, value: &str, why: impl Into<String>) {
        self.lost.push(lost(field, value, why.into()));
    }

    /// Sets a field that fits or is taken out again in [`Self::finish`].
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(crate) fn set_title(&mut self, text: &str) {
        text.clone_into(&mut self.title);
    }

    /// Adds a paragraph to the description.
    pub(crate) fn describe(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.description.is_empty() {
            self.description.push_str("\n\n");
        }
        self.description.push_str(text);
    }

    /// Adds a tag, which may be there already.
    pub(crate) fn tag(&mut self, field: &str, text: &str) {
        let tag = one_line(text).trim().to_owned();
        if is_blank(&tag) || self.tags.contains(&tag) {
            return;
        }
        if tag.chars().count() > TAG_MAX_CHARS {
            self.lose(field, &tag, format!("a tag has at most {TAG_MAX_CHARS} characters"));
        } else if self.tags.len() == TAGS_MAX {
            self.lose(field, &tag, format!("a task has at most {TAGS_MAX} tags"));
        } else {
            self.tags.push(tag);
        }
    }

    pub(crate) fn set_due(&mut self, due: Due) {
        self.due = Some(due);
        match due {
            Due::Date { due_date } => self.set("due_date", due_date.to_string()),
            Due::At { due_at, time_zone } => {
                self.set("due_at", due_at.format("%Y-%m-%dT%H:%M:%S").to_string());
                self.set("time_zone", time_zone.name());
            }
        }
    }

    pub(crate) const fn due(&self) -> Option<Due> {
        self.due
    }

    pub(crate) fn set_instant(&mut self, name: &str, at: DateTime<Utc>) {
        self.set(name, at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
    }

    /// Sets one field of the recurrence.
    pub(crate) fn set_recurrence(&mut self, name: &str, value: impl Into<Value>) {
        let pattern = self.fields.entry("recurrence_pattern").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(pattern) = pattern {
            pattern.insert(name.to_owned(), value.into());
        }
    }

    /// Adds a reminder; `written` is what the file has.
    pub(crate) fn remind(&mut self, written: &str, body: Map<String, Value>) {
        self.reminders.push((written.to_owned(), body));
    }
}

/// An id of ours that follows from one of another program.
pub(crate) fn id_from(program: &str, id: &str) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://tasklog.dev/import");
    Uuid::new_v5(&namespace, format!("{program}/{id}").as_bytes())
}

fn lost(field: &str, value: &str, why: String) -> Lost {
    Lost { field: shown(field, FIELD_MAX_CHARS), value: shown(value, VALUE_MAX_CHARS), why }
}
