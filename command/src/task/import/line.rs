//! One task of an import.

use axum::http::StatusCode;
use domain::task::{NewTask, TaskCommand, TaskRejection, imported_task_id};
use kafka_es::{ConsistencyToken, ExecuteError, Outcome};
use platform::problem::{Problem, ProblemBody};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::LineResult;
use crate::failure::{invalid, problem};
use crate::request::{IfMatch, Preconditions, fingerprint};
use crate::state::CommandState;

/// A line that was answered.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) result: LineResult,
    pub(super) token: Option<ConsistencyToken>,
}

impl Done {
    pub(super) fn of(line: usize, imported: Result<Imported, Problem>) -> Self {
        match imported {
            Ok(Imported { status, id, token, ignored }) => {
                let problem = ignored.then(other_content).map(|problem| problem.body());
                Self { result: result(line, status, Some(id), problem), token }
            }
            Err(problem) => Self { result: result(line, problem.status(), None, Some(problem.body())), token: None },
        }
    }
}

fn result(line: usize, status: StatusCode, id: Option<Uuid>, problem: Option<ProblemBody>) -> LineResult {
    LineResult { line, status: status.as_u16(), id, problem, source: None, lost: Vec::new(), reminders: None }
}

/// A line whose task is there now.
#[derive(Debug)]
pub(super) struct Imported {
    status: StatusCode,
    pub(super) id: Uuid,
    pub(super) token: Option<ConsistencyToken>,
    /// The line that brought the task said something else.
    ignored: bool,
}

impl Imported {
    fn present(id: Uuid, ignored: bool) -> Self {
        Self { status: StatusCode::OK, id, token: None, ignored }
    }

    /// The task was made by this very line, now or before.
    pub(super) fn is_of_this_line(&self) -> bool {
        self.token.is_some()
    }
}

/// Told beside the 200: who took the id from elsewhere may have two tasks under one id, who imports an export again has not.
fn other_content() -> Problem {
    Problem::conflict("the task was imported before from a line with other content and stays as it is")
}

/// What a line says, as a digest by which it is known again.
#[derive(Debug)]
pub(super) struct Content(String);

impl Content {
    pub(super) fn of(line: &Map<String, Value>, reminders: &[Map<String, Value>]) -> Self {
        Self(if reminders.is_empty() {
            fingerprint("import", "", &Value::Object(line.clone()))
        } else {
            fingerprint("import", "with reminders", &json!([line, reminders]))
        })
    }
}

/// Makes the task of a line, unless it is there already.
///
/// # Errors
/// The line is refused, or the log cannot take it.
pub(super) async fn import_task(
    state: &CommandState,
    line: &Map<String, Value>,
    Content(content): &Content,
) -> Result<Imported, Problem> {
    let new = NewTask::import_from_json(line).map_err(invalid)?;
    let id = new.id().unwrap_or_else(|| imported_task_id(&state.tenant, content));
    let key = Some(format!("import:{id}"));
    let preconditions = Preconditions { if_match: IfMatch::Any, idempotency_key: key, part_of: None };
    let meta = state.meta(id, &preconditions, content.clone());
    let command = TaskCommand::Create { id, new, at: meta.time };
    match state.run_on_task(id, command, meta, &preconditions).await {
        Ok(committed) => {
            let status = if committed.outcome == Outcome::Replayed { StatusCode::OK } else { StatusCode::CREATED };
            Ok(Imported { status, id, token: Some(ConsistencyToken::from(committed.position)), ignored: false })
        }
        Err(ExecuteError::Rejected(TaskRejection::AlreadyExists)) => Ok(Imported::present(id, false)),
        // A task that is there already is left as it is, whatever the line says now.
        Err(ExecuteError::KeyReused) => Ok(Imported::present(id, true)),
        Err(error) => Err(problem(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_line_then_its_content_is_another_with_other_reminders_and_without_them_that_of_the_line_alone() {
        let object = |value: Value| value.as_object().unwrap().clone();
        let line = object(json!({"title": "a"}));
        let content = |before: &[&str]| {
            let reminders: Vec<_> = before.iter().map(|before| object(json!({"before_due": before}))).collect();
            Content::of(&line, &reminders).0
        };
        assert_eq!(content(&[]), fingerprint("import", "", &json!({"title": "a"})));
        assert_eq!(content(&["PT1H"]), content(&["PT1H"]));
        assert_ne!(content(&["PT1H"]), content(&["PT2H"]));
        assert_ne!(content(&["PT1H"]), content(&[]));
    }
}
