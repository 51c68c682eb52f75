//! `DELETE /dead-letters/{id}`

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use crate::projector::drop::{DropError, Dropped, drop_letter};
use crate::search::{self, Request};

/// Drops a parked record for good: its projection goes on without its event, and with the records of its stream that wait, in
/// order.
///
/// Only the record that holds its stream up can be dropped, and not the first event of a stream. The event stays in the log and
/// the write side knows it; other projections that have parked it are asked for themselves. A rebuild begun later passes over it
/// too; one that has parked it already wants the same call for its own dead letter. Search goes on with the stream, shortly after
/// this answer, where the record is dropped from the projection `tasks`. There is no way back: to apply the event after all, `POST /dead-letters/{id}/retry` instead.
#[utoipa::path(
    delete,
    path = "/dead-letters/{id}",
    tag = "operations",
    params(("id" = i64, Path, description = "Id of the parked record")),
    responses(
        (status = 200, description = "It is dropped; what became of the records behind it", body = Dropped),
        (status = 404, description = "No record is parked under this id", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It waits behind another one, or is the first event of its stream; nothing has changed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn drop_dead_letter(
    State(state): State<QueryState>,
    id: Result<Path<i64>, PathRejection>,
    params: QueryParams,
) -> Result<Json<Dropped>, Problem> {
    params.allow(&[], &[])?;
    let Ok(Path(id)) = id else {
        return Err(Problem::not_found("ids of dead letters are whole numbers"));
    };
    match drop_letter(&state.pool, id, state.clock.now()).await {
        Ok(dropped) => {
            // A query process that does not hear of it passes over the record when it hears Postgres again.
            if let Err(error) = search::request(&state.pool, Request::PassOver).await {
                tracing::warn!(%error, dead_letter = id, "search was not told of a dropped record");
            }
            Ok(Json(dropped))
        }
        Err(error @ DropError::NotFound) => Err(Problem::not_found(error.to_string())),
        Err(error @ DropError::Refused(_)) => Err(Problem::conflict(error.to_string())),
        Err(DropError::Postgres(error)) => {
            tracing::warn!(%error, dead_letter = id, "postgres could not drop a dead letter");
            Err(Problem::unavailable("the read side's database cannot be reached"))
        }
    }
}
