//! Full-text search over tasks. Placeholder with the agreed interface.

use crate::query::task_query::{TaskPage, TaskQuery};

/// Answers searches from this process's own index.
#[derive(Debug, Clone)]
pub struct SearchHandle {}

impl SearchHandle {
    /// Answers a query that has `q`.
    pub async fn query(&self, _query: &TaskQuery) -> Result<TaskPage, SearchError> {
        Err(SearchError::Unavailable("search is not running".to_owned()))
    }
}

/// Why a search has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cursor's key is not one this index makes.
    #[error("is not a cursor this service gave; leave it out to start from the first page")]
    Cursor,
    /// The index cannot be read now.
    #[error("the search index cannot answer: {0}")]
    Unavailable(String),
}
