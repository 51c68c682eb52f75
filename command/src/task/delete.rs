//! `DELETE /tasks/{id}`

use axum::extract::State;
use domain::task::{TaskAggregate, TaskCommand};
use kafka_es::Committed;
use platform::http::PathUuid;
use platform::problem::Problem;
use serde_json::Value;
use uuid::Uuid;

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
    let committed = run(&state, id, &preconditions).await?;
    Ok(Answer::no_content(&committed))
}

/// Deletes the task.
pub(super) async fn run(
    state: &CommandState,
    id: Uuid,
    preconditions: &Preconditions,
) -> Result<Committed<TaskAggregate>, Problem> {
    let meta = state.meta(id, preconditions, fingerprint("delete", &format!("/tasks/{id}"), &Value::Null));
    let command = TaskCommand::Delete { at: meta.time };
    state.change_task(id, command, meta, preconditions).await
}
