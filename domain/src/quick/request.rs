//! The body of a request that brings a line of text, and the fields of a task that come of it.

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::{Quick, QuickReminder};
use crate::limits::QUICK_TEXT_MAX_CHARS;
use crate::read::{self, Reader};
use crate::task::Due;
use crate::{Violations, time};

/// A line of text and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickRequest {
    /// The line.
    pub text: String,
    /// The zone in which its days and times are meant.
    pub time_zone: Tz,
}

impl QuickRequest {
    /// Reads `text`, and `time_zone`, which is UTC where it is left out.
    ///
    /// # Errors
    /// Every field that is unknown or not valid, and a missing text.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(object);
        let text = reader.take_not_null("text", |value| read::line(value, QUICK_TEXT_MAX_CHARS));
        let time_zone = reader.take("time_zone", time::zone).null_is_none().unwrap_or(Tz::UTC);
        if reader.lacks("text") {
            reader.violation("text", "is needed, such as \"pay rent every month on the 1st 9am #home !high\"");
        }
        reader.finish("a quick task", &[])?;
        Ok(Self { text: text.unwrap_or_default(), time_zone })
    }
}

impl Quick {
    /// The body of a create of this task.
    #[must_use]
    pub fn task(&self) -> Map<String, Value> {
        let mut task = self.dates();
        task.insert("title".to_owned(), self.title.as_str().into());
        task.insert("tags".to_owned(), json!(self.tags));
        if let Some(priority) = self.priority {
            task.insert("priority".to_owned(), json!(priority));
        }
        task
    }

    /// Of that, when it is due and how it repeats.
    #[must_use]
    pub fn dates(&self) -> Map<String, Value> {
        let mut dates = Map::new();
        match self.due {
            None => {}
            Some(Due::Date { due_date }) => {
                dates.insert("due_date".to_owned(), json!(due_date));
            }
            Some(Due::At { due_at, time_zone }) => {
                dates.insert("due_at".to_owned(), json!(due_at));
                dates.insert("time_zone".to_owned(), time_zone.name().into());
            }
        }
        if let Some(rrule) = &self.rrule {
            let mut pattern = json!({"rrule": rrule, "from": self.from});
            if let Some(zone) = self.zone_of_days {
                pattern["time_zone"] = zone.name().into();
            }
            dates.insert("recurrence_pattern".to_owned(), pattern);
        }
        dates
    }
}

impl QuickReminder {
    /// The body of a create of this reminder.
    #[must_use]
    pub fn body(&self) -> Map<String, Value> {
        let fields = match self {
            Self::BeforeDue(before_due) => [("before_due", json!(before_due.as_str()))].into_iter().collect(),
            Self::At(remind_at, time_zone) => {
                vec![("remind_at", json!(remind_at)), ("time_zone", json!(time_zone.name()))]
            }
        };
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::reminder::NewReminder;
    use crate::task::NewTask;

    #[test]
    fn given_a_line_when_read_then_the_fields_of_a_create() {
        let now = "2026-11-25T10:00:00".parse().unwrap();
        let quick = parse("pay rent every month on the 1st 9am #home !high remind me 30 min before", now, Tz::UTC);
        let task = quick.task();
        NewTask::from_json(&task).unwrap();
        assert_eq!(
            Value::Object(task),
            json!({
                "title": "pay rent", "tags": ["home"], "priority": "high",
                "due_at": "2026-12-01T09:00:00", "time_zone": "UTC",
                "recurrence_pattern": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=1", "from": "due"},
            })
        );
        let reminders: Vec<_> = quick.reminders.iter().map(QuickReminder::body).collect();
        assert_eq!(reminders, [json!({"before_due": "PT30M"}).as_object().unwrap().clone()]);
        NewReminder::from_json(&reminders[0]).unwrap();
    }

    #[test]
    fn given_a_line_that_repeats_on_whole_days_when_read_then_these_are_the_days_of_whoever_wrote_it() {
        let now = "2026-11-25T10:00:00".parse().unwrap();
        let zone = |text, zone| parse(text, now, zone).dates()["recurrence_pattern"].get("time_zone").cloned();
        assert_eq!(zone("water the plants every! 3 days", Tz::Australia__Sydney), Some(json!("Australia/Sydney")));
        assert_eq!(zone("water the plants every! 3 days at 9", Tz::Australia__Sydney), None, "it has a time");
        assert_eq!(zone("water the plants every! 3 days", Tz::UTC), None);
    }

    #[test]
    fn given_bad_bodies_when_read_then_each_names_its_field() {
        for (body, field) in [
            (json!({}), "text"),
            (json!({"text": ""}), "text"),
            (json!({"text": "x".repeat(QUICK_TEXT_MAX_CHARS + 1)}), "text"),
            (json!({"text": "x", "time_zone": "Mars"}), "time_zone"),
            (json!({"text": "x", "title": "y"}), "title"),
        ] {
            let Violations(violations) = QuickRequest::from_json(body.as_object().unwrap()).unwrap_err();
            let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
            assert_eq!(fields, [field], "{body}");
        }
    }
}
