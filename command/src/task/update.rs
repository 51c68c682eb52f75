//! `PATCH /tasks/{id}`

use axum::extract::State;
use domain::task::{TaskAggregate, TaskCommand, TaskPatch, TaskView};
use kafka_es::Committed;
use platform::http::{JsonObject, PathUuid};
use platform::problem::Problem;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::answer::Answer;
use crate::bodies::TaskPatchBody;
use crate::failure::invalid;
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
    ),
    request_body(content = TaskPatchBody, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The task after the change", body = TaskView),
        (status = 404, description = "No such task"),
    )
)]
pub async fn update_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<TaskView>, Problem> {
    let committed = run(&state, id, &preconditions, body).await?;
    let view = TaskView::of(&committed.aggregate.task);
    Ok(Answer::ok(&committed, view))
}

/// Changes the task by the body of the call.
pub(super) async fn run(
    state: &CommandState,
    id: Uuid,
    preconditions: &Preconditions,
    body: Map<String, Value>,
) -> Result<Committed<TaskAggregate>, Problem> {
    let patch = TaskPatch::from_json(&body).map_err(invalid)?;
    let meta = state.meta(id, preconditions, fingerprint("update", &format!("/tasks/{id}"), &body.into()));
    let command = TaskCommand::Update { patch, at: meta.time };
    state.change_task(id, command, meta, preconditions).await
}
