//! Names of the Kafka topics, which are part of the public contract.

/// Events of tasks.
pub const TASKS: &str = "task-events";
/// Events of reminders.
pub const REMINDERS: &str = "reminders";
