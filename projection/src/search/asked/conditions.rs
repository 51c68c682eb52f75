//! `tag:`, `status:`, `priority:` and `due:` in `q`.

use chrono::{Datelike as _, Days, NaiveDate};
use domain::limits;
use domain::task::{Priority, Status};
use domain::text::fold;

use super::cut::FieldName;

/// What the fields in `q` ask for; all of it must hold, beside the conditions of the other parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::search) struct Conditions {
    /// Any of these; empty: whatever it is.
    pub(in crate::search) status: Vec<Status>,
    /// None of these.
    pub(in crate::search) not_status: Vec<Status>,
    /// Any of these; empty: whatever it is.
    pub(in crate::search) priority: Vec<Priority>,
    /// None of these.
    pub(in crate::search) not_priority: Vec<Priority>,
    /// Every one of these, folded.
    pub(in crate::search) tags: Vec<String>,
    /// None of these, folded.
    pub(in crate::search) not_tags: Vec<String>,
    /// Due on this day or later.
    pub(in crate::search) due_from: Option<NaiveDate>,
    /// Due on this day or earlier.
    pub(in crate::search) due_to: Option<NaiveDate>,
    /// With a due date.
    pub(in crate::search) dated: bool,
    /// Without one.
    pub(in crate::search) undated: bool,
    /// Open, and due before now.
    pub(in crate::search) overdue: bool,
}

impl Conditions {
    /// Adds `name:value`, or `-name:value`; says what is wrong with it.
    pub(super) fn add(&mut self, name: FieldName, value: &str, excluded: bool) -> Result<(), String> {
        match name {
            FieldName::Tag => if excluded { &mut self.not_tags } else { &mut self.tags }.push(fold(value)),
            FieldName::Status => {
                let wanted = status(value)?;
                if excluded { &mut self.not_status } else { &mut self.status }.extend(wanted);
            }
            FieldName::Priority => {
                let wanted = value.to_lowercase().parse::<Priority>();
                let wanted = wanted.map_err(|expected| wrong("priority", value, &expected))?;
                if excluded { &mut self.not_priority } else { &mut self.priority }.push(wanted);
            }
            FieldName::Due => self.add_due(value, excluded)?,
        }
        Ok(())
    }

    fn add_due(&mut self, value: &str, excluded: bool) -> Result<(), String> {
        match (value.to_lowercase().as_str(), excluded) {
            ("none", false) | ("any", true) => self.undated = true,
            ("any", false) | ("none", true) => self.dated = true,
            (_, true) => return Err(wrong("-due", value, "must be -due:none; turn the comparison around instead")),
            ("overdue", false) => self.overdue = true,
            _ => {
                let (from, to) = days(value).ok_or_else(|| wrong("due", value, &due_expected()))?;
                self.due_from = self.due_from.max(from);
                self.due_to = [self.due_to, to].into_iter().flatten().min();
            }
        }
        Ok(())
    }
}

fn status(value: &str) -> Result<Vec<Status>, String> {
    match value.to_lowercase().replace('-', "_").as_str() {
        "open" => Ok(vec![Status::Pending, Status::InProgress]),
        "done" => Ok(vec![Status::Completed]),
        name => match name.parse() {
            Ok(status) => Ok(vec![status]),
            Err(expected) => Err(wrong("status", value, &format!("{expected}, or open or done"))),
        },
    }
}

