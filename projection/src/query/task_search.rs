//! What the query API wants of a search index.

use async_trait::async_trait;

use super::task_query::{TaskPage, TaskQuery};
use crate::search::SearchError;

/// Answers task queries that have `q`.
#[async_trait]
pub trait TaskSearch: Send + Sync + 'static {
    /// A page of what matches.
    ///
    /// # Errors
    /// See [`SearchError`].
    async fn query(&self, query: &TaskQuery) -> Result<TaskPage, SearchError>;
}
