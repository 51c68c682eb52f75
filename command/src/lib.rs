//! The write side: HTTP calls become commands, commands become events in the log.
//!
//! A request passes, in this order: [`router`] → one endpoint under [`task`] or [`reminder`] →
//! [`request`] (preconditions, fingerprint) → `kafka_es::EventStore::execute` → [`answer`] or [`failure`].
//!
//! What this crate does not know: how tasks are listed or searched (nothing of `projection`), and where the
//! servers come from. It holds no state of its own: what decides is the log.

pub mod answer;
pub mod bodies;
mod contract;
pub mod failure;
mod no_fields;
pub mod recurrence;
pub mod reminder;
pub mod request;
mod router;
mod state;
pub mod task;

pub use router::{contract, router};
pub use state::CommandState;
