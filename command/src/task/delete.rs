//! `DELETE /tasks/{id}`

use axum::extract::State;
use domain::task::TaskCommand;
use platform::http::PathUuid;
use platform::problem::Problem;
use serde_json::Value;

use crate::answer::Answer;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Deletes a task. It can be brought back by `POST /tasks/{id}/restore`.
#[utoipa::path(
    delete,
    path = "/tasks/{id}",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such task"),
    )
)]
pub async fn delete_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
) -> Result<Answer<()>, Problem> {
    let meta = state.meta(id, &preconditions, fingerprint("delete", &format!("/tasks/{id}"), &Value::Null));
    let command = TaskCommand::Delete { at: meta.time };
    let committed = state.change_task(id, command, meta, &preconditions).await?;
    Ok(Answer::no_content(&committed))
}
