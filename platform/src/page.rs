//! Pages of a list: how much one holds, and where the one before it ended.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rows a page holds when the caller does not say.
pub const LIMIT_DEFAULT: usize = 50;
/// The most rows one page may hold.
pub const LIMIT_MAX: usize = 200;

/// Longer text is no cursor of ours.
const MAX_ENCODED_BYTES: usize = 8_192;

/// The place after the last row of a page: its sort key and id, as opaque text.
///
/// It names a place in the order, not a row or a count: rows that come and go between two pages move nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The order it belongs to; of a list that has one order, the name of that.
    #[serde(rename = "s")]
    pub sort: String,
    /// The last row's sort key; what it holds is up to the store that made it, which must check it when it comes back.
    #[serde(rename = "k")]
    pub key: Value,
    /// The last row's id.
    #[serde(rename = "i")]
    pub id: String,
    /// The fingerprint of the filters it belongs to.
    #[serde(rename = "f")]
    pub filters: String,
}

/// A cursor that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not made by this service.
    #[error("is not a cursor this service gave; leave it out to start from the first page")]
    Garbage,
    /// Made for another order or other filters.
    #[error("belongs to another sort or other filters; leave it out to start from the first page")]
    Foreign,
}

impl Cursor {
    /// As text that needs no escaping in a URL.
    #[must_use]
    pub fn encode(&self) -> String {
        // Cannot fail: strings and a JSON value.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a cursor and checks that it belongs to this order and these filters.
    ///
    /// # Errors
    /// It is none, or belongs to others.
    pub fn decode(text: &str, sort: &str, filters: &str) -> Result<Self, CursorError> {
        if text.len() > MAX_ENCODED_BYTES {
            return Err(CursorError::Garbage);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Garbage)?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| CursorError::Garbage)?;
        if cursor.sort != sort || cursor.filters != filters {
            return Err(CursorError::Foreign);
        }
        Ok(cursor)
    }
}

/// An instant as a cursor's key.
#[must_use]
pub fn instant_key(instant: DateTime<Utc>) -> Value {
    instant.timestamp_micros().into()
}

/// A cursor's key as an instant that Postgres can hold.
///
/// # Errors
/// It is none.
pub fn instant_of(key: &Value) -> Result<DateTime<Utc>, CursorError> {
    let instant = key.as_i64().and_then(DateTime::from_timestamp_micros).ok_or(CursorError::Garbage)?;
    if (-4_000..=200_000).contains(&instant.year()) { Ok(instant) } else { Err(CursorError::Garbage) }
}

/// Cuts a page that was read one row longer than asked for: the rest, and whether there was one more.
#[must_use]
pub fn cut<T>(mut rows: Vec<T>, limit: usize) -> (Vec<T>, bool) {
    let more = rows.len() > limit;
    rows.truncate(limit);
    (rows, more)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn cursor() -> Cursor {
        Cursor { sort: "-due".into(), key: json!(1_700_000), id: "x".into(), filters: "f".into() }
    }

    #[test]
    fn given_a_cursor_when_encoded_and_decoded_then_it_is_the_same() {
        assert_eq!(Cursor::decode(&cursor().encode(), "-due", "f"), Ok(cursor()));
    }

    #[test]
    fn given_a_cursor_when_used_with_another_sort_or_filter_then_it_is_foreign() {
        assert_eq!(Cursor::decode(&cursor().encode(), "due", "f"), Err(CursorError::Foreign));
        assert_eq!(Cursor::decode(&cursor().encode(), "-due", "g"), Err(CursorError::Foreign));
    }

    #[test]
    fn given_an_instant_as_a_key_when_read_back_then_the_same_and_none_that_postgres_cannot_hold() {
        let at: DateTime<Utc> = "2026-12-01T09:00:00.000001Z".parse().unwrap();
        assert_eq!(instant_of(&instant_key(at)), Ok(at));
        for key in [json!(null), json!("x"), json!(1.5), json!(i64::MAX), json!(8_000_000_000_000_000_000_i64)] {
            assert_eq!(instant_of(&key), Err(CursorError::Garbage), "{key}");
        }
    }

    #[test]
    fn given_a_row_more_than_the_page_holds_when_cut_then_there_is_more() {
        assert_eq!(
            (cut(vec![1, 2, 3], 2), cut(vec![1, 2], 2), cut(vec![1], 2)),
            ((vec![1, 2], true), (vec![1, 2], false), (vec![1], false))
        );
    }

    proptest! {
        #[test]
        fn given_any_text_when_decoded_then_it_is_refused_without_panic(text in "\\PC*") {
            prop_assert!(Cursor::decode(&text, "-due", "f").is_err());
        }
    }
}
