//! The read side of Tasklog: projectors that turn the log into views, and the query API over them.
//!
//! Knows nothing of commands: it never appends to the log and never imports `command`. Keeps no truth: everything it stores
//! follows from the log and can be thrown away, but for what people have saved under a name ([`filters`]).

pub mod event;
pub mod source;

pub mod generations;
mod lateness;
pub mod positions;
pub mod projections;
pub mod projector;

pub mod api;
pub mod filters;
pub mod lists;
pub mod live;
pub mod query;
pub mod search;

pub mod database;
pub mod metrics_definitions;

pub use api::{QueryState, contract, router};
pub use database::migrate;
pub use positions::Positions;
pub use projector::ProjectorOptions;
pub use projector::dump::dump;
