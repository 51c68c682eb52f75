//! `GET /stats/completed`

use axum::extract::State;
use platform::http::QueryParams;
use platform::page::{Cursor, CursorError};
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::QueryState;
use super::answer::Answer;
use super::consistency::Consistency;
use super::failure::ask;
use super::task_params::values::date;
use crate::lists::completed::{self, CompletedDay};
use crate::projections::completed::NAME;

/// One page of days.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CompletedPage {
    /// Days on which tasks were completed, oldest first; a day without any is left out.
    items: Vec<CompletedDay>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    next_cursor: Option<String>,
}

/// Counts the tasks that were completed on each day.
#[utoipa::path(
    get,
    path = "/stats/completed",
    tag = "tasks",
    params(
        ("from" = Option<chrono::NaiveDate>, Query, description = "The first day, in UTC"),
        ("to" = Option<chrono::NaiveDate>, Query, description = "The last day, in UTC"),
        ("limit" = Option<u32>, Query, description = "Days on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "A page of days, oldest first", body = CompletedPage, headers(
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn completed_stats(
    State(state): State<QueryState>,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Answer<CompletedPage>, Problem> {
    params.allow(&["from", "to", "limit", "cursor"], &[])?;
    let mut errors = Vec::new();
    let (from, to) = (date(&params, "from", &mut errors), date(&params, "to", &mut errors));
    let filters = format!("{from:?} {to:?}");
    let (limit, cursor) = (params.limit(&mut errors), params.cursor(NAME, &filters, &mut errors));
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let after = cursor.map(|cursor| cursor.id.parse::<chrono::NaiveDate>()).transpose();
    let after = after.map_err(|_| CursorError::Garbage)?;
    let from = after.and_then(|day| day.succ_opt()).or(from);
    let (reflects, [generation]) = consistency.reach_tables(&state.positions, [NAME]).await?;
    let (items, more) = ask(completed::days(&state.pool, generation, state.tenant(), from, to, limit)).await?;
    let next_cursor = items.last().filter(|_| more).map(|last| {
        let key = serde_json::Value::Null;
        Cursor { sort: NAME.to_owned(), key, id: last.date.to_string(), filters }.encode()
    });
    Ok(Answer { body: CompletedPage { items, next_cursor }, reflects })
}
