//! What a file is read as; one of another program is read to its end before anything is sent.

use std::path::Path;
use std::str::FromStr;

use chrono::Utc;
use chrono_tz::Tz;
use formats::{Format, Options, Reading};
use serde_json::{Map, Value};

use super::lines::Source;

/// The largest file of another program that is read, decompressed, in bytes: it and its tasks are in memory.
const FILE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Our own lines, sent as they are.
    JsonLines,
    /// A file of another program.
    Foreign(Format),
}

impl Input {
    /// What a file is that begins with these bytes.
    pub(super) fn of(file: &Path, start: &[u8]) -> Self {
        Format::of(&file.to_string_lossy(), start).map_or(Self::JsonLines, Self::Foreign)
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

/// The zone of a flag.
///
/// # Errors
/// What would be right.
pub(super) fn time_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "must be an IANA time zone such as Europe/Berlin or UTC".to_owned())
}

/// The tasks of a file, whose times that name no zone are in `zone`.
///
/// # Errors
/// It cannot be read, is too large or is not of this format.
pub(super) fn read(source: Source, format: Format, zone: Tz) -> anyhow::Result<Reading> {
    let bytes = source.read_whole(FILE_MAX_BYTES)?;
    Ok(formats::read(format, &bytes, &Options { zone, now: Utc::now(), read_date: &read_date })?)
}

/// A due date as people write it, such as `every day at 9am`; `None` where not all of it is understood.
fn read_date(text: &str, zone: Tz) -> Option<Map<String, Value>> {
    // Text that is nothing but a date leaves no title, so it is given one.
    let quick = domain::quick::parse(&format!("x {text}"), Utc::now().with_timezone(&zone).naive_local(), zone);
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
        let of = |name: &str, start: &str| Input::of(Path::new(name), start.as_bytes());
        assert_eq!(of("-", "BEGIN:VCALENDAR\r\n"), Input::Foreign(Format::ICalendar));
        assert_eq!(of("./some.folder/tasks.csv.gz", ""), Input::Foreign(Format::Csv));
        assert_eq!(of("tasks.csv", "{\"title\":\"x\"}\n"), Input::JsonLines);
    }

    #[test]
    fn given_the_name_of_a_zone_when_parsed_then_that_zone_or_what_would_be_right() {
        assert_eq!(time_zone("Europe/Berlin"), Ok(Tz::Europe__Berlin));
        assert!(time_zone("Mars/Olympus").unwrap_err().contains("IANA"));
    }
}
