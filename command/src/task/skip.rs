//! `POST /tasks/{id}/skip`

use axum::extract::State;
use domain::task::{TaskAggregate, TaskCommand, TaskView};
use kafka_es::Committed;
use platform::http::PathUuid;
use platform::problem::Problem;
use serde_json::Value;
use uuid::Uuid;

use crate::answer::Answer;
use crate::no_fields::NoFields;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Leaves this occurrence of a task that repeats out: the task is due at the next one.
///
/// Where the series has no other, or the next one is a task of its own already (`generate: when_due`, and this one's time has come), the
/// task is cancelled instead. `POST /tasks/{id}/undo` takes either back. It takes no body, or an empty object.
#[utoipa::path(
    post,
    path = "/tasks/{id}/skip",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
    ),
    responses(
        (status = 200, description = "The task, due at the next occurrence", body = TaskView),
        (status = 404, description = "No such task"),
        (status = 409, description = "The task does not repeat, or is completed or cancelled; or others changed it at the same time, again and again"),
    )
)]
pub async fn skip_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    NoFields: NoFields,
) -> Result<Answer<TaskView>, Problem> {
    let committed = run(&state, id, &preconditions).await?;
    let view = TaskView::of(&committed.aggregate.task);
    Ok(Answer::ok(&committed, view))
}

/// Leaves this occurrence of the task out.
pub(super) async fn run(
    state: &CommandState,
    id: Uuid,
    preconditions: &Preconditions,
) -> Result<Committed<TaskAggregate>, Problem> {
    let meta = state.meta(id, preconditions, fingerprint("skip", &format!("/tasks/{id}"), &Value::Null));
    let command = TaskCommand::Skip { at: meta.time };
    state.change_task(id, command, meta, preconditions).await
}
