//! `DELETE /tasks/{id}`

use axum::extract::State;
use domain::task::TaskCommand;
use platform::http::PathUuid;
use platform::problem::{Problem, ProblemBody};
use serde_json::Value;

use crate::answer::Answer;
use crate::failure::problem;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Deletes a task. It can be brought back by `POST /tasks/{id}/restore`.
#[utoipa::path(
    delete,
    path = "/tasks/{id}",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
        ("If-Match" = Option<String>, Header, description = "Delete only this version, e.g. `\"3\"`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key gives the first answer again"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "Another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be reached, or the outcome is not known: retry with the same key", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn delete_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
) -> Result<Answer<()>, Problem> {
    let meta = state.meta(id, &preconditions, fingerprint("delete", &format!("/tasks/{id}"), &Value::Null));
    let command = TaskCommand::Delete { at: meta.time };
    let committed = state.run_on_task(id, command, meta, &preconditions).await.map_err(problem)?;
    Ok(Answer::no_content(&committed))
}
