//! Full-text search over tasks, in an index of this process's own that is filled and refilled from the log.
//!
//! Knows nothing of Postgres and of HTTP. Nothing in a score depends on other documents, so pages stay exact while tasks
//! come and go. Documents keep the whole state: an answer needs no second store, an event no other source.

mod error;
mod requests;
mod handle;
mod projector;
pub use error::SearchError;
pub use requests::{request_rebuild, serve_rebuilds};
pub use handle::{Dumped, Progress, Rebuilt, SearchHandle};
pub use lane::CommitPolicy;
pub use projector::{NAME, SearchOptions, SearchProjector, open};
pub use schema::StoredTask;

// a query, from its words to its page
mod analyzer;
mod words;
mod scan;
mod filter;
mod place;
mod top;
mod highlight;
mod query;

// the log, from a record to a document
mod feed;
mod lane;
mod writer;
mod store;
mod directory;
mod schema;
mod columns;
mod metrics_definitions;

pub use words::{QUERY_MAX_CHARS, QUERY_MAX_WORDS};

#[cfg(test)]
mod tests;
