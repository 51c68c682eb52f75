//! Makes a task fit what a task here may be. What does not is lost, and told.

use chrono::{DateTime, Utc};
use domain::limits::{DESCRIPTION_MAX_BYTES, TITLE_MAX_CHARS};
use domain::reminder::NewReminder;
use domain::task::{NewTask, Status};
use serde_json::{Map, Value};

use super::{Draft, Names, lost};
use crate::Imported;
use crate::text::{is_blank, one_line, shortened};

/// What a task without a title is called.
const UNTITLED: &str = "Untitled";

impl Draft {
    /// The task as an import takes it. What does not fit is lost, under the name that `names` has for it.
    pub(crate) fn finish(mut self, names: &Names, now: DateTime<Utc>) -> Imported {
        self.fit_title(name_in(names, "title"));
        self.fit_description(name_in(names, "description"));
        if !self.description.is_empty() {
            let description = std::mem::take(&mut self.description);
            self.set("description", description);
        }
        if !self.tags.is_empty() {
            let tags = std::mem::take(&mut self.tags);
            self.set("tags", tags);
        }
        self.fit_created_at();
        self.take_out_what_is_refused(names);
        let reminders = self.fit_reminders(name_in(names, "reminders"), now);
        Imported { source: self.source, line: self.fields, reminders, lost: self.lost }
    }

    fn fit_title(&mut self, field: &str) {
        let written = std::mem::take(&mut self.title);
        let mut title = one_line(&written);
        if is_blank(&title) {
            title = UNTITLED.to_owned();
            self.lose(field, &written, format!("a task needs a title; it is called {UNTITLED:?}"));
        } else if title.chars().count() > TITLE_MAX_CHARS {
            title = shortened(&title, TITLE_MAX_CHARS);
            let rest = std::mem::replace(&mut self.description, written.clone());
            self.describe(&rest);
            let why = format!("a title has at most {TITLE_MAX_CHARS} characters; all of it is in the description");
            self.lose(field, &written, why);
        }
        self.set("title", title);
    }

    fn fit_description(&mut self, field: &str) {
        self.description.retain(|c| c != '\0');
        if self.description.len() > DESCRIPTION_MAX_BYTES {
            let rest = self.description.split_off(self.description.floor_char_boundary(DESCRIPTION_MAX_BYTES));
            self.lose(
                field,
                &rest,
                format!("a description has at most {DESCRIPTION_MAX_BYTES} bytes; its end is cut off"),
            );
        }
    }

    /// A task was there when it was changed or completed, whatever the clocks of two devices said.
    fn fit_created_at(&mut self) {
        let instant = |name| DateTime::parse_from_rfc3339(self.fields.get(name)?.as_str()?).ok();
        let first = [instant("updated_at"), instant("completed_at")].into_iter().flatten().min();
        if let (Some(created_at), Some(first)) = (instant("created_at"), first)
            && first < created_at
        {
            self.set_instant("created_at", first.to_utc());
        }
    }

    /// Asks the import itself, and takes out what it names until it has no complaint.
    fn take_out_what_is_refused(&mut self, names: &Names) {
        while let Err(violations) = NewTask::import_from_json(&self.fields) {
            let Some(violation) = violations.0.into_iter().next() else { return };
            let (field, index) = field_and_index(&violation.field);
            let removed = match (self.fields.get_mut(field), index) {
                (Some(Value::Array(items)), Some(index)) if index < items.len() => Some(items.remove(index)),
                _ => self.fields.remove(field),
            };
            // What is missing beside a time is named after what is missing.
            let Some(removed) = removed.or_else(|| self.fields.remove("due_at")) else { return };
            let why = format!("{} {}", violation.field, violation.detail);
            self.lost.push(lost(name_in(names, field), &plain(&removed), why));
        }
    }

    fn fit_reminders(&mut self, field: &str, now: DateTime<Utc>) -> Vec<Map<String, Value>> {
        let status = self.fields.get("status").and_then(Value::as_str).and_then(|word| word.parse().ok());
        let done = self.has("completed_at") || matches!(status, Some(Status::Completed | Status::Cancelled));
        let due = self.due.filter(|_| self.has("due_date") || self.has("due_at"));
        let mut kept = Vec::new();
        for (written, body) in std::mem::take(&mut self.reminders) {
            let rings = NewReminder::from_json(&body).map_err(|violations| violations.to_string()).and_then(|new| {
                let utc = new.time.utc(due).map_err(|violation| violation.detail)?;
                let last = new.repeat.as_ref().map_or(utc, |repeat| repeat.last(utc));
                if last < now { Err("its time has passed".to_owned()) } else { Ok(()) }
            });
            match rings {
                Ok(()) if done => self.lose(field, &written, "the task is done"),
                Ok(()) => kept.push(body),
                Err(why) => self.lose(field, &written, why),
            }
        }
        kept
    }
}

fn name_in<'a>(names: &'a Names, field: &'a str) -> &'a str {
    names.iter().find(|(ours, _)| *ours == field).map_or(field, |(_, theirs)| theirs)
}

/// `tags` and 3 of `tags[3]`; `recurrence_pattern` of `recurrence_pattern.rrule`.
fn field_and_index(path: &str) -> (&str, Option<usize>) {
    match path.split_once('[') {
        Some((field, rest)) => (field, rest.split(']').next().and_then(|index| index.parse().ok())),
        None => (path.split('.').next().unwrap_or(path), None),
    }
}

