//! Tables of bad requests: text that people can read, and what each line must be answered with.
//!
//! ```text
//! == body: POST /tasks
//! {"title":""}           -> 422 title
//! == query: GET /tasks
//! status=done            -> 422 status
//! == header If-Match: PATCH /tasks/{{task}} {"title":"a"}
//! "x"                    -> 400
//! ```
//!
//! A section says which part of the request its lines vary: `body`, `type` (the body's media type), `query`, `path` or a
//! `header`; what follows the path is the body of them all. A line ends in `-> status` and the fields that the problem
//! must name, in any order; `*` stands for any. `{{name}}` stands for a value the test gives, `{{text*n}}` for a text `n`
//! times with its number in place of `#`, `{{0xff}}` for a byte. Lines that start with `//` are comments.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::http::{Answer, Api, Call};

/// One request and its expected answer.
#[derive(Clone, Debug)]
pub struct Case {
    /// Line in the file, for messages.
    pub line: usize,
    /// The status it must be answered with.
    pub status: u16,
    fields: BTreeSet<String>,
    method: Method,
    path: String,
    header: Option<(String, String)>,
    media_type: String,
    body: Option<Vec<u8>>,
}

/// Which part of a request the lines of a section vary.
enum Part {
    Body,
    MediaType,
    Query,
    Path,
    Header(String),
}

struct Section {
    part: Part,
    method: Method,
    path: String,
    body: Option<String>,
}

/// Reads a table; `values` gives the `{{name}}`s.
///
/// # Panics
/// When a line cannot be read: with its number.
#[must_use]
pub fn read(table: &str, values: &[(&str, &str)]) -> Vec<Case> {
    let mut section = None;
    let mut cases = Vec::new();
    for (index, line) in table.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() || line.starts_with("//") {
            continue;
        }
        if let Some(head) = line.strip_prefix("== ") {
            section =
                Some(section_of(head).unwrap_or_else(|| panic!("line {number}: a section is `== part: METHOD path`")));
            continue;
        }
        let section = section.as_ref().unwrap_or_else(|| panic!("line {number}: before the first section"));
        cases.push(case_of(number, line, section, values));
    }
    cases
}

fn section_of(head: &str) -> Option<Section> {
    let (part, request) = head.split_once(": ")?;
    let part = match part.split_once(' ') {
        Some(("header", name)) => Part::Header(name.to_owned()),
        None if part == "body" => Part::Body,
        None if part == "type" => Part::MediaType,
        None if part == "query" => Part::Query,
        None if part == "path" => Part::Path,
        _ => return None,
    };
    let mut words = request.splitn(3, ' ');
    let method = Method::from_bytes(words.next()?.as_bytes()).ok()?;
    let path = words.next().unwrap_or_default().to_owned();
    Some(Section { part, method, path, body: words.next().map(str::to_owned) })
}

fn case_of(number: usize, line: &str, section: &Section, values: &[(&str, &str)]) -> Case {
    let (given, expected) = line.rsplit_once("->").unwrap_or_else(|| panic!("line {number}: no `-> status`"));
    let mut expected = expected.split_whitespace();
    let status =
        expected.next().and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("line {number}: no status"));
    let text = |template: &str| String::from_utf8_lossy(&filled(template, values)).into_owned();
    let mut case = Case {
        line: number,
        status,
        fields: expected.map(str::to_owned).collect(),
        method: section.method.clone(),
        path: text(&section.path),
        header: None,
        media_type: "application/json".to_owned(),
        body: section.body.as_ref().map(|body| filled(body, values)),
    };
    let given = given.trim();
    match &section.part {
        Part::Body => case.body = Some(filled(given, values)),
        Part::MediaType => given.clone_into(&mut case.media_type),
        Part::Query => case.path = format!("{}?{}", case.path, text(given)),
        Part::Path => case.path = text(given),
        Part::Header(name) => case.header = Some((name.clone(), text(given))),
    }
    case
}

/// Puts values, repetitions and bytes in place of `{{…}}`.
fn filled(template: &str, values: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = template;
    while let Some((before, (inside, after))) =
        rest.split_once("{{").and_then(|(before, tail)| Some((before, tail.split_once("}}")?)))
    {
        bytes.extend(before.as_bytes());
        if let Some((_, value)) = values.iter().find(|(name, _)| *name == inside) {
            bytes.extend(value.as_bytes());
        } else if let Some(byte) = inside.strip_prefix("0x") {
            bytes.push(u8::from_str_radix(byte, 16).expect("a byte in hexadecimal"));
        } else {
            let (text, count) =
                inside.rsplit_once('*').unwrap_or_else(|| panic!("{{{{{inside}}}}} stands for nothing"));
            let count: usize = count.parse().expect("a number of repetitions");
            (0..count).for_each(|index| bytes.extend(text.replace('#', &index.to_string()).as_bytes()));
        }
        rest = after;
    }
    bytes.extend(rest.as_bytes());
    bytes
}

impl Case {
    /// The request, ready to send.
    pub fn call(&self, api: &Api) -> Call {
        let mut call = api.call(self.method.clone(), &self.path);
        if let Some((name, value)) = &self.header {
            call = call.header(name, value);
        }
        match &self.body {
            Some(body) => call.body(&self.media_type, body.clone()),
            None => call,
        }
    }

    /// What is wrong with the answer, if anything.
    ///
    /// # Errors
    /// Another status, another kind of problem than belongs to it, other fields.
    pub fn check(&self, answer: &Answer) -> Result<(), String> {
        let at = format!("line {}: {} {}", self.line, self.method, shortened(&self.path));
        if answer.status != self.status {
            return Err(format!("{at}: {} instead of {}: {}", answer.status, self.status, shortened(&answer.text())));
        }
        let kind = answer.problem();
        let right = match self.status {
            400 => kind == "malformed",
            404 => kind == "not-found",
            405 => kind == "method-not-allowed",
            409 => kind == "conflict",
            412 => kind == "wrong-version",
            413 => kind == "payload-too-large",
            415 => kind == "unsupported-media-type",
            422 => kind == "invalid" || kind == "idempotency-key-reused",
            _ => false,
        };
        let named: BTreeSet<String> = answer.fields().into_iter().collect();
        if !right {
            Err(format!("{at}: problem type {kind} for {}", self.status))
        } else if self.status == 422 && named.is_empty() {
            Err(format!("{at}: names no field: {}", shortened(&answer.text())))
        } else if self.status == 422 && !self.fields.contains("*") && named != self.fields {
            Err(format!("{at}: names {named:?} instead of {:?}", self.fields))
        } else {
            Ok(())
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        assert_eq!(filled(r#"{"a":["{{ab*2}}",{{"t#",*2}}1]}"#, &[]), br#"{"a":["abab","t0","t1",1]}"#);
        assert_eq!(filled("/x/{{id}}/{{0xff}}", &[("id", "7")]), b"/x/7/\xff");
    }

    #[test]
    fn a_section_says_what_its_lines_vary() {
        let cases = read(
            "== query: GET /tasks\na=b -> 422 a\n// no\n\n== header If-Match: PATCH /t {\"a\":1}\n\"x\" -> 400\n",
            &[],
        );
        assert_eq!((cases[0].path.as_str(), cases[0].status, cases[0].line), ("/tasks?a=b", 422, 2));
        assert_eq!(cases[1].header, Some(("If-Match".to_owned(), "\"x\"".to_owned())));
        assert_eq!(cases[1].body.as_deref(), Some(&b"{\"a\":1}"[..]));
    }
}
