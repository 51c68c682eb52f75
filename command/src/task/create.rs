//! `POST /tasks`

use axum::extract::State;
use domain::task::{NewTask, TaskAggregate, TaskCommand, TaskView, new_task_id};
use kafka_es::Committed;
use platform::http::JsonObject;
use platform::problem::Problem;
use serde_json::{Map, Value};
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
    let id = new_id(&state, &preconditions);
    let committed = run(&state, id, &preconditions, body).await?;
    let view = TaskView::of(&committed.aggregate.task);
    Ok(Answer::created(&committed, format!("/tasks/{id}"), view))
}

/// The id of the task to create. A key makes it follow, so that a repeated request meets the stream of the first.
pub(super) fn new_id(state: &CommandState, preconditions: &Preconditions) -> Uuid {
    preconditions.idempotency_key.as_deref().map_or_else(Uuid::now_v7, |key| new_task_id(&state.tenant, key))
}

/// Creates the task `id`, which is that of [`new_id`], from the body of the call.
pub(super) async fn run(
    state: &CommandState,
    id: Uuid,
    preconditions: &Preconditions,
    body: Map<String, Value>,
) -> Result<Committed<TaskAggregate>, Problem> {
    let new = NewTask::from_json(&body).map_err(invalid)?;
    let meta = state.meta(id, preconditions, fingerprint("create", "/tasks", &body.into()));
    let command = TaskCommand::Create { id, new, at: meta.time };
    state.run_on_task(id, command, meta, preconditions).await.map_err(create_problem)
}
