//! `PATCH /reminders/{id}`

use axum::extract::State;
use domain::reminder::{ReminderCommand, ReminderPatch, ReminderView};
use platform::http::{JsonObject, PathUuid};
use platform::problem::Problem;

use super::task_of::task_of_reminder;
use crate::answer::Answer;
use crate::bodies::ReminderTimeBody;
use crate::failure::invalid;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Moves a reminder to another time. One that has rung already is scheduled anew.
#[utoipa::path(
    patch,
    path = "/reminders/{id}",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "The reminder"),
    ),
    request_body(content = ReminderTimeBody, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The reminder after the change", body = ReminderView),
        (status = 404, description = "No such reminder; or it is to ring before its task is due, and there is no such task"),
    )
)]
pub async fn change_reminder(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<ReminderView>, Problem> {
    let patch = ReminderPatch::from_json(&body).map_err(invalid)?;
    let task = task_of_reminder(&state, id).await?;
    let meta = state.meta(id, &preconditions, fingerprint("reschedule", &format!("/reminders/{id}"), &body.into()));
    let command = ReminderCommand::Reschedule { patch, task, at: meta.time };
    let committed = state.change_reminder(id, command, meta, &preconditions).await?;
    let view = ReminderView::of(&committed.aggregate);
    Ok(Answer::ok(&committed, view))
}
