//! What a task and a reminder are, what may happen to them, and what then is true of them.
//!
//! Commands go through a pure `decide(state, command) -> event`; events are folded by a pure `evolve(state, event)`.
//!
//! This crate knows nothing of Kafka, Postgres, HTTP, search, files or threads; it never reads a clock, draws a random
//! number or looks at the machine's time zone: times and ids are arguments. It imports no other crate of this workspace.

#[macro_use]
mod word;

pub mod limits;
pub mod tenant;
pub mod topics;

mod violation;
pub use violation::{Violation, Violations};

pub mod read;
pub mod time;

pub mod recurrence;

pub mod reminder;
pub mod task;

pub mod quick;

pub mod schemas;
pub mod text;
