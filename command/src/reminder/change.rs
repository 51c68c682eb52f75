//! `PATCH /reminders/{id}`

use axum::extract::State;
use domain::reminder::{ReminderCommand, ReminderPatch, ReminderView};
use platform::http::{JsonObject, PathUuid};
use platform::problem::{Problem, ProblemBody};

use super::task_of::due_of_reminder;
use crate::answer::Answer;
use crate::bodies::ReminderTimeBody;
use crate::failure::{invalid, problem};
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Moves a reminder to another time. One that has rung already is scheduled anew.
#[utoipa::path(
    patch,
    path = "/reminders/{id}",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "The reminder"),
        ("If-Match" = Option<String>, Header, description = "Change only this version, e.g. `\"3\"`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body gives the first answer again"),
    ),
    request_body(content = ReminderTimeBody, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The reminder after the change", body = ReminderView),
        (status = 404, description = "No such reminder", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "Another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` names each field", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be reached, or the outcome is not known: retry with the same key", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn change_reminder(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<ReminderView>, Problem> {
    let patch = ReminderPatch::from_json(&body).map_err(invalid)?;
    let due = due_of_reminder(&state, id).await?;
    let meta = state.meta(id, &preconditions, fingerprint("reschedule", &format!("/reminders/{id}"), &body.into()));
    let command = ReminderCommand::Reschedule { patch, due, at: meta.time };
    let committed = state.run_on_reminder(id, command, meta, &preconditions).await.map_err(problem)?;
    let view = ReminderView::of(&committed.aggregate);
    Ok(Answer::ok(&committed, view))
}
