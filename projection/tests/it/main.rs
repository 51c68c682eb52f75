//! The read side on a real Postgres, fed from a log in memory.
#![expect(clippy::unwrap_used, reason = "tests")]

mod postgres;
mod world;

mod asking;
mod faults;
mod following;
mod listing;
mod projecting;
