//! `DELETE /reminders/{id}`

use axum::extract::State;
use domain::reminder::{CancelReason, ReminderCommand};
use platform::http::PathUuid;
use platform::problem::{Problem, ProblemBody};
use serde_json::Value;

use crate::answer::Answer;
use crate::failure::problem;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Deletes a reminder: it will not ring.
#[utoipa::path(
    delete,
    path = "/reminders/{id}",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "The reminder"),
        ("If-Match" = Option<String>, Header, description = "Delete only this version, e.g. `\"3\"`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key gives the first answer again"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such reminder", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "Another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be reached, or the outcome is not known: retry with the same key", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn delete_reminder(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
) -> Result<Answer<()>, Problem> {
    let meta = state.meta(id, &preconditions, fingerprint("delete", &format!("/reminders/{id}"), &Value::Null));
    let command = ReminderCommand::Cancel { reason: CancelReason::Deleted, at: meta.time };
    let committed = state.run_on_reminder(id, command, meta, &preconditions).await.map_err(problem)?;
    Ok(Answer::no_content(&committed))
}
