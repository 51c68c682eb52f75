//! `POST /filters`

use axum::extract::State;
use platform::http::{JsonObject, Preconditions};
use platform::problem::{Problem, ProblemBody};

use super::super::QueryState;
use super::answer::FilterAnswer;
use super::body::{NewFilterBody, new_filter};
use super::write::{begin, taken, write_problem};
use crate::filters::{Begun, Filter};

/// Saves parameters of `GET /tasks` under a name, to be asked for by `GET /tasks?filter=…`.
#[utoipa::path(
    post,
    path = "/filters",
    tag = "filters",
    params(
        ("If-Match" = Option<String>, Header, description = "A new filter has no version, so any but `*` is 412"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request gives the first answer again, for good; with another request it is 422"),
    ),
    request_body = NewFilterBody,
    responses(
        (status = 201, description = "Saved", body = Filter, headers(
            ("Location" = String, description = "Path of the filter"),
            ("ETag" = String, description = "Its version, for `If-Match`"),
        )),
        (status = 400, description = "The body, a header or the query string cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There is a filter of this name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`If-Match` names a version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is of another media type", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` names each field, as `query.status[0]`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached, or the outcome is not known; `type` says which", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(in crate::api) async fn create_filter(
    State(state): State<QueryState>,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<FilterAnswer, Problem> {
    let (name, query) = new_filter(&body)?;
    let mut writing = match begin(&state, &preconditions, "create", "/filters", &body.into()).await? {
        Begun::Before(first) => return Ok(FilterAnswer::created(*first)),
        Begun::New(writing) => writing,
    };
    if writing.find(&name).await.map_err(write_problem)?.is_some() {
        return Err(taken(&name));
    }
    if !preconditions.allow(0) {
        return Err(Problem::precondition_failed("what is to be created has no version yet"));
    }
    let filter = writing.create(name, query, state.clock.now()).await.map_err(write_problem)?;
    writing.commit(&filter).await.map_err(write_problem)?;
    Ok(FilterAnswer::created(filter))
}
