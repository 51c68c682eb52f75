//! A body of JSON Lines.

use futures::{StreamExt, stream};
use platform::http::parse_object;
use platform::problem::Problem;
use serde_json::{Map, Value};

use super::line::{Content, Done, import_task};
use super::turns::turns;
use super::{IN_FLIGHT, LINES_MAX};
use crate::state::CommandState;

/// One line that is not blank.
#[derive(Debug)]
struct Line {
    /// Its number in the body, from 1; blank lines count.
    number: usize,
    /// The JSON object on it, or why there is none.
    object: Result<Map<String, Value>, Problem>,
}

/// Imports the lines of a body.
///
/// # Errors
/// There are too many of them.
pub(super) async fn import(state: &CommandState, body: &[u8]) -> Result<Vec<Done>, Problem> {
    let lines = split(body);
    if lines.len() > LINES_MAX {
        let detail = format!("has {} lines; send at most {LINES_MAX} in one request", lines.len());
        return Err(Problem::invalid_field("body", detail));
    }
    let mut done = Vec::with_capacity(lines.len());
    for turn in turns(lines, |line| line.object.as_ref().ok()) {
        let importing = stream::iter(turn).map(|line| import_line(state, line)).buffer_unordered(IN_FLIGHT);
        done.extend(importing.collect::<Vec<_>>().await);
    }
    Ok(done)
}

async fn import_line(state: &CommandState, Line { number, object }: Line) -> Done {
    let imported = async {
        let line = object?;
        let content = Content::of(&line, &[]);
        import_task(state, &line, &content).await
    };
    Done::of(number, imported.await)
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
