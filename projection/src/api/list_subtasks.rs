//! `GET /tasks/{id}/subtasks`

use axum::extract::State;
use platform::http::{Page, PathUuid, QueryParams};
use platform::problem::{Problem, ProblemBody};

use super::QueryState;
use super::answer::Written;
use super::consistency::Consistency;
use super::failure::ask;
use super::get_task::no_task;
use crate::lists::subtasks::{self, ORDER};
use crate::projections;
use crate::query::task_query::{TaskPage, fingerprint};

/// Lists the tasks right below a task: by `rank`, then those without one by the time of their making. What is below those is listed by
/// theirs.
#[utoipa::path(
    get,
    path = "/tasks/{id}/subtasks",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the task"),
        ("limit" = Option<u32>, Query, description = "Tasks on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "A page of tasks", body = TaskPage, headers(
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_subtasks(
    State(state): State<QueryState>,
    PathUuid(id): PathUuid,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Written, Problem> {
    params.allow(&["limit", "cursor"], &[])?;
    let filters = fingerprint(format!("{}/{id}", state.tenant()).as_bytes());
    let page = Page::read(&params, ORDER, &filters)?;
    let (reflects, [tasks]) = consistency.reach_tables(&state.positions, [projections::tasks::NAME]).await?;
    ask(state.tasks.find(tasks, state.tenant(), id)).await?.ok_or_else(|| no_task(id))?;
    let place = (page.cursor.as_ref(), filters.as_str());
    let below = subtasks::page(&state.pool, tasks, (state.tenant(), id), page.limit, place);
    let json = ask(async { below.await?.into_json() }).await?;
    Ok(Written { json, reflects })
}
