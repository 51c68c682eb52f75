//! `POST /dead-letters/{id}/retry`

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use crate::projector::retry::{Retried, RetryError, retry};

/// Tries to apply a parked record again, and with it the records of its stream that wait, in order.
///
/// This is about the projections in Postgres. Search needs no retry: a build that can read the record goes on with the stream when
/// it opens its index.
#[utoipa::path(
    post,
    path = "/dead-letters/{id}/retry",
    tag = "operations",
    params(("id" = i64, Path, description = "Id of the parked record")),
    responses(
        (status = 200, description = "At least one record is not parked any more", body = Retried),
        (status = 404, description = "No record is parked under this id", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It still cannot be applied; nothing has changed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn retry_dead_letter(
    State(state): State<QueryState>,
    id: Result<Path<i64>, PathRejection>,
    params: QueryParams,
) -> Result<Json<Retried>, Problem> {
    params.allow(&[], &[])?;
    let Ok(Path(id)) = id else {
        return Err(Problem::not_found("ids of dead letters are whole numbers"));
    };
    match retry(&state.pool, id, state.clock.now()).await {
        Ok(retried) => Ok(Json(retried)),
        Err(error @ RetryError::NotFound) => Err(Problem::not_found(error.to_string())),
        Err(error @ RetryError::StillFails(_)) => Err(Problem::conflict(error.to_string())),
        Err(RetryError::Postgres(error)) => {
            tracing::warn!(%error, dead_letter = id, "postgres could not retry a dead letter");
            Err(Problem::unavailable("the read side's database cannot be reached"))
        }
    }
}
