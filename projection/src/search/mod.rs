//! Full-text search over tasks, in an index of this process's own that is filled and refilled from the log.
//!
//! Knows nothing of Postgres and of HTTP. Nothing in a score depends on other documents, so pages stay exact while tasks
//! come and go. Documents keep the whole state: an answer needs no second store, an event no other source.

mod error;
mod handle;
mod projector;
mod requests;
pub use error::SearchError;
pub use handle::{Dumped, Progress, Rebuilt, SearchHandle};
pub use lane::CommitPolicy;
pub use projector::{NAME, SearchOptions, SearchProjector, open};
pub use requests::{Request, request, serve_requests};
pub use schema::{Blocked, StoredTask};

// a query, from its words to its page
mod analyzer;
mod asked;
mod beginnings;
mod board;
mod dictionary;
mod filter;
mod highlight;
mod known;
mod place;
mod points;
mod query;
mod scan;
mod top;
mod typos;

// the log, from a record to a document
mod building;
mod columns;
mod directory;
mod feed;
mod filling;
mod gap;
mod lane;
mod metrics_definitions;
mod payload;
mod recent;
mod schema;
mod seen;
mod serving;
mod sound;
mod store;
mod stream;
mod waiting;
mod writer;

pub use asked::{QUERY_MAX_CHARS, QUERY_MAX_WORDS, check_words};

#[cfg(test)]
mod tests;
