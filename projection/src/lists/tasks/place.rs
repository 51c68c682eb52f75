//! Where in an order a page begins.

use chrono::{DateTime, Days, Utc};
use platform::page::{Cursor, instant_of};
use uuid::Uuid;

use crate::lists::ListError;
use crate::query::sort::{Sort, SortKey};

/// A due day and the instant that is compared are no further apart than this, in any time zone.
pub(in crate::lists) const DAYS_APART: Days = Days::new(2);

/// The task that a page comes after, which need not be there any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::lists) struct After<'a> {
    pub(in crate::lists) key: Key<'a>,
    pub(in crate::lists) id: Uuid,
}

/// Its sort key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::lists) enum Key<'a> {
    Instant(DateTime<Utc>),
    Priority(i16),
    Title(&'a str),
    NoDue,
}

impl<'a> After<'a> {
    /// What a cursor names.
    ///
    /// # Errors
    /// [`ListError::Cursor`] when its key does not fit the sort.
    pub(in crate::lists) fn read(sort: Sort, cursor: &'a Cursor) -> Result<Self, ListError> {
        let id: Uuid = cursor.id.parse().map_err(|_| ListError::Cursor)?;
        let key = match sort.key {
            SortKey::Due if cursor.key.is_null() => Key::NoDue,
            SortKey::CreatedAt | SortKey::UpdatedAt | SortKey::Due | SortKey::Relevance => {
                Key::Instant(instant_of(&cursor.key)?)
            }
            SortKey::Priority => {
                let rank = cursor.key.as_i64().and_then(|rank| i16::try_from(rank).ok());
                Key::Priority(rank.ok_or(ListError::Cursor)?)
            }
            SortKey::Title => {
                let key = cursor.key.as_str().filter(|key| !key.contains('\0'));
                Key::Title(key.ok_or(ListError::Cursor)?)
            }
        };
        Ok(Self { key, id })
    }
}
