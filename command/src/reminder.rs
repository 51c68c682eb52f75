//! The writes on reminders, one call a file.

pub mod change;
pub mod create;
pub mod delete;
pub mod snooze;
mod task_of;
