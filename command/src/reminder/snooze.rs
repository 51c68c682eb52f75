//! `POST /reminders/{id}/snooze`

use axum::extract::State;
use domain::reminder::{ReminderCommand, ReminderView, Snooze};
use platform::http::{JsonObject, PathUuid};
use platform::problem::{Problem, ProblemBody};

use crate::answer::Answer;
use crate::bodies::SnoozeBody;
use crate::failure::{invalid, problem};
use crate::request::{Preconditions, fingerprint};
use crate::state::CommandState;

/// Puts a reminder off: for a while from now, or until a wall time.
#[utoipa::path(
    post,
    path = "/reminders/{id}/snooze",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "The reminder"),
        ("If-Match" = Option<String>, Header, description = "Snooze only this version, e.g. `\"3\"`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body gives the first answer again"),
    ),
    request_body(content = SnoozeBody, description = "Either `for`, or `until` with `time_zone`"),
    responses(
        (status = 200, description = "The reminder, snoozed", body = ReminderView),
        (status = 404, description = "No such reminder", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "Another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` names each field", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be reached, or the outcome is not known: retry with the same key", body = ProblemBody, content_type = "application/problem+json"),
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
    let committed = state.run_on_reminder(id, command, meta, &preconditions).await.map_err(problem)?;
    let view = ReminderView::of(&committed.aggregate);
    Ok(Answer::ok(&committed, view))
}
