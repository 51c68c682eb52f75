//! Where a page ended: the sort key and id of its last row, as opaque text.
//!
//! A cursor names a place in the order, not a row or a count: rows that come and go between two pages move nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longer text is no cursor of ours.
const MAX_ENCODED_BYTES: usize = 8_192;

/// The place after the last row of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The order it belongs to ([`super::sort::Sort`] as text, or a fixed name for lists with one order).
    #[serde(rename = "s")]
    pub sort: String,
    /// The last row's sort key; what it holds is up to the store that made it, which must check it when it comes back.
    #[serde(rename = "k")]
    pub key: Value,
    /// The last row's id.
    #[serde(rename = "i")]
    pub id: String,
    /// The filters it belongs to ([`super::task_query::TaskQuery::fingerprint`]).
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
    pub fn encode(&self) -> String {
        // Cannot fail: strings and a JSON value.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a cursor and checks that it belongs to this order and these filters.
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

    proptest! {
        #[test]
        fn given_any_text_when_decoded_then_it_is_refused_without_panic(text in "\\PC*") {
            prop_assert!(Cursor::decode(&text, "-due", "f").is_err());
        }
    }
}
