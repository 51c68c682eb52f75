//! `POST /tasks`

use axum::extract::State;
use domain::task::{NewTask, TaskCommand, TaskView, new_task_id};
use platform::http::JsonObject;
use platform::problem::Problem;
use uuid::Uuid;

use crate::answer::Answer;
use crate::bodies::TaskBody;
use crate::failure::{create_problem, invalid};
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Creates a task.
#[utoipa::path(
    post,
    path = "/tasks",
    tag = "tasks",
    request_body(content = TaskBody, description = "Only `title` is required"),
    responses(
        (status = 201, description = "Created", body = TaskView, headers(
            ("Location" = String, description = "Path of the task"),
        )),
    )
)]
pub async fn create_task(
    State(state): State<CommandState>,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<TaskView>, Problem> {
    let new = NewTask::from_json(&body).map_err(invalid)?;
    // A key makes the id follow from it, so that a repeated request meets the stream of the first.
    let id = preconditions.idempotency_key.as_deref().map_or_else(Uuid::now_v7, |key| new_task_id(&state.tenant, key));
    let meta = state.meta(id, &preconditions, fingerprint("create", "/tasks", &body.into()));
    let command = TaskCommand::Create { id, new, at: meta.time };
    let committed = state.run_on_task(id, command, meta, &preconditions).await.map_err(create_problem)?;
    let view = TaskView::of(&committed.aggregate.task);
    Ok(Answer::created(&committed, format!("/tasks/{id}"), view))
}
