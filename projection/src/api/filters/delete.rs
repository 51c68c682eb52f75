//! `DELETE /filters/{name}`

use axum::extract::State;
use axum::http::StatusCode;
use platform::http::{PathName, Preconditions};
use platform::problem::{Problem, ProblemBody};
use serde_json::Value;

use super::super::QueryState;
use super::answer::path_of;
use super::write::{begin, existing, name_in_path, write_problem};
use crate::filters::Begun;

/// Deletes a filter for good. The tasks that it finds are no concern of it.
#[utoipa::path(
    delete,
    path = "/filters/{name}",
    tag = "filters",
    params(
        ("name" = String, Path, description = "Name of the filter, percent-encoded"),
        ("If-Match" = Option<String>, Header, description = "Only if it is at this version, such as `\"3\"`, or at any of a list of them"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request gives the first answer again, for good; with another request it is 422"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "A header or the query string cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such filter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It is at another version than `If-Match` names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown, or the key was used for another request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached, or the outcome is not known; `type` says which", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(in crate::api) async fn delete_filter(
    State(state): State<QueryState>,
    PathName(name): PathName,
    preconditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let name = name_in_path(&name)?;
    let mut writing = match begin(&state, &preconditions, "delete", &path_of(&name), &Value::Null).await? {
        Begun::Before(_) => return Ok(StatusCode::NO_CONTENT),
        Begun::New(writing) => writing,
    };
    let filter = existing(&mut writing, &name, &preconditions).await?;
    writing.delete(&filter).await.map_err(write_problem)?;
    writing.commit(&filter).await.map_err(write_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
