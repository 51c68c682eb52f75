//! The read side of Tasklog: projectors that turn the log into views, and the query API over them.
//!
//! Knows nothing of commands: it never appends to the log and never imports `command`.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

pub mod query;
pub mod search;
