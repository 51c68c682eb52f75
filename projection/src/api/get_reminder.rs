//! `GET /reminders/{id}`

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::reminder::ReminderView;
use platform::http::{PathUuid, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use super::answer::Answer;
use super::consistency::Consistency;
use super::failure::ask;
use crate::{lists, projections};

/// Reads a reminder.
#[utoipa::path(
    get,
    path = "/reminders/{id}",
    tag = "reminders",
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the reminder"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "The reminder", body = ReminderView, headers(
            ("ETag" = String, description = "Its version, for `If-Match`"),
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such reminder", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_reminder(
    State(state): State<QueryState>,
    PathUuid(id): PathUuid,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Response, Problem> {
    params.allow(&[], &[])?;
    let (reflects, [reminders]) = consistency.reach_tables(&state.positions, [projections::reminders::NAME]).await?;
    let reminder = ask(lists::reminders::find(&state.pool, reminders, state.tenant(), id)).await?;
    let reminder = reminder.ok_or_else(|| Problem::not_found(format!("there is no reminder {id}")))?;
    let mut response = Answer { body: ReminderView::of(&reminder), reflects }.into_response();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", reminder.version)) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}
