//! `POST /reminders/{id}/snooze`

use axum::extract::State;
use domain::reminder::{ReminderCommand, ReminderView, Snooze};
use platform::http::{JsonObject, PathUuid};
use platform::problem::Problem;

use crate::answer::Answer;
use crate::bodies::SnoozeBody;
use crate::failure::invalid;
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Puts a reminder off: for a while from now, or until a wall time to come.
#[utoipa::path(
    post,
    path = "/reminders/{id}/snooze",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "The reminder"),
    ),
    request_body(content = SnoozeBody, description = "Either `for`, or `until` with `time_zone`"),
    responses(
        (status = 200, description = "The reminder, snoozed", body = ReminderView),
        (status = 404, description = "No such reminder"),
    )
)]
pub async fn snooze_reminder(
    State(state): State<CommandState>,
    PathUuid(id): PathUuid,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<Answer<ReminderView>, Problem> {
    let snooze = Snooze::from_json(&body).map_err(invalid)?;
    let target = format!("/reminders/{id}/snooze");
    let meta = state.meta(id, &preconditions, fingerprint("snooze", &target, &body.into()));
    let command = ReminderCommand::Snooze { snooze, at: meta.time };
    let committed = state.change_reminder(id, command, meta, &preconditions).await?;
    let view = ReminderView::of(&committed.aggregate);
    Ok(Answer::ok(&committed, view))
}
