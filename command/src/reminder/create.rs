//! `POST /tasks/{id}/reminders`

use axum::extract::State;
use domain::reminder::{NewReminder, Reminder, ReminderCommand, ReminderRejection, ReminderView, new_reminder_id};
use kafka_es::{Committed, ExecuteError};
use platform::http::{JsonObject, PathUuid};
use platform::problem::Problem;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::task_of::task_of;
use crate::answer::Answer;
use crate::bodies::ReminderTimeBody;
use crate::failure::{Rejection, create_problem, invalid};
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Schedules a reminder of a task, at a wall time or some time before the task is due.
#[utoipa::path(
    post,
    path = "/tasks/{id}/reminders",
    tag = "reminders",
    params(
        ("id" = Uuid, Path, description = "The task"),
    ),
    request_body(content = ReminderTimeBody, description = "Either `remind_at` with `time_zone`, or `before_due`"),
    responses(
        (status = 201, description = "Scheduled", body = ReminderView, headers(
            ("Location" = String, description = "Path of the reminder"),
        )),
        (status = 404, description = "No such task"),
    )
)]
pub async fn create_reminder(
    State(state): State<CommandState>,
    PathUuid(task_id): PathUuid,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<ReminderView>, Problem> {
    let (id, committed) = run(&state, task_id, &preconditions, body).await?;
    let view = ReminderView::of(&committed.aggregate);
    Ok(Answer::created(&committed, format!("/reminders/{id}"), view))
}

/// Schedules a reminder of the task from the body of the call: its id, which follows from the key if there is one, and what was written.
///
/// # Errors
/// What the request is to be answered.
pub(crate) async fn run(
    state: &CommandState,
    task_id: Uuid,
    preconditions: &Preconditions,
    body: Map<String, Value>,
) -> Result<(Uuid, Committed<Reminder>), Problem> {
    let new = NewReminder::from_json(&body).map_err(invalid)?;
    let task = task_of(state, task_id).await?;
    let id = preconditions
        .idempotency_key
        .as_deref()
        .map_or_else(Uuid::now_v7, |key| new_reminder_id(&state.tenant, task_id, key));
    let target = format!("/tasks/{task_id}/reminders");
    let meta = state.meta(id, preconditions, fingerprint("schedule", &target, &body.into()));
    let command = ReminderCommand::Schedule { id, task_id, new, task, at: meta.time };
    let committed = state.run_on_reminder(id, command, meta, preconditions).await.map_err(|error| match error {
        // Where the path leads nowhere, no precondition is asked for.
        ExecuteError::WrongVersion { .. } if task.is_none() => ReminderRejection::NoTask.problem(),
        error => create_problem(error),
    })?;
    Ok((id, committed))
}
