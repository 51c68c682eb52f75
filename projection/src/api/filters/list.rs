//! `GET /filters`

use axum::Json;
use axum::extract::State;
use platform::http::{Page, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::super::QueryState;
use super::super::failure::ask;
use crate::filters::{self, FilterPage, ORDER};

/// Lists the saved filters.
#[utoipa::path(
    get,
    path = "/filters",
    tag = "filters",
    params(
        ("limit" = Option<u32>, Query, description = "Filters on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of filters, by name", body = FilterPage),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(in crate::api) async fn list_filters(
    State(state): State<QueryState>,
    params: QueryParams,
) -> Result<Json<FilterPage>, Problem> {
    params.allow(&["limit", "cursor"], &[])?;
    let page = Page::read(&params, ORDER, "")?;
    Ok(Json(ask(filters::page(&state.pool, state.tenant(), page.limit, page.cursor.as_ref())).await?))
}
