//! What is kept of a task: what lists filter and sort by.

use std::cmp::Ordering;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use domain::task::{Priority, Status};
use uuid::Uuid;

use super::zone::Zone;
use crate::query::sort::{Sort, SortKey};

/// A tag's number in the index.
pub(super) type Tag = u32;

/// Later than every instant and day: of tasks that are not due.
pub(super) const NEVER: i64 = i64::MAX;
/// The same as a day.
pub(super) const NO_DAY: i32 = i32::MAX;

/// A task as lists see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) version: u64,
    /// Instants are microseconds since 1970, as Postgres has them.
    pub(super) created: i64,
    pub(super) updated: i64,
    /// [`NEVER`] without a due date.
    pub(super) due: i64,
    /// Days since the year 1; [`NO_DAY`] without a due date.
    pub(super) day: i32,
    /// Places in [`Status::ALL`] and [`Priority::ALL`].
    pub(super) status: u8,
    pub(super) priority: u8,
    /// What titles are compared by ([`crate::query::sort::title_key`]).
    pub(super) title: Box<str>,
    pub(super) tags: Box<[Tag]>,
}

impl Row {
    /// What a block of tasks is known by.
    pub(super) fn zone(&self) -> Zone {
        Zone::of((self.day != NO_DAY).then_some(self.day), self.priority, &self.tags)
    }
}

/// A day as [`Row::day`].
pub(super) fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// An instant as [`Row::created`].
pub(super) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// The place of a status in [`Status::ALL`].
pub(super) fn status_number(status: Status) -> u8 {
    number(Status::ALL.iter().position(|one| *one == status))
}

/// The place of the priority with this rank in [`Priority::ALL`], which are in the order of their ranks.
pub(super) fn priority_number(rank: i16) -> Option<u8> {
    Priority::ALL.iter().position(|one| one.rank() == rank).map(|place| number(Some(place)))
}

fn number(place: Option<usize>) -> u8 {
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

/// What an order compares; read backwards it serves the other direction. Tasks without a due date come last in both, so `due` has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Created,
    Updated,
    DueAscending,
    DueDescending,
    Priority,
    Title,
}

/// A sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Number(i64),
    Text(&'a str),
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Created, Self::Updated, Self::DueAscending, Self::DueDescending, Self::Priority, Self::Title];

    /// The one that serves a sort.
    pub(super) fn of(sort: Sort) -> Self {
        match sort.key {
            // As in Postgres: relevance is the search's.
            SortKey::CreatedAt | SortKey::Relevance => Self::Created,
            SortKey::UpdatedAt => Self::Updated,
            SortKey::Due if sort.descending => Self::DueDescending,
            SortKey::Due => Self::DueAscending,
            SortKey::Priority => Self::Priority,
            SortKey::Title => Self::Title,
        }
    }

    /// A task's key.
    pub(super) fn key(self, row: &Row) -> Key<'_> {
        match self {
            Self::Created => Key::Number(row.created),
            Self::Updated => Key::Number(row.updated),
            Self::DueAscending => Key::Number(row.due),
            Self::DueDescending if row.due == NEVER => Key::Number(i64::MIN),
            Self::DueDescending => Key::Number(row.due),
            Self::Priority => Key::Number(row.priority.into()),
            Self::Title => Key::Text(&row.title),
        }
    }

    /// The order: by key, and by id where keys are equal.
    pub(super) fn compare(self, row: &Row, other: (Key<'_>, Uuid)) -> Ordering {
        self.key(row).cmp(&other.0).then_with(|| row.id.cmp(&other.1))
    }
}
