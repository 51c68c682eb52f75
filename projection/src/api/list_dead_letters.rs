//! `GET /dead-letters`

use axum::Json;
use axum::extract::State;
use platform::http::{Page, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use super::failure::ask;
use crate::lists::dead_letters::{self, DeadLetterPage, ORDER};

/// Lists the records that could not be applied, and those that wait behind them.
#[utoipa::path(
    get,
    path = "/dead-letters",
    tag = "operations",
    params(
        ("limit" = Option<u32>, Query, description = "Records on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of parked records, first parked first", body = DeadLetterPage),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_dead_letters(
    State(state): State<QueryState>,
    params: QueryParams,
) -> Result<Json<DeadLetterPage>, Problem> {
    params.allow(&["limit", "cursor"], &[])?;
    let page = Page::read(&params, ORDER, "")?;
    let letters = dead_letters::page(&state.pool, &state.positions, page.limit, page.cursor.as_ref());
    Ok(Json(ask(letters).await?))
}
