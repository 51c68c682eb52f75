//! What a file is read as, whoever imports it.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::Format;

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Our own lines, taken as they are.
    JsonLines,
    /// A file of another program, which [`crate::read`] reads.
    Foreign(Format),
}

impl Input {
    /// What a file is that has this name and begins with these bytes, see [`Format::of`].
    #[must_use]
    pub fn of(name: &str, start: &[u8]) -> Self {
        Format::of(name, start).map_or(Self::JsonLines, Self::Foreign)
    }
}

impl FromStr for Input {
    /// What would be right.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "jsonl" => Ok(Self::JsonLines),
            // What the files are called in short.
            "ical" => Ok(Self::Foreign(Format::ICalendar)),
            other => other.parse::<Format>().map(Self::Foreign).map_err(|why| format!("{why} or jsonl")),
        }
    }
}

/// The zone that an import is given.
///
/// # Errors
/// What would be right.
pub fn time_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "must be an IANA time zone such as Europe/Berlin or UTC".to_owned())
}

/// A due date as people write it, such as `every day at 9am`; `None` where not all of it is understood. For [`crate::Options::read_date`].
#[must_use]
pub fn read_date(text: &str, zone: Tz, now: DateTime<Utc>) -> Option<Map<String, Value>> {
    // Text that is nothing but a date leaves no title, so it is given one.
    let quick = domain::quick::parse(&format!("x {text}"), now.with_timezone(&zone).naive_local(), zone);
    (quick.title == "x" && quick.due.is_some()).then(|| quick.dates())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_word_of_a_format_when_parsed_then_that_or_what_would_be_right() {
        assert_eq!("jsonl".parse(), Ok(Input::JsonLines));
        for word in ["ical", "icalendar"] {
            assert_eq!(word.parse(), Ok(Input::Foreign(Format::ICalendar)));
        }
        assert_eq!("taskwarrior".parse(), Ok(Input::Foreign(Format::TaskwarriorJson)));
        let why = "xml".parse::<Input>().unwrap_err();
        assert!(why.contains("todoist") && why.contains("jsonl"), "{why}");
    }

    #[test]
    fn given_a_file_when_looked_at_then_its_start_or_its_name_tells_what_it_is() {
        let of = |name: &str, start: &str| Input::of(name, start.as_bytes());
        assert_eq!(of("-", "BEGIN:VCALENDAR\r\n"), Input::Foreign(Format::ICalendar));
        assert_eq!(of("./some.folder/tasks.csv.gz", ""), Input::Foreign(Format::Csv));
        assert_eq!(of("tasks.csv", "{\"title\":\"x\"}\n"), Input::JsonLines);
    }

    #[test]
    fn given_the_name_of_a_zone_when_parsed_then_that_zone_or_what_would_be_right() {
        assert_eq!(time_zone("Europe/Berlin"), Ok(Tz::Europe__Berlin));
        assert!(time_zone("Mars/Olympus").unwrap_err().contains("IANA"));
    }

    #[test]
    fn given_a_date_in_words_when_read_then_all_of_it_or_nothing_is_understood() {
        let now = crate::given::now();
        assert_eq!(read_date("tomorrow", Tz::UTC, now).unwrap()["due_date"], "2026-11-29");
        assert_eq!(read_date("tomorrow or so", Tz::UTC, now), None);
        assert_eq!(read_date("jeden zweiten Dienstag", Tz::UTC, now), None);
    }
}
