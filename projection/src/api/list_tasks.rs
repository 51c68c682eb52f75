//! `GET /tasks`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use platform::http::QueryParams;
use platform::problem::{Problem, ProblemBody};
use utoipa::IntoParams;

use super::QueryState;
use super::answer::{Answer, Written};
use super::consistency::Consistency;
use super::failure::{ask, search_problem};
use super::filters::named;
use super::task_conditions::TaskConditions;
use super::task_params;
use crate::lists::index::Shown;
use crate::metrics_definitions as metric;
use crate::projections;
use crate::query::task_query::{TaskPage, TaskQuery};

/// The parameters that say which part of the tasks in which order, for the OpenAPI document; [`task_params`] reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters, is never made")]
struct PageParams {
    /// `created_at`, `updated_at`, `due`, `priority`, `title` or, with `q`, `relevance`; `-` before it for descending. Without
    /// it newest first, a search best match first. Tasks without a due date come last in both directions.
    #[param(example = "-due")]
    sort: Option<String>,
    /// Tasks on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Count the matches too. A search counts all; a list counts up to 100,000 and says `"total_is_exact": false` beside a
    /// `total` of 100,000 when there are more.
    total: Option<bool>,
}

/// Lists, filters, sorts and searches tasks.
#[utoipa::path(
    get,
    path = "/tasks",
    tag = "tasks",
    params(
        TaskConditions,
        PageParams,
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
    ),
    responses(
        (status = 200, description = "A page of tasks", body = TaskPage, headers(
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, the search index is still being filled, or a store cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_tasks(
    State(state): State<QueryState>,
    consistency: Consistency,
    params: QueryParams,
) -> Result<Response, Problem> {
    let saved = named(&state, &params).await?;
    let query = task_params::read(&params, &saved, state.tenant(), state.clock.now())?;
    if query.q.is_none() {
        return Ok(list(&state, &query, &consistency).await?.into_response());
    }
    let search = state.search.as_ref().ok_or_else(|| Problem::unavailable("this process has no search index"))?;
    let reflects = consistency.reach_search(&state.positions, search).await?;
    let body = search.query(&query).await.map_err(search_problem)?;
    Ok(Answer { body, reflects }.into_response())
}

/// From memory where it is there, else from Postgres.
async fn list(state: &QueryState, query: &TaskQuery, consistency: &Consistency) -> Result<Written, Problem> {
    let (mut reflects, [tasks]) = consistency.reach_tables(&state.positions, [projections::tasks::NAME]).await?;
    let wanted = consistency.wanted(&reflects);
    let page = async {
        if let Some(Shown { answer, shows }) = state.index.page(tasks, query, &wanted).await? {
            metric::tasks_answered("memory");
            reflects.token = shows;
            return answer.into_json();
        }
        metric::tasks_answered("postgres");
        let page = state.tasks.page(tasks, query).await?;
        state.index.note(tasks, &state.positions.token(&[projections::tasks::NAME]));
        page.into_json()
    };
    let json = ask(page).await?;
    Ok(Written { json, reflects })
}
