//! What a mail says.

use serde_json::Value;

use super::html::escaped;

/// A task that its owner is reminded of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its title.
    pub title: String,
    /// Its description, of any number of lines; empty where it has none.
    pub description: String,
    /// When it is due, in words for its owner: `2026-12-01 09:00 (Europe/Berlin)`.
    pub due: Option<String>,
    /// How many other reminders, late like this one, it tells of.
    pub others: usize,
}

impl Notice {
    /// Of a task as the API shows it.
    #[must_use]
    pub fn of_task(task: &Value) -> Self {
        let text = |field: &str| task.get(field).and_then(Value::as_str);
        let due = match (text("due_date"), text("due_at"), text("time_zone")) {
            (Some(date), ..) => Some(date.to_owned()),
            (None, Some(time), zone) => {
                let time = time.replacen('T', " ", 1);
                let time = time.strip_suffix(":00").unwrap_or(&time);
                Some(zone.map_or_else(|| time.to_owned(), |zone| format!("{time} ({zone})")))
            }
            (None, None, _) => None,
        };
        Self {
            title: text("title").unwrap_or_default().to_owned(),
            description: text("description").unwrap_or_default().to_owned(),
            due,
            others: 0,
        }
    }

    /// It tells of so many others as well.
    #[must_use]
    pub fn along_with(self, others: usize) -> Self {
        Self { others, ..self }
    }

    /// The line about the others, where there are any.
    fn about_others(&self) -> Option<String> {
        match self.others {
            0 => None,
            1 => Some("At the same time one other reminder was late.".to_owned()),
            many => Some(format!("At the same time {many} other reminders were late.")),
        }
    }

    /// The subject: one line, whatever the title holds.
    #[must_use]
    pub fn subject(&self) -> String {
        let line = |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
        format!("Reminder: {}", self.title.chars().map(line).collect::<String>())
    }

    pub(super) fn plain(&self) -> String {
        let mut text = format!("{}\n", self.title);
        if let Some(due) = &self.due {
            text.push_str(&format!("\nDue: {due}\n"));
        }
        if !self.description.is_empty() {
            text.push_str(&format!("\n{}\n", self.description));
        }
        if let Some(others) = self.about_others() {
            text.push_str(&format!("\n{others}\n"));
        }
        text
    }

    /// All of it as a page of HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let mut body = format!("<h1 style=\"font-size:1.25em\">{}</h1>\n", escaped(&self.title));
        if let Some(due) = &self.due {
            body.push_str(&format!("<p>Due: {}</p>\n", escaped(due)));
        }
        if !self.description.is_empty() {
            body.push_str(&format!("<p style=\"white-space:pre-wrap\">{}</p>\n", escaped(&self.description)));
        }
        if let Some(others) = self.about_others() {
            body.push_str(&format!("<p>{others}</p>\n"));
        }
        format!("<!doctype html>\n<html><head><meta charset=\"utf-8\"></head><body>\n{body}</body></html>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_task_when_put_into_words_then_title_due_and_description() {
        let notice = Notice::of_task(&json!({
            "title": "Pay <rent> & more", "description": "line 1\nline 2",
            "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin",
        }));
        assert_eq!(notice.subject(), "Reminder: Pay <rent> & more");
        assert_eq!(notice.plain(), "Pay <rent> & more\n\nDue: 2026-12-01 09:00 (Europe/Berlin)\n\nline 1\nline 2\n");
        let html = notice.html();
        assert!(html.contains(">Pay &lt;rent&gt; &amp; more</h1>"), "{html}");
        assert!(html.contains("<p>Due: 2026-12-01 09:00 (Europe/Berlin)</p>"), "{html}");
        assert!(html.contains(">line 1\nline 2</p>"), "{html}");
    }

    #[test]
    fn given_a_task_with_less_when_put_into_words_then_only_that() {
        assert_eq!(
            Notice::of_task(&json!({"title": "a", "description": "", "due_date": "2026-12-01"})).plain(),
            "a\n\nDue: 2026-12-01\n"
        );
        assert_eq!(Notice::of_task(&json!({"title": "a", "due_date": null})).plain(), "a\n");
    }

    #[test]
    fn given_others_that_were_late_too_when_put_into_words_then_their_number() {
        let notice = |others| Notice::of_task(&json!({"title": "a"})).along_with(others);
        assert_eq!(notice(36).plain(), "a\n\nAt the same time 36 other reminders were late.\n");
        assert_eq!(notice(1).plain(), "a\n\nAt the same time one other reminder was late.\n");
        assert!(notice(36).html().contains("<p>At the same time 36 other reminders were late.</p>"));
    }

    #[test]
    fn given_line_breaks_in_a_title_when_made_a_subject_then_one_line() {
        let notice =
            Notice { title: "a\r\nBcc: x@y\u{2028}z\0".to_owned(), description: String::new(), due: None, others: 0 };
        assert_eq!(notice.subject(), "Reminder: a  Bcc: x@y z ");
    }
}
