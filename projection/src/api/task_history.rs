//! `GET /tasks/{id}/history`

use axum::extract::State;
use cqrs_es::persist::ViewRepository as _;
use platform::http::{Page, PathUuid, QueryParams};
use platform::page::{Cursor, CursorError, cut};
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::QueryState;
use super::answer::Answer;
use super::consistency::Consistency;
use super::failure::ask;
use super::get_task::no_task;
use crate::projections::history::{self, HistoryItem};

const ORDER: &str = "history";

/// One page of a task's history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryPage {
    /// What happened, oldest first.
    items: Vec<HistoryItem>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    next_cursor: Option<String>,
}

/// Tells what happened to a task: who changed what, when. A deleted task keeps its history.
#[utoipa::path(
    get,
    path = "/tasks/{id}/history",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the task"),
        ("limit" = Option<u32>, Query, description = "Items on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "A page of the history, oldest first", body = HistoryPage, headers(
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There never was such a task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn task_history(
    State(state): State<QueryState>,
    PathUuid(id): PathUuid,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Answer<HistoryPage>, Problem> {
    params.allow(&["limit", "cursor"], &[])?;
    let stream = domain::tenant::stream_id(state.tenant(), id);
    let page = Page::read(&params, ORDER, &stream)?;
    let after = after(&page)?;
    let (reflects, [generation]) = consistency.reach_tables(&state.positions, [history::NAME]).await?;
    let repository = history::repository(generation, state.pool.clone());
    let document = ask(repository.load(&stream)).await?.ok_or_else(|| no_task(id))?;
    let later: Vec<HistoryItem> = document.items.into_iter().filter(|item| item.version > after).collect();
    let (items, more) = cut(later, page.limit);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        let (key, id) = (last.version.into(), id.to_string());
        Cursor { sort: ORDER.to_owned(), key, id, filters: stream.clone() }.encode()
    });
    Ok(Answer { body: HistoryPage { items, next_cursor }, reflects })
}

/// The version the page before ended with.
fn after(page: &Page) -> Result<u64, CursorError> {
    match &page.cursor {
        None => Ok(0),
        Some(cursor) => cursor.key.as_u64().ok_or(CursorError::Garbage),
    }
}
