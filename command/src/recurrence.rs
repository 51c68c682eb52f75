//! Recurrences that no task has yet.

pub mod preview;
