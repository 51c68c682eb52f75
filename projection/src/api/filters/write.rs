//! How a write of filters begins and ends, and what a caller is told when it does not.

use platform::http::{Preconditions, fingerprint};
use platform::problem::Problem;
use serde_json::Value;

use super::super::QueryState;
use super::super::failure::list_problem;
use crate::filters::{Begun, Filter, FilterName, Request, WriteError, Writing};
use crate::lists::ListError;

/// Begins what a request asks for, or finds that it was done before.
pub(super) async fn begin(
    state: &QueryState,
    preconditions: &Preconditions,
    operation: &str,
    target: &str,
    body: &Value,
) -> Result<Begun, Problem> {
    let request = preconditions
        .idempotency_key
        .as_ref()
        .map(|key| Request { key: key.clone(), fingerprint: fingerprint(operation, target, body) });
    Writing::begin(&state.pool, state.tenant(), request).await.map_err(write_problem)
}

/// The filter that is to be written, at a version that the request allows.
///
/// # Errors
/// 404 before 412: what is not there has no version.
pub(super) async fn existing(
    writing: &mut Writing,
    name: &FilterName,
    preconditions: &Preconditions,
) -> Result<Filter, Problem> {
    let filter = writing.find(name).await.map_err(write_problem)?.ok_or_else(|| missing(name.as_str()))?;
    if !preconditions.allow(filter.version) {
        return Err(Problem::precondition_failed(format!("it is at version {} now", filter.version)));
    }
    Ok(filter)
}

/// The name in a path. What is no name is that of no filter.
pub(super) fn name_in_path(text: &str) -> Result<FilterName, Problem> {
    FilterName::parse(text).map_err(|_| missing(text))
}

pub(super) fn missing(name: &str) -> Problem {
    Problem::not_found(format!("there is no filter {name:?}"))
}

pub(super) fn taken(name: &FilterName) -> Problem {
    Problem::conflict(format!("there is a filter {:?} already", name.as_str()))
        .with_error("name", "is taken; choose another, or change the filter that has it")
}

/// What a caller is told of a write that came to nothing, or may have.
pub(super) fn write_problem(error: WriteError) -> Problem {
    match error {
        WriteError::KeyReused => {
            Problem::idempotency_key_reused("the Idempotency-Key was used before for another request; use a new key")
        }
        WriteError::Postgres(error) => list_problem(ListError::Postgres(error)),
        WriteError::Unknown(error) => {
            tracing::warn!(%error, "postgres did not say whether a filter is written");
            Problem::outcome_unknown(
                "the database did not say whether it is written; retry with the same Idempotency-Key",
            )
        }
    }
}
