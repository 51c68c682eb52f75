//! What `GET /tasks` asks for and answers, in types. Every store, Postgres, its index in memory and the search index, takes a [`TaskQuery`] and
//! give a [`TaskPage`]; neither knows HTTP.

use chrono::{DateTime, NaiveDate, Utc};
use domain::task::{Priority, Status, TaskView};
use platform::page::Cursor;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::sort::Sort;

/// How far a list counts: counting a million tasks takes longer than any page, and nobody reads that many.
pub const TOTAL_MAX: u64 = 100_000;

/// A parsed and validated `GET /tasks`.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskQuery {
    /// Whose tasks.
    pub tenant: String,
    /// Full text, trimmed and never empty. `None`: a plain list.
    pub q: Option<String>,
    /// Which tasks.
    pub filter: TaskFilter,
    /// In which order. Ties are broken by id, in the direction of the sort.
    pub sort: Sort,
    /// Tasks on this page, 1 to [`LIMIT_MAX`](platform::page::LIMIT_MAX).
    pub limit: usize,
    /// Where the page before ended. Already checked to belong to this sort and these filters; its key is not.
    pub cursor: Option<Cursor>,
    /// Count the matches too: all of a search, up to [`TOTAL_MAX`] of a list.
    pub total: bool,
    /// The time `overdue` is measured against.
    pub now: DateTime<Utc>,
}

impl TaskQuery {
    /// A short text that is the same for the same tenant, `q` and filters, whatever the sort, page size and time.
    pub fn fingerprint(&self) -> String {
        let canonical = serde_json::to_vec(&(&self.tenant, &self.q, &self.filter)).unwrap_or_default();
        fingerprint(&canonical)
    }
}

/// The first 72 bits of a SHA-256, as text.
pub(crate) fn fingerprint(canonical: &[u8]) -> String {
    use base64::Engine as _;
    let digest = Sha256::digest(canonical);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&digest[..9])
}

/// Conditions that must all hold. An empty list is no condition.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TaskFilter {
    /// Any of these; sorted, no doubles.
    pub status: Vec<Status>,
    /// Any of these; sorted, no doubles.
    pub priority: Vec<Priority>,
    /// Every one of these; sorted, no doubles.
    pub tags: Vec<String>,
    /// Due on this day or later (the day of the due date as the task states it).
    pub due_from: Option<NaiveDate>,
    /// Due on this day or earlier.
    pub due_to: Option<NaiveDate>,
    /// Only pending or in progress, and due before `now` (an all-day task: its day is over in UTC).
    pub overdue: bool,
    /// Without a due date. Left out of the fingerprint where it is no condition, as cursors are older than it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undated: bool,
}

impl TaskFilter {
    /// Whether it asks for tasks that are due, at a time or at any.
    pub fn asks_for_dated(&self) -> bool {
        self.due_from.is_some() || self.due_to.is_some() || self.overdue
    }
}

/// One task of a page: the task itself and, from a search, where it matched.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskItem {
    /// The task.
    #[serde(flatten)]
    pub task: TaskView,
    /// Only in answers to a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highlights: Option<Highlights>,
}

/// Snippets with the matching words in `<mark>`; everything else is escaped, so they are safe to put into HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Highlights {
    /// The title, where a word of it matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A part of the description, where a word of it matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One page of tasks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskPage {
    /// The tasks, in the order asked for.
    pub items: Vec<TaskItem>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
    /// All matches, when `total=true` was asked for; a list counts no further than 100,000, see `total_is_exact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Stands beside `total`; `false`: there are more matches than it says. A search always counts all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_is_exact: Option<bool>,
}
