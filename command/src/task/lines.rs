//! A body of JSON Lines.

use axum::extract::{FromRequest, Request};
use platform::http::{parse_object, read_body, require_content_type};
use platform::problem::Problem;
use serde_json::{Map, Value};

/// The lines of a body that are not blank.
#[derive(Debug)]
pub struct Lines(pub Vec<Line>);

/// One line.
#[derive(Debug)]
pub struct Line {
    /// Its number in the body, from 1; blank lines count.
    pub number: usize,
    /// The JSON object on it, or why there is none.
    pub object: Result<Map<String, Value>, Problem>,
}

impl<S: Send + Sync> FromRequest<S> for Lines {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_content_type(request.headers(), &["application/x-ndjson", "application/jsonl"])?;
        let body = read_body(request.into_body()).await?;
        Ok(Self(split(&body)))
    }
}

fn split(body: &[u8]) -> Vec<Line> {
    body.split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| Line { number, object: parse_object(line) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_blank_and_broken_lines_then_numbers_are_kept_and_only_the_broken_one_fails() {
        let lines = split(b"{\"title\":\"a\"}\r\n\n{\"title\":\n \n[1]\n{\"title\":\"b\"}");
        let found: Vec<_> = lines.iter().map(|line| (line.number, line.object.is_ok())).collect();
        assert_eq!(found, [(1, true), (3, false), (5, false), (6, true)]);
    }

    #[test]
    fn given_an_empty_body_then_there_are_no_lines() {
        assert!(split(b"").is_empty());
    }
}
