//! `GET /filters/{name}`

use axum::extract::State;
use platform::http::{PathName, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::super::QueryState;
use super::super::failure::ask;
use super::answer::FilterAnswer;
use super::write::{missing, name_in_path};
use crate::filters::{self, Filter};

/// Reads a saved filter.
#[utoipa::path(
    get,
    path = "/filters/{name}",
    tag = "filters",
    params(("name" = String, Path, description = "Name of the filter, percent-encoded")),
    responses(
        (status = 200, description = "The filter", body = Filter, headers(
            ("ETag" = String, description = "Its version, for `If-Match`"),
        )),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such filter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(in crate::api) async fn get_filter(
    State(state): State<QueryState>,
    PathName(name): PathName,
    params: QueryParams,
) -> Result<FilterAnswer, Problem> {
    params.allow(&[], &[])?;
    let name = name_in_path(&name)?;
    let filter = ask(filters::find(&state.pool, state.tenant(), &name)).await?;
    filter.map(FilterAnswer::ok).ok_or_else(|| missing(name.as_str()))
}
