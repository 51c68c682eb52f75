//! `GET /reminders/{id}/deliveries`

use axum::Json;
use axum::extract::State;
use domain::tenant;
use platform::http::{PathUuid, QueryParams};
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::notification_settings::away;
use crate::delivery::{AttemptRow, Notify, attempts_of};

/// The attempts to deliver a reminder.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Deliveries {
    /// Oldest first.
    items: Vec<AttemptRow>,
    /// Always `null`: all of them are here.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Each attempt to deliver a reminder that rang, oldest first: over which channel, when, and what came of it.
#[utoipa::path(
    get,
    path = "/reminders/{id}/deliveries",
    tag = "reminders",
    params(("id" = uuid::Uuid, Path, description = "The reminder")),
    responses(
        (status = 200, description = "All attempts", body = Deliveries),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such reminder", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The log or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_deliveries(
    State(notify): State<Notify>,
    PathUuid(id): PathUuid,
    params: QueryParams,
) -> Result<Json<Deliveries>, Problem> {
    params.allow(&[], &[])?;
    let knows = notify.knows(tenant::DEFAULT, id).await;
    if !knows.map_err(|failure| Problem::unavailable(failure.to_string()))? {
        return Err(Problem::not_found("there is no reminder with this id"));
    }
    let items = attempts_of(notify.pool(), tenant::DEFAULT, id).await.map_err(away)?;
    Ok(Json(Deliveries { items, next_cursor: None }))
}
