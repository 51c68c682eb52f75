//! The read side on a real Postgres, fed from a log in memory.
#![expect(clippy::unwrap_used, reason = "tests")]

mod forwarding;
mod postgres;
mod tampered;
mod world;

mod asking;
mod assuming;
mod calendar;
mod competing;
mod consistent;
mod copying;
mod counting;
mod dropping;
mod exporting;
mod faults;
mod filling;
mod filtering;
mod following;
mod gaps;
mod giving_up;
mod hearing;
mod indexing;
mod listing;
mod migrating;
mod naming;
mod planning;
mod projecting;
mod proxy;
mod reading;
mod rebuilding;
mod remembering;
mod saving;
mod searching;
mod sources;
mod subtasks;
mod tagging;
mod upgrading;
