//! Which occurrences of a task that repeats a change is for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which occurrences a change is for. A task that does not repeat is the only one, so both mean the same of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Occurrences)]
pub enum Scope {
    /// This one alone: those that follow are as if it had not changed.
    This,
    /// This one and all that follow it.
    Following,
}

words!(Scope { This => "this", Following => "following" });
