//! `POST /projections/{name}/rebuild`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use platform::http::{PathName, QueryParams};
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::QueryState;
use super::failure::{ask, begin_problem};
use crate::generations::begin_rebuild;
use crate::search::{self, Request};

/// A rebuild, or a way back, that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Begun {
    /// The projection.
    pub(super) projection: String,
    /// The generation that is to serve. The search index counts for itself in each query process, so there it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) generation: Option<i32>,
}

/// Builds a projection from the log again while it serves.
///
/// A new generation is filled beside the one that serves, compared with it, and put in its place when it is as far; the old one is kept
/// (`POST /projections/{name}/rollback`). `GET /projections` tells how far it is. Where a rebuild runs already, that one goes on.
/// `search` is rebuilt by every query process that runs now. Nothing is sent or scheduled again by it.
#[utoipa::path(
    post,
    path = "/projections/{name}/rebuild",
    tag = "operations",
    params(("name" = String, Path, description = "Name of the projection: tasks, history, reminders, completed, search")),
    responses(
        (status = 202, description = "It has begun, or runs", body = Begun),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no such projection", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rebuild_projection(
    State(state): State<QueryState>,
    PathName(name): PathName,
    params: QueryParams,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    params.allow(&[], &[])?;
    let generation = if name == search::NAME {
        ask(search::request(&state.pool, Request::Rebuild)).await?;
        None
    } else {
        Some(begin_rebuild(&state.pool, &name).await.map_err(begin_problem)?.generation.number)
    };
    Ok((StatusCode::ACCEPTED, Json(Begun { projection: name, generation })))
}
