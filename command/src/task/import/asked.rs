//! What an import is told besides its file.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use chrono_tz::Tz;
use formats::{Format, Input};
use platform::http::{QueryParams, require_content_type};
use platform::problem::{FieldError, Problem};

use crate::request::Preconditions;

const FORMAT: &str = "format";
const TIME_ZONE: &str = "time_zone";
const FROM: &str = "from";

const LINES: &str = "application/x-ndjson";
/// The same by another name.
const JSONL: &str = "application/jsonl";
const CALENDAR: &str = "text/calendar";
const TABLE: &str = "text/csv";
const JSON: &str = "application/json";
/// What a client sends that knows the file and not its type.
const ANY: &str = "application/octet-stream";

/// How much of a table tells whose it is, in bytes.
const START_BYTES: usize = 4096;

/// The parameters and the media type.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    /// What the body is; `None` for a table, whose headings tell.
    input: Option<Input>,
    /// The zone of times that name none.
    pub(super) zone: Tz,
    /// How many of a file's tasks other requests imported before.
    pub(super) skip: usize,
    /// The parameters that are for files of other programs alone and were given.
    given: Vec<&'static str>,
}

impl Asked {
    /// What the body is read as.
    pub(super) fn input(&self, body: &[u8]) -> Input {
        self.input.unwrap_or_else(|| Input::of("table.csv", &body[..body.len().min(START_BYTES)]))
    }

    /// Lines have their zones and may be sent in any portions.
    ///
    /// # Errors
    /// 422 that names what was given all the same.
    pub(super) fn refuse_options_of_files(&self) -> Result<(), Problem> {
        if self.given.is_empty() {
            return Ok(());
        }
        let detail = "is for the file of another program; leave it out with JSON Lines";
        Err(Problem::invalid(self.given.iter().map(|name| FieldError::new(*name, detail))))
    }

    fn read(query: &str, headers: &HeaderMap) -> Result<Self, Problem> {
        let params = QueryParams::parse(query)?;
        params.allow(&[FORMAT, TIME_ZONE, FROM], &[])?;
        Preconditions::from_headers(headers)?.refuse_if_match("where every line is a task of its own")?;
        let mut errors = Vec::new();
        let mut wrong = |name: &str, detail: String| errors.push(FieldError::new(name, detail));
        let format = params.one(FORMAT).map(str::parse::<Input>).transpose();
        let format = format.unwrap_or_else(|detail| {
            wrong(FORMAT, detail);
            None
        });
        let zone = params.one(TIME_ZONE).map(formats::time_zone).transpose();
        let zone = zone.unwrap_or_else(|detail| {
            wrong(TIME_ZONE, detail);
            None
        });
        let from = params.one(FROM).map(|text| text.parse().ok().and_then(|from: usize| from.checked_sub(1)));
        if from == Some(None) {
            wrong(FROM, "must be the number of a task: a whole number from 1".to_owned());
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let input = match format {
            Some(input) => {
                require_content_type(headers, media_types(input))?;
                Some(input)
            }
            None => by_media_type(headers)?,
        };
        let given = [TIME_ZONE, FROM].into_iter().filter(|name| params.one(name).is_some()).collect();
        Ok(Self { input, zone: zone.unwrap_or(Tz::UTC), skip: from.flatten().unwrap_or_default(), given })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::read(parts.uri.query().unwrap_or_default(), &parts.headers)
    }
}

/// What a file of this format may be sent as. None of them is a type that a page of another origin can send without asking first, as
/// `text/plain` is.
fn media_types(input: Input) -> &'static [&'static str] {
    match input {
        Input::JsonLines => &[LINES, JSONL, ANY],
        Input::Foreign(Format::ICalendar) => &[CALENDAR, ANY],
        Input::Foreign(Format::Csv | Format::TodoistCsv) => &[TABLE, ANY],
        // As an array, or a task a line.
        Input::Foreign(Format::TaskwarriorJson) => &[JSON, LINES, JSONL, ANY],
    }
}

