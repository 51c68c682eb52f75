//! `GET /tasks/{id}`

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cqrs_es::persist::ViewRepository as _;
use domain::task::TaskView;
use platform::http::{PathUuid, QueryParams};
use platform::problem::{Problem, ProblemBody};
use uuid::Uuid;

use super::QueryState;
use super::answer::{Written, mark};
use super::as_of::{AS_OF, AsOf};
use super::consistency::{Consistency, Reflects};
use super::failure::ask;
use crate::lists::ListError;
use crate::lists::index::Shown;
use crate::lists::tasks::Found;
use crate::metrics_definitions as metric;
use crate::projections::{history, tasks};

/// Reads a task, as it is or, with `as_of`, as it was: what this call answered at that version or time.
///
/// A time is compared with the times of the task's events, as its history tells them. A time after the last one gives the task as it is.
#[utoipa::path(
    get,
    path = "/tasks/{id}",
    tag = "tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "Id of the task"),
        ("as_of" = Option<String>, Query, description = "A version such as `3`, or an RFC 3339 time such as `2026-12-01T08:00:00Z`: the task as it was then"),
        ("Consistency-Token" = Option<String>, Header, description = "Wait until the answer shows this write"),
        ("Prefer" = Option<String>, Header, description = "`wait=2`: for how many seconds, at most 7; `handling=lenient`: then take a stale answer"),
        ("If-None-Match" = Option<String>, Header, description = "Answer 304 when the task still has this version"),
    ),
    responses(
        (status = 200, description = "The task", body = TaskView, headers(
            ("ETag" = String, description = "Its version, for `If-Match` and `If-None-Match`"),
            ("Consistency-Token" = String, description = "What the answer shows at least"),
        )),
        (status = 304, description = "It still has the version of `If-None-Match`"),
        (status = 400, description = "`Consistency-Token` or `Prefer` cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such task; or there was none at `as_of`, or it has no such version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The token was not reached in time, or Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_task(
    State(state): State<QueryState>,
    PathUuid(id): PathUuid,
    consistency: Consistency,
    params: QueryParams,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    params.allow(&[AS_OF], &[])?;
    let (Found { version, view }, reflects) = match AsOf::read(&params)? {
        None => present(&state, id, &consistency).await?,
        Some(as_of) => past(&state, id, as_of, &consistency).await?,
    };
    let etag = format!("\"{version}\"");
    let mut response = if not_modified(&headers, &etag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        mark(&mut response, &reflects);
        response
    } else {
        Written { json: view.as_ref().to_owned(), reflects }.into_response()
    };
    // Cannot fail: digits in quotes.
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

async fn present(state: &QueryState, id: Uuid, consistency: &Consistency) -> Result<(Found, Reflects), Problem> {
    let (mut reflects, [generation]) = consistency.reach_tables(&state.positions, [tasks::NAME]).await?;
    let (tenant, wanted) = (state.tenant(), consistency.wanted(&reflects));
    let found = async {
        if let Some(Shown { answer, shows }) = state.index.find(generation, tenant, id, &wanted).await? {
            metric::tasks_answered("memory");
            reflects.token = shows;
            return Ok(answer.as_deref().cloned());
        }
        metric::tasks_answered("postgres");
        let found = state.tasks.find(generation, tenant, id).await?;
        state.index.note(generation, &state.positions.token(&[tasks::NAME]));
        Ok::<_, ListError>(found)
    };
    let found = ask(found).await?.ok_or_else(|| no_task(id))?;
    Ok((found, reflects))
}

/// From the task's own events: its history has what each of them changed.
async fn past(
    state: &QueryState,
    id: Uuid,
    as_of: AsOf,
    consistency: &Consistency,
) -> Result<(Found, Reflects), Problem> {
    let (reflects, [generation]) = consistency.reach_tables(&state.positions, [history::NAME]).await?;
    let repository = history::repository(generation, state.pool.clone());
    let stream = domain::tenant::stream_id(state.tenant(), id);
    let history = ask(repository.load(&stream)).await?.ok_or_else(|| no_task(id))?;
    let task = as_of.find(id, &history)?;
    let view = serde_json::to_string(&TaskView::of(&task)).map_err(|error| Problem::internal(error.to_string()))?;
    Ok((Found { version: task.version, view: view.into() }, reflects))
}

pub(super) fn no_task(id: Uuid) -> Problem {
    Problem::not_found(format!("there is no task {id}"))
}

/// Whether `If-None-Match` names this version; `W/` makes no difference here.
pub(super) fn not_modified(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim())
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(value: &'static str) -> bool {
        let headers = [(header::IF_NONE_MATCH, HeaderValue::from_static(value))];
        not_modified(&headers.into_iter().collect(), "\"3\"")
    }

    #[test]
    fn given_if_none_match_when_it_names_the_version_then_not_modified() {
        for value in ["\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"] {
            assert!(matches(value), "{value}");
        }
        for value in ["\"2\"", "3", "", "\"33\""] {
            assert!(!matches(value), "{value}");
        }
    }
}