/// The first and the last day of `2026-12-01`, `<2026-12-01`, `>=2026-12-01`, `2026-12-01..2026-12-31`.
fn days(value: &str) -> Option<(Option<NaiveDate>, Option<NaiveDate>)> {
    if let Some((from, to)) = value.split_once("..") {
        let end = |text: &str| if text.is_empty() { Some(None) } else { day(text).map(Some) };
        let (from, to) = (end(from)?, end(to)?);
        let possible = from.zip(to).map_or(from.or(to).is_some(), |(from, to)| from <= to);
        return possible.then_some((from, to));
    }
    if let Some(to) = value.strip_prefix("<=") {
        Some((None, Some(day(to)?)))
    } else if let Some(from) = value.strip_prefix(">=") {
        Some((Some(day(from)?), None))
    } else if let Some(end) = value.strip_prefix('<') {
        Some((None, Some(day(end)?.checked_sub_days(Days::new(1))?)))
    } else if let Some(start) = value.strip_prefix('>') {
        Some((Some(day(start)?.checked_add_days(Days::new(1))?), None))
    } else {
        let day = day(value)?;
        Some((Some(day), Some(day)))
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| shaped)?;
    (limits::YEAR_MIN..=limits::YEAR_MAX).contains(&date.year()).then_some(date)
}

fn due_expected() -> String {
    format!(
        "must be a date in the years {} to {} such as 2026-12-01, <2026-12-01, >=2026-12-01 or 2026-12-01..2026-12-31, \
         or overdue, none or any",
        limits::YEAR_MIN,
        limits::YEAR_MAX
    )
}

fn wrong(name: &str, value: &str, expected: &str) -> String {
    format!("has {name}:{value}, which {expected}; in quotes, \"{name}:{value}\" is searched for as text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(value: &str) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.add(FieldName::Due, value, false).unwrap();
        conditions
    }

    fn date(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn given_each_way_to_say_due_then_its_days() {
        for (value, from, to) in [
            ("2026-12-01", date("2026-12-01"), date("2026-12-01")),
            ("<2026-12-01", None, date("2026-11-30")),
            ("<=2026-12-01", None, date("2026-12-01")),
            (">2026-12-31", date("2027-01-01"), None),
            (">=2026-12-31", date("2026-12-31"), None),
            ("2026-12-01..2026-12-24", date("2026-12-01"), date("2026-12-24")),
            ("2026-12-01..", date("2026-12-01"), None),
            ("..2026-12-01", None, date("2026-12-01")),
        ] {
            assert_eq!(due(value), Conditions { due_from: from, due_to: to, ..Conditions::default() }, "{value}");
        }
        assert_eq!((due("none").undated, due("none").dated), (true, false));
        assert_eq!((due("Any").undated, due("Any").dated), (false, true));
        assert!(due("overdue").overdue);
    }

    #[test]
    fn given_two_conditions_on_due_then_both_must_hold() {
        let mut conditions = due(">=2026-01-01");
        for value in [">=2026-02-01", "<=2026-05-01", "<=2026-04-01"] {
            conditions.add(FieldName::Due, value, false).unwrap();
        }
        assert_eq!((conditions.due_from, conditions.due_to), (date("2026-02-01"), date("2026-04-01")));
    }

    #[test]
    fn given_status_words_then_open_and_done_are_known_too() {
        let mut conditions = Conditions::default();
        for value in ["open", "DONE", "in-progress", "cancelled"] {
            conditions.add(FieldName::Status, value, false).unwrap();
        }
        conditions.add(FieldName::Status, "pending", true).unwrap();
        let all = [Status::Pending, Status::InProgress, Status::Completed, Status::InProgress, Status::Cancelled];
        assert_eq!(
            (conditions.status.as_slice(), conditions.not_status.as_slice()),
            (&all[..], &[Status::Pending][..])
        );
    }

    #[test]
    fn given_a_value_that_cannot_be_then_what_would_be_right() {
        for (name, value, excluded, said) in [
            (FieldName::Status, "broken", false, "open or done"),
            (FieldName::Priority, "5", false, "urgent"),
            (FieldName::Due, "tomorrow", false, "2026-12-01"),
            (FieldName::Due, "2026-02-30", false, "2026-12-01"),
            (FieldName::Due, "..", false, "2026-12-01"),
            (FieldName::Due, "2026-12-02..2026-12-01", false, "2026-12-01"),
            (FieldName::Due, "2026-12-01", true, "-due:none"),
        ] {
            let wrong = Conditions::default().add(name, value, excluded).unwrap_err();
            assert!(wrong.contains(said) && wrong.contains(value), "{wrong}");
        }
    }
}
