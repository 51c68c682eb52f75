//! Saved filters: parameters of `GET /tasks` under a name.
//!
//! They are preferences, not events: rows of a schema of their own, which no rebuild touches and which nothing fills again
//! ([decision 24](../../../docs/decisions/0024-saved-filters.md)).

mod name;
mod query;
mod rows;
mod writing;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use name::{FilterName, NAME_MAX_CHARS};
pub use query::{SavedQuery, SavedQueryBody};
pub use rows::{FilterPage, ORDER, find, page};
pub use writing::{Begun, Request, WriteError, Writing};

/// A saved filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Filter {
    /// What it is called; no two have the same name.
    #[schema(value_type = String, example = "Urgent at home")]
    pub name: FilterName,
    /// What it stands for.
    #[schema(value_type = SavedQueryBody)]
    pub query: SavedQuery,
    /// When it was saved first.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// From 1; each change counts.
    pub version: u64,
}
