//! `POST /tasks/{id}/undo`

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

/// Takes the last change of a task back, by a new one: fields get what they had, a completed task is open again, one that was opened
/// again is completed when it had been, a deleted one is there again, and a new or restored one is deleted.
///
/// An undo is a change as well: a second one brings back what the first took away. Of a task that repeats, what is undone is its
/// own change; another occurrence is a task of its own, and stays as it is.
///
/// Send `If-Match` to undo the change you have seen: where somebody changed the task since, the answer is 412. It takes no
/// body, or an empty object.
#[utoipa::path(
    post,
    path = "/tasks/{id}/undo",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The task"),
    ),
    responses(
        (status = 200, description = "The task, as it was before its last change", body = TaskView),
        (status = 204, description = "What is undone had created or restored the task: it is deleted"),
        (status = 404, description = "No such task ever was"),
        (status = 409, description = "There is nothing to undo: the last change changed nothing; or others changed it at the same time, again and again"),
    )
)]
pub async fn undo_task(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    NoFields: NoFields,
) -> Result<Answer<TaskView>, Problem> {
    let committed = run(&state, id, &preconditions).await?;
    let task = &committed.aggregate.task;
    if task.exists() {
        let view = TaskView::of(task);
        Ok(Answer::ok(&committed, view))
    } else {
        Ok(Answer::no_content(&committed))
    }
}

/// Takes the last change of the task back.
pub(super) async fn run(
    state: &CommandState,
    id: Uuid,
    preconditions: &Preconditions,
) -> Result<Committed<TaskAggregate>, Problem> {
    let meta = state.meta(id, preconditions, fingerprint("undo", &format!("/tasks/{id}"), &Value::Null));
    let command = TaskCommand::Undo { at: meta.time };
    state.run_on_task(id, command, meta, preconditions).await.map_err(problem)
}
