//! `PATCH /tasks/{id}`

use axum::extract::State;
use domain::task::{TaskCommand, TaskPatch, TaskView};
use platform::http::{JsonObject, PathUuid};
use platform::problem::{Problem, ProblemBody};

use crate::answer::Answer;
use crate::bodies::TaskPatchBody;
use crate::failure::{invalid, problem};
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Changes a task by a JSON Merge Patch (RFC 7396): an absent member stays, `null` clears.
///
/// `{"status":"completed"}` completes the task, and any other status opens a completed one again.
#[utoipa::path(
    patch,
    path = "/tasks/{id}",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
        ("If-Match" = Option<String>, Header, description = "Change only this version, e.g. `\"3\"`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body gives the first answer again"),
    ),
    request_body(content = TaskPatchBody, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The task after the change", body = TaskView),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "Another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` names each field", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be reached, or the outcome is not known: retry with the same key", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn update_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<TaskView>, Problem> {
    let patch = TaskPatch::from_json(&body).map_err(invalid)?;
    let meta = state.meta(id, &preconditions, fingerprint("update", &format!("/tasks/{id}"), &body.into()));
    let command = TaskCommand::Update { patch, at: meta.time };
    let committed = state.run_on_task(id, command, meta, &preconditions).await.map_err(problem)?;
    let view = TaskView::of(&committed.aggregate);
    Ok(Answer::ok(&committed, view))
}
