//! `POST /tasks/import`

use std::collections::HashMap;
use std::iter::successors;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::limits::TASK_LEVELS_MAX;
use domain::task::{NewTask, TaskCommand, TaskRejection, imported_task_id};
use futures::{StreamExt, stream};
use kafka_es::{ConsistencyToken, ExecuteError, Outcome};
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{TokenHeader, token_of_all};
use crate::failure::{invalid, problem};
use crate::request::{IfMatch, Preconditions, fingerprint};
use crate::state::CommandState;
use crate::task::lines::{Line, Lines};

/// Lines a request may hold at most.
pub const LINES_MAX: usize = 1_000;

/// Commands of one request that are on their way to the log at the same time.
pub(super) const IN_FLIGHT: usize = 512;

/// What became of every line, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReport {
    /// One entry a line that is not blank.
    pub results: Vec<LineResult>,
}

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineResult {
    /// The line's number in this request, from 1.
    pub line: usize,
    /// 201 imported; 200 the task was there already and stays as it is; anything else: see `problem`.
    pub status: u16,
    /// The task, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Why the line was refused; with 200, that the task was imported from a line of other content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemBody>,
}

/// Imports tasks, one JSON object a line.
///
/// A line takes what `POST /tasks` takes, and the task's own `id`, `created_at`, `updated_at` and `completed_at`,
/// which are kept. Without an `id` it follows from the line's content, so the same line is imported once. A line
/// that is refused does not stop the others.
///
/// A line may give the `parent_id` of a task whose own line comes later in the same request; one of an earlier request must be there
/// already. Where that is not so, the line is refused, and goes through when it is sent again.
///
/// A line is idempotent by its id: a task that is there already stays as it is, so the request can be repeated as
/// often as need be, with an `Idempotency-Key` or without. `If-Match` is refused, as no version is that of all lines.
#[utoipa::path(
    post,
    path = "/tasks/import",
    tag = "tasks",
    request_body(content = String, content_type = "application/x-ndjson", description = "JSON Lines: at most 1,000 lines and 1 MiB"),
    responses(
        (status = 200, description = "What became of each line", body = ImportReport, headers(
            ("Consistency-Token" = String, description = "Send it with a query to see all that was imported; left out where no line was ever imported"),
        )),
        (status = 413, description = "Over 1 MiB: send fewer lines"),
        (status = 422, description = "Over 1,000 lines, or an `If-Match`"),
    )
)]
pub async fn import_tasks(
    State(state): State<CommandState>,
    preconditions: Preconditions,
    Lines(lines): Lines,
) -> Result<(Option<TokenHeader>, Json<ImportReport>), Problem> {
    preconditions.refuse_if_match("where every line is a task of its own")?;
    if lines.len() > LINES_MAX {
        return Err(Problem::invalid_field(
            "body",
            format!("has {} lines; send at most {LINES_MAX} in one request", lines.len()),
        ));
    }
    let mut imported: Vec<(LineResult, Option<ConsistencyToken>)> = Vec::with_capacity(lines.len());
    for turn in turns(lines) {
        let importing = stream::iter(turn).map(|line| import_line(&state, line)).buffer_unordered(IN_FLIGHT);
        imported.extend(importing.collect::<Vec<_>>().await);
    }
    imported.sort_unstable_by_key(|(result, _)| result.line);
    let (results, tokens): (Vec<_>, Vec<_>) = imported.into_iter().unzip();
    Ok((token_of_all(tokens.into_iter().flatten()), Json(ImportReport { results })))
}

/// The lines in the turns in which they are imported: one that is to stand below another line's task comes after that. Lines that name
/// one another in a ring are in the last turn, where they are refused.
fn turns(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let named = |line: &Line, name| line.object.as_ref().ok()?.get(name)?.as_str()?.parse::<Uuid>().ok();
    let parents: HashMap<Uuid, Option<Uuid>> =
        lines.iter().filter_map(|line| Some((named(line, "id")?, named(line, "parent_id")))).collect();
    let mut turns: Vec<Vec<Line>> = (0..TASK_LEVELS_MAX).map(|_| Vec::new()).collect();
    for line in lines {
        let above = |id: &Uuid| parents.get(id).copied().flatten();
        let above = successors(named(&line, "parent_id"), above).take(TASK_LEVELS_MAX - 1);
        // What is above the lines of this request is there already.
        let turn = above.filter(|id| parents.contains_key(id)).count();
        turns[turn].push(line);
    }
    turns
}

async fn import_line(
    state: &CommandState,
    Line { number: line, object }: Line,
) -> (LineResult, Option<ConsistencyToken>) {
    match try_import(state, object).await {
        Ok(Imported { status, id, token, ignored }) => {
            let problem = ignored.then(other_content).map(|problem| problem.body());
            (LineResult { line, status: status.as_u16(), id: Some(id), problem }, token)
        }
        Err(problem) => {
            let result =
                LineResult { line, status: problem.status().as_u16(), id: None, problem: Some(problem.body()) };
            (result, None)
        }
    }
}

/// A line whose task is there now.
struct Imported {
    status: StatusCode,
    id: Uuid,
    token: Option<ConsistencyToken>,
    /// The line that brought the task said something else.
    ignored: bool,
}

impl Imported {
    fn present(id: Uuid, ignored: bool) -> Self {
        Self { status: StatusCode::OK, id, token: None, ignored }
    }
}

/// Told beside the 200: who took the id from elsewhere may have two tasks under one id, who imports an export again has not.
fn other_content() -> Problem {
    Problem::conflict("the task was imported before from a line with other content and stays as it is")
}

async fn try_import(state: &CommandState, object: Result<Map<String, Value>, Problem>) -> Result<Imported, Problem> {
    let line = object?;
    let new = NewTask::import_from_json(&line).map_err(invalid)?;
    let content = fingerprint("import", "", &Value::Object(line));
    let id = new.id().unwrap_or_else(|| imported_task_id(&state.tenant, &content));
    let preconditions = Preconditions { if_match: IfMatch::Any, idempotency_key: Some(format!("import:{id}")) };
    let meta = state.meta(id, &preconditions, content);
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
    use serde_json::json;

    use super::*;

    #[test]
    fn given_lines_in_any_order_then_a_task_comes_in_after_what_it_is_a_part_of() {
        let id = Uuid::from_u128;
        let lines = [(1, Some(2)), (2, Some(3)), (3, None), (4, Some(9)), (5, Some(6)), (6, Some(5))];
        let lines = lines.into_iter().enumerate().map(|(index, (own, parent))| Line {
            number: index + 1,
            object: Ok(json!({"id": id(own), "parent_id": parent.map(id)}).as_object().unwrap().clone()),
        });
        let broken = Line { number: 7, object: Err(Problem::malformed("no JSON")) };
        let found: Vec<Vec<usize>> = turns(lines.chain([broken]).collect())
            .iter()
            .map(|turn| turn.iter().map(|line| line.number).collect())
            .collect();
        assert_eq!(found, [vec![3, 4, 7], vec![2], vec![1], vec![], vec![5, 6]]);
    }
}
