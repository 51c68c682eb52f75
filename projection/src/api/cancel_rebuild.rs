//! `DELETE /projections/{name}/rebuild`

use axum::extract::State;
use axum::http::StatusCode;
use platform::http::{PathName, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use super::failure::{ask, begin_problem};
use crate::generations::{Ended, cancel_rebuild as cancel};
use crate::search::{self, Request};

/// Gives up the rebuild of a projection that runs. What serves goes on serving.
#[utoipa::path(
    delete,
    path = "/projections/{name}/rebuild",
    tag = "operations",
    params(("name" = String, Path, description = "Name of the projection: tasks, history, reminders, completed, search")),
    responses(
        (status = 204, description = "It is given up; of `search` in every query process that rebuilds it"),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no such projection, or no rebuild of it runs", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel_rebuild(
    State(state): State<QueryState>,
    PathName(name): PathName,
    params: QueryParams,
) -> Result<StatusCode, Problem> {
    params.allow(&[], &[])?;
    if name == search::NAME {
        ask(search::request(&state.pool, Request::Cancel)).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    match cancel(&state.pool, &name).await.map_err(begin_problem)? {
        Ended::Done(_) => Ok(StatusCode::NO_CONTENT),
        Ended::Nothing => Err(Problem::not_found(format!("no rebuild of projection {name} runs"))),
    }
}
