//! `POST /projections/{name}/rollback`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::http::{PathName, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use super::failure::{ask, begin_problem};
use super::rebuild_projection::Begun;
use crate::generations::{Ended, roll_back};
use crate::search::{self, Request};

/// Lets the generation that served before the last rebuild serve again.
///
/// It catches up with the log first, while the other one serves on, and takes its place when it is as far; then the other one is the one that
/// is kept.
#[utoipa::path(
    post,
    path = "/projections/{name}/rollback",
    tag = "operations",
    params(("name" = String, Path, description = "Name of the projection: tasks, history, reminders, completed, search")),
    responses(
        (status = 202, description = "It has begun to catch up; of `search` in every query process that has kept one", body = Begun),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no such projection", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "No generation is kept, or a rebuild runs", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn roll_back_projection(
    State(state): State<QueryState>,
    PathName(name): PathName,
    params: QueryParams,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    params.allow(&[], &[])?;
    if name == search::NAME {
        ask(search::request(&state.pool, Request::RollBack)).await?;
        return Ok((StatusCode::ACCEPTED, Json(Begun { projection: name, generation: None })));
    }
    match roll_back(&state.pool, &name).await.map_err(begin_problem)? {
        Ended::Done(kept) => {
            Ok((StatusCode::ACCEPTED, Json(Begun { projection: name, generation: Some(kept.number) })))
        }
        Ended::Nothing => Err(Problem::conflict(format!(
            "projection {name} has no generation that served before, or a rebuild of it runs: see GET /projections"
        ))),
    }
}
