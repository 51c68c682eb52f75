//! `POST /tasks/{id}/restore`

use axum::extract::State;
use domain::task::{TaskCommand, TaskView};
use platform::http::PathUuid;
use platform::problem::{Problem, ProblemBody};
use serde_json::Value;

use crate::answer::Answer;
use crate::failure::problem;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Brings a deleted task back as it was. On a task that is not deleted it changes nothing.
#[utoipa::path(
    post,
    path = "/tasks/{id}/restore",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
        ("If-Match" = Option<String>, Header, description = "Restore only this version, e.g. `\"3\"`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key gives the first answer again"),
    ),
    responses(
        (status = 200, description = "The task, there again", body = TaskView),
        (status = 404, description = "No such task ever was", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "Another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be reached, or the outcome is not known: retry with the same key", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn restore_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
) -> Result<Answer<TaskView>, Problem> {
    let meta = state.meta(id, &preconditions, fingerprint("restore", &format!("/tasks/{id}"), &Value::Null));
    let command = TaskCommand::Restore { at: meta.time };
    let committed = state.run_on_task(id, command, meta, &preconditions).await.map_err(problem)?;
    let view = TaskView::of(&committed.aggregate);
    Ok(Answer::ok(&committed, view))
}
