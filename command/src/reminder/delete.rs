//! `DELETE /reminders/{id}`

use axum::extract::State;
use domain::reminder::{CancelReason, ReminderCommand};
use platform::http::PathUuid;
use platform::problem::Problem;
use serde_json::Value;

use crate::answer::Answer;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Deletes a reminder: it will not ring.
#[utoipa::path(
    delete,
    path = "/reminders/{id}",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "The reminder"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such reminder"),
    )
)]
pub async fn delete_reminder(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
) -> Result<Answer<()>, Problem> {
    let meta = state.meta(id, &preconditions, fingerprint("delete", &format!("/reminders/{id}"), &Value::Null));
    let command = ReminderCommand::Cancel { reason: CancelReason::Deleted, at: meta.time };
    let committed = state.change_reminder(id, command, meta, &preconditions).await?;
    Ok(Answer::no_content(&committed))
}