fn by_media_type(headers: &HeaderMap) -> Result<Option<Input>, Problem> {
    let known = [LINES, JSONL, CALENDAR, TABLE];
    require_content_type(headers, &known).map_err(|problem| needs_format(headers).unwrap_or(problem))?;
    let is = |media_types: &[&str]| require_content_type(headers, media_types).is_ok();
    Ok(if is(&[CALENDAR]) {
        Some(Input::Foreign(Format::ICalendar))
    } else if is(&[TABLE]) {
        None
    } else {
        Some(Input::JsonLines)
    })
}

/// The types that do not say what they hold.
fn needs_format(headers: &HeaderMap) -> Option<Problem> {
    require_content_type(headers, &[JSON, ANY]).ok()?;
    let media_type = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let media_type = media_type.unwrap_or_default();
    Some(Problem::unsupported_media_type(format!(
        "Content-Type {media_type:?} does not say what the file is; add ?format=, or send {LINES} or {CALENDAR} or {TABLE}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, media_type: &'static str) -> Result<Asked, Problem> {
        let headers = [(header::CONTENT_TYPE, media_type.parse().unwrap())];
        Asked::read(query, &headers.into_iter().collect())
    }

    fn input(query: &str, media_type: &'static str, body: &str) -> Input {
        read(query, media_type).unwrap().input(body.as_bytes())
    }

    #[test]
    fn given_a_media_type_then_it_says_what_the_body_is_and_a_table_is_told_by_its_headings() {
        for (media_type, body, expected) in [
            ("application/x-ndjson", "{}", Input::JsonLines),
            ("application/jsonl; charset=utf-8", "", Input::JsonLines),
            ("TEXT/Calendar; charset=utf-8", "x", Input::Foreign(Format::ICalendar)),
            ("text/csv", "id,title\n", Input::Foreign(Format::Csv)),
            ("text/csv", "TYPE,CONTENT\n", Input::Foreign(Format::TodoistCsv)),
            ("text/csv", "", Input::Foreign(Format::Csv)),
        ] {
            assert_eq!(input("", media_type, body), expected, "{media_type} {body}");
        }
    }

    #[test]
    fn given_a_format_then_it_goes_before_the_media_type_which_must_be_one_that_fits() {
        assert_eq!(input("format=todoist", "text/csv", "id,title\n"), Input::Foreign(Format::TodoistCsv));
        assert_eq!(input("format=ical", "application/octet-stream", ""), Input::Foreign(Format::ICalendar));
        assert_eq!(input("format=taskwarrior", "application/json", ""), Input::Foreign(Format::TaskwarriorJson));
        for (query, media_type) in [
            ("format=csv", "text/plain"),
            ("format=jsonl", "multipart/form-data; boundary=x"),
            ("format=icalendar", "text/csv"),
            ("", "application/json"),
            ("", "application/octet-stream"),
            ("", "text/plain"),
        ] {
            assert_eq!(read(query, media_type).unwrap_err().status(), 415, "{query} {media_type}");
        }
        assert_eq!(Asked::read("format=csv", &HeaderMap::new()).unwrap_err().status(), 415, "no type at all");
    }

    #[test]
    fn given_wrong_parameters_then_all_are_named_with_what_would_be_right() {
        let problem = read("format=xml&time_zone=Mars&from=0", "text/csv").unwrap_err();
        let fields: Vec<&str> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!((problem.status().as_u16(), fields), (422, vec!["format", "time_zone", "from"]));
        assert!(problem.errors()[0].detail.contains("todoist"), "{problem}");
        assert_eq!(read("zone=UTC", "text/csv").unwrap_err().errors()[0].field, "zone");
        let asked = read("from=1001&time_zone=Europe/Berlin", "text/csv").unwrap();
        assert_eq!((asked.skip, asked.zone), (1_000, Tz::Europe__Berlin));
    }

    #[test]
    fn given_json_lines_then_what_is_for_files_of_others_is_refused() {
        let lines = |query| read(query, "application/x-ndjson").unwrap().refuse_options_of_files();
        assert_eq!(lines("format=jsonl"), Ok(()));
        let problem = lines("from=1&time_zone=UTC").unwrap_err();
        assert_eq!(problem.errors().len(), 2, "{problem}");
    }
}
