//! `POST /tasks/{id}/restore`

use axum::extract::State;
use domain::task::{TaskAggregate, TaskCommand, TaskView};
use kafka_es::Committed;
use platform::http::PathUuid;
use platform::problem::Problem;
use serde_json::Value;
use uuid::Uuid;

use crate::answer::Answer;
use crate::failure::problem;
use crate::no_fields::NoFields;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Brings a deleted task back as it was. On a task that is not deleted it changes nothing. It takes no body, or an empty object.
#[utoipa::path(
    post,
    path = "/tasks/{id}/restore",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
    ),
    responses(
        (status = 200, description = "The task, there again", body = TaskView),
        (status = 404, description = "No such task ever was"),
    )
)]
pub async fn restore_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    NoFields: NoFields,
) -> Result<Answer<TaskView>, Problem> {
    let committed = run(&state, id, &preconditions).await?;
    let view = TaskView::of(&committed.aggregate.task);
    Ok(Answer::ok(&committed, view))
}

/// Brings the task back.
pub(super) async fn run(
    state: &CommandState,
    id: Uuid,
    preconditions: &Preconditions,
) -> Result<Committed<TaskAggregate>, Problem> {
    let meta = state.meta(id, preconditions, fingerprint("restore", &format!("/tasks/{id}"), &Value::Null));
    let command = TaskCommand::Restore { at: meta.time };
    state.run_on_task(id, command, meta, preconditions).await.map_err(problem)
}
