//! `PATCH /filters/{name}`

use axum::extract::State;
use platform::http::{JsonObject, PathName, Preconditions};
use platform::problem::{Problem, ProblemBody};

use super::super::QueryState;
use super::answer::{FilterAnswer, path_of};
use super::body::{FilterPatchBody, Given};
use super::write::{begin, existing, name_in_path, taken, write_problem};
use crate::filters::{Begun, Filter};

/// Changes a filter, or what it is called. A change that changes nothing makes no version.
#[utoipa::path(
    patch,
    path = "/filters/{name}",
    tag = "filters",
    params(
        ("name" = String, Path, description = "Name of the filter, percent-encoded"),
        ("If-Match" = Option<String>, Header, description = "Only if it is at this version, such as `\"3\"`, or at any of a list of them"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request gives the first answer again, for good; with another request it is 422"),
    ),
    request_body(content = FilterPatchBody, content_type = "application/merge-patch+json", description = "A JSON Merge Patch"),
    responses(
        (status = 200, description = "The filter as it is now", body = Filter, headers(
            ("ETag" = String, description = "Its version, for `If-Match`"),
        )),
        (status = 400, description = "The body, a header or the query string cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such filter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another filter has the new name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It is at another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is of another media type", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` names each field, as `query.status[0]`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached, or the outcome is not known; `type` says which", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(in crate::api) async fn change_filter(
    State(state): State<QueryState>,
    PathName(name): PathName,
    preconditions: Preconditions,
    JsonObject(body): JsonObject,
) -> Result<FilterAnswer, Problem> {
    let name = name_in_path(&name)?;
    let given = Given::from_patch(&body)?;
    let mut writing = match begin(&state, &preconditions, "change", &path_of(&name), &body.into()).await? {
        Begun::Before(first) => return Ok(FilterAnswer::ok(*first)),
        Begun::New(writing) => writing,
    };
    let filter = existing(&mut writing, &name, &preconditions).await?;
    let (new_name, query) = given.applied_to(&filter)?;
    if new_name != name && writing.find(&new_name).await.map_err(write_problem)?.is_some() {
        return Err(taken(&new_name));
    }
    let changed = writing.change(filter, new_name, query, state.clock.now()).await.map_err(write_problem)?;
    writing.commit(&changed).await.map_err(write_problem)?;
    Ok(FilterAnswer::ok(changed))
}
