//! Which format a file is in.

use std::fmt;
use std::str::FromStr;

/// A format that [`crate::read`] reads. JSON Lines is none of them: an import sends its lines as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// iCalendar (RFC 5545), of which the VTODOs are tasks.
    ICalendar,
    /// A project or template of Todoist.
    TodoistCsv,
    /// What `task export` of Taskwarrior prints.
    TaskwarriorJson,
    /// A table with a heading for each field of a task: see [`crate::sheet`].
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::ICalendar, Self::TodoistCsv, Self::TaskwarriorJson, Self::Csv];

    /// Its word on a command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ICalendar => "icalendar",
            Self::TodoistCsv => "todoist",
            Self::TaskwarriorJson => "taskwarrior",
            Self::Csv => "csv",
        }
    }

    /// The format of a file with this name that begins with these bytes, decompressed; some hundred are enough. `None` is JSON Lines.
    ///
    /// What a file says itself goes before its name, which may be anything.
    #[must_use]
    pub fn of(name: &str, start: &[u8]) -> Option<Self> {
        let start = String::from_utf8_lossy(start);
        let start = start.trim_start_matches('\u{feff}').trim_start();
        if start.get(..15).is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
            return Some(Self::ICalendar);
        }
        let first_line = start.lines().next().unwrap_or_default();
        // Our own lines have a `title`; Taskwarrior's tasks have none.
        if start.starts_with('[') {
            return (!start.contains("\"title\"")).then_some(Self::TaskwarriorJson);
        }
        if start.starts_with('{') {
            let has = |name| first_line.contains(name);
            let is_of_taskwarrior = has("\"uuid\"") && has("\"description\"") && !has("\"title\"");
            return is_of_taskwarrior.then_some(Self::TaskwarriorJson);
        }
        let headings: Vec<String> =
            first_line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"').to_ascii_lowercase()).collect();
        let has = |heading: &str| headings.iter().any(|found| found == heading);
        if has("type") && has("content") {
            return Some(Self::TodoistCsv);
        }
        if has("title") {
            return Some(Self::Csv);
        }
        Self::of_name(name)
    }

    fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?.1 {
            "ics" | "ical" | "icalendar" => Some(Self::ICalendar),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    /// What would be right.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = Self::ALL.map(Self::as_str).join(", ");
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or_else(|| format!("must be one of {words}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_files_when_asked_for_their_format_then_what_they_hold_decides_before_their_name() {
        let todoist = "\u{feff}TYPE,CONTENT,DESCRIPTION,PRIORITY";
        for (name, start, format) in [
            ("a.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0", Some(Format::ICalendar)),
            ("a.txt", "\u{feff}\nbegin:vcalendar\n", Some(Format::ICalendar)),
            ("-", todoist, Some(Format::TodoistCsv)),
            ("a.json", "[\n{\"id\":1}", Some(Format::TaskwarriorJson)),
            ("a.json", "[{\"title\":\"x\"}]", None),
            ("a", "{\"id\":1,\"description\":\"x\",\"uuid\":\"y\"}", Some(Format::TaskwarriorJson)),
            ("a.json", "{\"title\":\"uuid\",\"description\":\"x\"}\n", None),
            ("a.csv", "{\"title\":\"x\"}", None),
            ("a", "\"title\",\"due_date\"\n", Some(Format::Csv)),
            ("a", "id;title\n", Some(Format::Csv)),
            ("a.csv.gz", "what,when\n", Some(Format::Csv)),
            ("A.ICS", "", Some(Format::ICalendar)),
            ("a.jsonl", "", None),
            ("ics", "", None),
        ] {
            assert_eq!(Format::of(name, start.as_bytes()), format, "{name} {start}");
        }
    }

    #[test]
    fn given_a_word_when_parsed_then_its_format_or_what_would_be_right() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert!("ics".parse::<Format>().unwrap_err().contains("icalendar"));
    }
}
