//! Questions to the Postgres projections: pages in a total order, read by key, never by count.

pub mod completed;
pub mod dead_letters;
pub mod index;
pub mod reminders;
pub mod subtasks;
pub mod tagged;
pub mod tags;
pub mod tasks;

use chrono::{DateTime, Datelike as _, Utc};
use cqrs_es::persist::PersistenceError;
use serde::de::DeserializeOwned;
use serde_json::Value;

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

/// Reads a row's state.
fn state<T: DeserializeOwned>(json: &str) -> Result<T, ListError> {
    serde_json::from_str(json).map_err(|error| ListError::State(error.to_string()))
}

/// An instant as a cursor's key.
fn instant_key(instant: DateTime<Utc>) -> Value {
    instant.timestamp_micros().into()
}

/// A cursor's key as an instant that Postgres can hold.
fn instant_of(key: &Value) -> Result<DateTime<Utc>, ListError> {
    let instant = key.as_i64().and_then(DateTime::from_timestamp_micros).ok_or(ListError::Cursor)?;
    if (-4_000..=200_000).contains(&instant.year()) { Ok(instant) } else { Err(ListError::Cursor) }
}

/// Cuts a page that was read one row longer than asked for: the rest, and whether there was one more.
pub(crate) fn cut<T>(mut rows: Vec<T>, limit: usize) -> (Vec<T>, bool) {
    let more = rows.len() > limit;
    rows.truncate(limit);
    (rows, more)
}
