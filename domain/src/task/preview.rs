//! What a recurrence would do, before any task has it.

use serde_json::{Map, Value};

use super::create::TOGETHER;
use super::occurrence::next_by;
use super::{Due, Generate, Missed, Occurrence, RecurFrom, Recurrence, TaskFields, TaskPatch};
use crate::Violations;
use crate::read::Reader;
use crate::recurrence::{After, Rule};

/// A recurrence and the first due date that it would have.
#[derive(Debug, Clone)]
pub struct RecurrencePreview {
    recurrence: Recurrence,
    rule: Rule,
    due: Due,
}

impl RecurrencePreview {
    /// Reads `recurrence_pattern`, and `due_date`, or `due_at` with `time_zone`, as a create of a task does.
    ///
    /// # Errors
    /// Every field that is unknown or not valid, and those that are missing.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(object);
        let fields = TaskPatch::read_dates(&mut reader).apply(&TaskFields::default());
        if object.get("recurrence_pattern").is_none_or(Value::is_null) {
            reader.violation("recurrence_pattern", "is needed, such as {\"rrule\":\"FREQ=WEEKLY;BYDAY=MO\"}");
        }
        // What is wrong only together says nothing new where one of the fields is wrong by itself.
        if let (Err(violations), false) = (&fields, reader.violates(TOGETHER)) {
            reader.merge(violations.clone());
        }
        reader.finish("a preview", &[])?;
        let TaskFields { recurrence: Some(recurrence), due: Some(due), .. } = fields? else {
            return Err(Violations::one("recurrence_pattern", "needs a due date to count from"));
        };
        let rule = Rule::parse(&recurrence.rrule);
        let rule = rule.map_err(|detail| Violations::one("recurrence_pattern.rrule", detail))?;
        Ok(Self { recurrence, rule, due })
    }

    /// The recurrence in plain English: the rule, and what of how it is followed is not as usual.
    #[must_use]
    pub fn words(&self) -> String {
        let Recurrence { from, generate, missed, .. } = self.recurrence;
        let mut words = self.rule.words();
        if from == RecurFrom::Completion {
            words.push_str("; counted from completion");
        }
        if generate == Generate::WhenDue {
            words.push_str("; the next comes when one is due, completed or not");
        }
        if missed == Missed::Keep {
            words.push_str("; missed ones are kept");
        }
        words
    }

    /// When the tasks after the first would be due, at most so many of them, if each is completed on the day that it is due, at its time.
    #[must_use]
    pub fn next(&self, most: usize) -> Vec<Due> {
        let following = |place: &Occurrence| next_by(&self.rule, *place, After::Wall(place.due.wall()));
        let first = Occurrence { due: self.due, number: 1 };
        std::iter::successors(Some(first), following).skip(1).take(most).map(|place| place.due).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{Brought, NewTask, TaskCommand};
    use super::*;
    use serde_json::json;

    fn read(body: &Value) -> Result<RecurrencePreview, Violations> {
        RecurrencePreview::from_json(body.as_object().unwrap())
    }

    fn days(pattern: &Value, due_date: &str, most: usize) -> Vec<String> {
        let preview = read(&json!({"recurrence_pattern": pattern, "due_date": due_date})).unwrap();
        preview.next(most).iter().map(|due| due.day().to_string()).collect()
    }

    #[test]
    fn given_a_recurrence_when_looked_ahead_then_the_due_dates_after_the_first_in_its_form() {
        let last_day = json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1"});
        assert_eq!(days(&last_day, "2026-12-31", 3), ["2027-01-31", "2027-02-28", "2027-03-31"]);
        let at = json!({
            "recurrence_pattern": {"rrule": "FREQ=DAILY"}, "due_at": "2027-03-27T02:30:00", "time_zone": "Europe/Berlin",
        });
        let next = read(&at).unwrap().next(2);
        assert_eq!(
            serde_json::to_value(next).unwrap(),
            json!([
                {"due_at": "2027-03-28T02:30:00", "time_zone": "Europe/Berlin"},
                {"due_at": "2027-03-29T02:30:00", "time_zone": "Europe/Berlin"},
            ])
        );
    }

    #[test]
    fn given_a_recurrence_that_ends_when_looked_ahead_then_no_further() {
        assert_eq!(days(&json!({"rrule": "FREQ=DAILY;COUNT=3"}), "2026-12-01", 5), ["2026-12-02", "2026-12-03"]);
        assert_eq!(days(&json!({"rrule": "FREQ=DAILY;UNTIL=20261202"}), "2026-12-01", 5), ["2026-12-02"]);
        assert!(days(&json!({"rrule": "FREQ=DAILY;COUNT=1"}), "2026-12-01", 5).is_empty());
    }

    #[test]
    fn given_a_series_whose_tasks_are_completed_as_they_fall_due_then_it_goes_as_was_looked_ahead() {
        for rule in ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=4", "FREQ=DAILY;INTERVAL=3"] {
            for from in ["due", "completion"] {
                for due in [
                    json!({"due_date": "2026-12-03"}),
                    json!({"due_at": "2026-12-03T09:00:00", "time_zone": "America/New_York"}),
                ] {
                    let mut body = due;
                    body["recurrence_pattern"] = json!({"rrule": rule, "from": from});
                    let preview = read(&body).unwrap();
                    body["title"] = json!("x");
                    let mut task = given([created(body)]).aggregate();
                    let mut went = Vec::new();
                    for _ in 0..5 {
                        let done_at = task.task.due.unwrap().begins();
                        let Some(next) = task.next_occurrence(Brought::Completed(done_at)).unwrap() else { break };
                        went.push(next.due);
                        let new = NewTask::following(&task, next);
                        task = given([]).when(TaskCommand::Create { id: TASK, new, at: now() }).aggregate();
                    }
                    assert_eq!(preview.next(5), went, "{rule} {from}");
                }
            }
        }
    }

    #[test]
    fn given_a_recurrence_when_put_in_words_then_the_rule_and_how_it_is_followed() {
        let words =
            |pattern: Value| read(&json!({"recurrence_pattern": pattern, "due_date": "2026-12-01"})).unwrap().words();
        assert_eq!(words(json!({"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1"})), "every month on the last day");
        assert_eq!(
            words(json!({"rrule": "FREQ=DAILY;INTERVAL=3", "from": "completion"})),
            "every 3 days; counted from completion"
        );
        assert_eq!(
            words(json!({"rrule": "FREQ=WEEKLY", "generate": "when_due", "missed": "keep"})),
            "every week; the next comes when one is due, completed or not; missed ones are kept"
        );
    }

    #[test]
    fn given_wrong_fields_when_read_then_named_as_a_create_names_them() {
        let daily = || json!({"rrule": "FREQ=DAILY"});
        for (body, fields) in [
            (json!({"recurrence_pattern": daily()}), vec!["recurrence_pattern"]),
            (json!({"recurrence_pattern": {}, "due_date": "2026-12-01"}), vec!["recurrence_pattern.rrule"]),
            (json!({"recurrence_pattern": {"rrule": "often"}}), vec!["recurrence_pattern.rrule"]),
            (json!({"recurrence_pattern": {"rrule": "FREQ=DAILY", "from": "x"}}), vec!["recurrence_pattern.from"]),
            (json!({"recurrence_pattern": daily(), "due_at": "2026-12-01T09:00:00"}), vec!["time_zone"]),
            (
                json!({"recurrence_pattern": {"rrule": "FREQ=HOURLY"}, "due_date": "2026-12-01"}),
                vec!["recurrence_pattern.rrule"],
            ),
            (json!({"recurrence_pattern": 7, "due_date": "soon"}), vec!["due_date", "recurrence_pattern"]),
        ] {
            let named =
                |violations: Violations| -> Vec<String> { violations.0.into_iter().map(|wrong| wrong.field).collect() };
            assert_eq!(named(read(&body).unwrap_err()), fields, "{body}");
            let mut create = body;
            create["title"] = json!("x");
            assert_eq!(named(NewTask::from_json(create.as_object().unwrap()).unwrap_err()), fields, "{create}");
        }
        // What a task need not have.
        for (body, field) in [
            (json!({}), "recurrence_pattern"),
            (json!({"recurrence_pattern": null, "due_date": "2026-12-01"}), "recurrence_pattern"),
            (json!({"recurrence_pattern": daily(), "due_date": "2026-12-01", "title": "x"}), "title"),
        ] {
            let Violations(violations) = read(&body).unwrap_err();
            assert_eq!((violations.len(), violations[0].field.as_str()), (1, field), "{body}");
        }
    }
}
