//! How far a reminder is, and why it was cancelled.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a reminder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReminderStatus {
    /// Will ring.
    #[default]
    Scheduled,
    /// Its time has come; it is being sent.
    Triggered,
    /// Sent over at least one channel.
    Sent,
    /// Could not be sent.
    Failed,
    /// Will not ring.
    Cancelled,
}

words!(ReminderStatus {
    Scheduled => "scheduled",
    Triggered => "triggered",
    Sent => "sent",
    Failed => "failed",
    Cancelled => "cancelled",
});

/// Why a reminder was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Its owner deleted it; it is not shown any more.
    Deleted,
    /// Its task was completed, or given up.
    TaskCompleted,
    /// Its task was deleted.
    TaskDeleted,
}

words!(CancelReason {
    Deleted => "deleted",
    TaskCompleted => "task_completed",
    TaskDeleted => "task_deleted",
});