/// A text without its quotes; of a recurrence its rule.
fn plain(value: &Value) -> String {
    let text = value.get("rrule").unwrap_or(value);
    text.as_str().map_or_else(|| text.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{fields_lost, now};
    use domain::task::Due;
    use serde_json::json;

    const NAMES: &Names = &[("title", "SUMMARY"), ("recurrence_pattern", "RRULE")];

    fn draft(title: &str) -> Draft {
        let mut draft = Draft::new("here".to_owned());
        draft.set_title(title);
        draft
    }

    fn body(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn given_a_title_that_does_not_fit_when_finished_then_nothing_of_it_is_gone() {
        let long = "é".repeat(501);
        let mut task = draft(&long);
        task.describe("below");
        let task = task.finish(NAMES, now());
        assert_eq!(task.line["title"].as_str().unwrap().chars().count(), 500);
        assert_eq!(task.line["description"], json!(format!("{long}\n\nbelow")));
        assert_eq!(fields_lost(&task), ["SUMMARY"]);
        assert_eq!(draft("a\r\nb").finish(NAMES, now()).line["title"], "a b");
        assert_eq!(draft(" \u{200b}").finish(NAMES, now()).line["title"], "Untitled");
    }

    #[test]
    fn given_tags_of_all_kinds_when_finished_then_those_that_fit_are_kept_once() {
        let mut task = draft("x");
        for tag in ["a", " a ", "", "caf\u{e9}", "cafe\u{301}", &"x".repeat(65)] {
            task.tag("CATEGORIES", tag);
        }
        let task = task.finish(NAMES, now());
        assert_eq!(task.line["tags"], json!(["a", "caf\u{e9}"]));
        assert_eq!(fields_lost(&task), ["CATEGORIES", "tags"]);
        let mut many = draft("x");
        (0..60).for_each(|n| many.tag("CATEGORIES", &n.to_string()));
        assert_eq!(many.finish(NAMES, now()).lost.len(), 10);
    }

    #[test]
    fn given_a_rule_that_is_refused_when_finished_then_the_task_is_kept_and_the_rule_told() {
        let mut task = draft("x");
        task.set("due_date", "2026-12-01");
        task.set_recurrence("rrule", "FREQ=SECONDLY");
        let task = task.finish(NAMES, now());
        assert_eq!(Value::Object(task.line), json!({"title": "x", "due_date": "2026-12-01"}));
        assert_eq!((task.lost[0].field.as_str(), task.lost[0].value.as_str()), ("RRULE", "FREQ=SECONDLY"));
        assert!(task.lost[0].why.contains("FREQ"), "{}", task.lost[0].why);
    }

    #[test]
    fn given_a_task_changed_before_it_was_created_when_finished_then_it_was_created_then() {
        let mut task = draft("x");
        task.set("created_at", "2026-11-01T08:00:02Z");
        task.set("updated_at", "2026-11-01T08:00:01Z");
        task.set("completed_at", "2026-11-01T10:00:00+02:00");
        let task = task.finish(NAMES, now());
        assert_eq!((task.line["created_at"].as_str(), task.lost.len()), (Some("2026-11-01T08:00:00Z"), 0));
    }

    #[test]
    fn given_a_time_without_its_zone_when_finished_then_the_time_is_told() {
        let mut task = draft("x");
        task.set("due_at", "2026-12-01T09:00:00");
        let task = task.finish(NAMES, now());
        assert_eq!(Value::Object(task.line), json!({"title": "x"}));
        assert_eq!(task.lost[0].value, "2026-12-01T09:00:00");
    }

    #[test]
    fn given_reminders_when_finished_then_only_those_that_are_still_to_ring() {
        let mut task = draft("x");
        task.set_due(Due::Date { due_date: "2026-12-01".parse().unwrap() });
        let at = |wall: &str| body(json!({"remind_at": wall, "time_zone": "UTC"}));
        task.remind("-P1D", body(json!({"before_due": "P1D"})));
        task.remind("later", at("2026-11-30T08:00:00"));
        task.remind("past", at("2026-11-01T08:00:00"));
        task.remind("-P400D", body(json!({"before_due": "P400D"})));
        let task = task.finish(NAMES, now());
        assert_eq!(task.reminders, [body(json!({"before_due": "P1D"})), at("2026-11-30T08:00:00")]);
        assert_eq!(task.lost.iter().map(|lost| lost.value.as_str()).collect::<Vec<_>>(), ["past", "-P400D"]);
        let mut done = draft("x");
        done.set("status", "completed");
        done.remind("later", at("2026-11-30T08:00:00"));
        assert!(done.finish(NAMES, now()).reminders.is_empty());
    }

    #[test]
    fn given_a_reminder_whose_first_time_has_passed_when_finished_then_it_is_kept_while_it_rings_again() {
        let mut task = draft("x");
        let repeating = |times: u32| {
            // The last ring comes so many days after the first.
            let wall = (now() - chrono::TimeDelta::days(2)).format("%Y-%m-%dT%H:%M:%S").to_string();
            body(json!({"remind_at": wall, "time_zone": "UTC", "repeat": {"every": "P1D", "times": times}}))
        };
        task.remind("over", repeating(1));
        task.remind("rings", repeating(3));
        let task = task.finish(NAMES, now());
        assert_eq!(task.reminders, [repeating(3)]);
        assert_eq!(task.lost.iter().map(|lost| lost.value.as_str()).collect::<Vec<_>>(), ["over"]);
    }

    #[test]
    fn given_a_due_date_that_is_refused_when_finished_then_reminders_before_it_are_told() {
        let mut task = draft("x");
        task.set_due(Due::Date { due_date: "1601-01-01".parse().unwrap() });
        task.remind("-P1D", body(json!({"before_due": "P1D"})));
        let task = task.finish(NAMES, now());
        assert_eq!((task.reminders.len(), fields_lost(&task)), (0, vec!["due_date", "reminders"]));
    }
}
