//! Full-text search over tasks, in an index of this process's own that is filled and refilled from the log.
//!
//! Knows nothing of Postgres and of HTTP. Nothing in a score depends on other documents, so pages stay exact while tasks
//! come and go. Documents keep the whole state: an answer needs no second store, an event no other source.

mod error;
pub use error::SearchError;
pub use schema::StoredTask;
mod analyzer;
mod words;
mod scan;
mod filter;
mod place;
mod top;
mod highlight;
mod query;
mod writer;
mod store;
mod schema;
mod columns;
mod metrics_definitions;

pub use words::{QUERY_MAX_CHARS, QUERY_MAX_WORDS};

#[cfg(test)]
mod tests;
