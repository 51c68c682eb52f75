//! The process managers on a real Postgres, with the write side's twin in memory: what a crash at any moment leaves behind, and what a
//! replay from the first record does.
#![expect(clippy::unwrap_used, reason = "tests")]

mod faults;
mod mortal;
mod twin;
mod world;

mod behind;
mod clocks;
mod conformance;
mod crashes;
mod dapr;
mod deadlocks;
mod deliveries;
mod handed;
mod late;
mod leases;
mod looks;
mod managers;
mod planning;
mod recurring;
mod recurring_again;
mod reminding;
mod renaming;
mod renaming_crashes;
mod repeating;
mod subtask_crashes;
mod subtask_load;
mod subtask_pairs;
mod subtask_series;
mod subtask_trust;
mod subtasks;
mod take_over;
mod timers;

// The same server for tests as the read side's.
#[path = "../../../projection/tests/it/postgres.rs"]
mod postgres;
