//! `POST /tasks`

use axum::extract::State;
use domain::task::{NewTask, TaskCommand, TaskRejection, TaskView, new_task_id};
use kafka_es::ExecuteError;
use platform::http::JsonObject;
use platform::problem::{Problem, ProblemBody};
use uuid::Uuid;

use crate::answer::Answer;
use crate::bodies::TaskBody;
use crate::failure::{invalid, problem, wrong_version};
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Creates a task.
#[utoipa::path(
    post,
    path = "/tasks",
    tag = "tasks",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body gives the first answer again"),
    ),
    request_body(content = TaskBody, description = "Only `title` is required"),
    responses(
        (status = 201, description = "Created", body = TaskView, headers(
            ("Location" = String, description = "Path of the task"),
            ("ETag" = String, description = "Its version, for `If-Match`"),
            ("Consistency-Token" = String, description = "Send it with a query to see this write"),
        )),
        (status = 422, description = "Not valid; `errors` names each field", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be reached, or the outcome is not known: retry with the same key", body = ProblemBody, content_type = "application/problem+json"),
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
    let view = TaskView::of(&committed.aggregate);
    Ok(Answer::created(&committed, format!("/tasks/{id}"), view))
}

/// A create that expects a version expects a task that is not there yet: 412, where other writes say 404.
fn create_problem(error: ExecuteError<TaskRejection>) -> Problem {
    match error {
        ExecuteError::WrongVersion { actual } => wrong_version(actual),
        other => problem(other),
    }
}
