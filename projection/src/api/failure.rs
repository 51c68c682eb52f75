//! What a caller is told when a store cannot answer.

use platform::page::CursorError;
use platform::problem::{FieldError, Problem};

use crate::database::ANSWER_MAX;
use crate::generations::BeginError;
use crate::lists::ListError;
use crate::projections;
use crate::search::{self, SearchError};

/// What Postgres calls a statement that it has given up.
const CANCELED: &str = "57014";

/// Asks Postgres: an answer in time or a problem.
pub(super) async fn ask<T, E: Into<ListError>>(question: impl Future<Output = Result<T, E>>) -> Result<T, Problem> {
    match tokio::time::timeout(ANSWER_MAX, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(list_problem(error.into())),
        Err(_) => Err(too_late()),
    }
}

fn too_late() -> Problem {
    tracing::warn!("postgres did not answer a query in time");
    Problem::unavailable("the read side's database did not answer in time")
}

fn is_given_up(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == CANCELED)
}

/// What a caller is told when Postgres has no answer, or one that cannot be read.
pub(super) fn list_problem(error: ListError) -> Problem {
    match error {
        ListError::Cursor => CursorError::Garbage.into(),
        ListError::Postgres(error) if is_given_up(&error) => too_late(),
        ListError::Postgres(error) => {
            tracing::warn!(%error, "postgres could not answer a query");
            Problem::unavailable("the read side's database cannot be reached")
        }
        ListError::State(error) => {
            tracing::error!(error, "a stored row cannot be read: the projection must be rebuilt");
            Problem::internal("a stored row cannot be read; an operator must rebuild the projection")
        }
    }
}

/// What a caller is told when a search has no answer.
pub(super) fn search_problem(error: SearchError) -> Problem {
    match error {
        SearchError::Cursor => CursorError::Garbage.into(),
        SearchError::Invalid(violations) => {
            let errors = violations.0.into_iter().map(|violation| FieldError::new(violation.field, violation.detail));
            Problem::invalid(errors.collect::<Vec<_>>())
        }
        SearchError::Unavailable(error) | SearchError::PutOff(error) => {
            tracing::warn!(error, "the search index could not answer a query");
            Problem::unavailable("the search index cannot answer")
        }
    }
}

/// What a caller is told of a rebuild that cannot begin or end.
pub(super) fn begin_problem(error: BeginError) -> Problem {
    match error {
        BeginError::Unknown(unknown) => {
            Problem::not_found(format!("there is no projection {:?}; there are {}", unknown.0, known().join(", ")))
        }
        BeginError::Postgres(error) => {
            tracing::warn!(%error, "postgres could not begin or end a rebuild");
            Problem::unavailable("the read side's database cannot be reached")
        }
    }
}

/// The names of all projections.
fn known() -> Vec<&'static str> {
    projections::names().into_iter().chain([search::NAME]).collect()
}
