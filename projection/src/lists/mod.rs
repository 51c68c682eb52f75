//! Questions to the Postgres projections: pages in a total order, read by key, never by count.

pub mod completed;
pub mod dead_letters;
pub mod index;
pub mod reminders;
pub mod subtasks;
pub mod tagged;
pub mod tags;
pub mod tasks;

use cqrs_es::persist::PersistenceError;
use platform::page::CursorError;
use serde::de::DeserializeOwned;

/// Why a list has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor's key is not one this list makes.
    #[error("the cursor is not one of this list")]
    Cursor,
    /// Postgres did not answer.
    #[error("postgres cannot be asked")]
    Postgres(#[from] sqlx::Error),
    /// A stored row cannot be read.
    #[error("a stored row cannot be read: {0}")]
    State(String),
}

impl From<PersistenceError> for ListError {
    fn from(error: PersistenceError) -> Self {
        match error {
            PersistenceError::DeserializationError(error) => Self::State(error.to_string()),
            other => Self::Postgres(sqlx::Error::Io(std::io::Error::other(other.to_string()))),
        }
    }
}

impl From<CursorError> for ListError {
    fn from(_: CursorError) -> Self {
        Self::Cursor
    }
}

/// Reads a row's state.
fn state<T: DeserializeOwned>(json: &str) -> Result<T, ListError> {
    serde_json::from_str(json).map_err(|error| ListError::State(error.to_string()))
}
