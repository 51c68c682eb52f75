//! Why a search has no answer.

use domain::Violations;

/// Why a search has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// `q` cannot be searched for; the violations name the field.
    #[error("the search cannot be made: {0}")]
    Invalid(Violations),
    /// The cursor's key is not one this index makes.
    #[error("is not a cursor this service gave; leave it out to start from the first page")]
    Cursor,
    /// The index cannot be read or written now.
    #[error("the search index cannot answer: {0}")]
    Unavailable(String),
    /// A rebuild failed; whoever watches the index is told, and it is tried again.
    #[error("the rebuild of the search index failed, and is tried again: {0}")]
    PutOff(String),
}

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What is behind it, for a text that says itself what could not be done.
pub(super) fn reason(error: SearchError) -> String {
    match error {
        SearchError::Unavailable(reason) | SearchError::PutOff(reason) => reason,
        other => other.to_string(),
    }
}
