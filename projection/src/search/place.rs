//! Where a document stands in the order asked for, as numbers that compare ascending; and the cursor that names a place.

use std::cmp::Ordering;

use platform::page::Cursor;
use serde_json::{Value, json};
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentReader;
use tantivy::{DocId, i64_to_u64};
use uuid::Uuid;

use super::board::Candidate;
use super::points::{BREVITY_POINTS_MAX, brevity_points};
use super::{SearchError, columns, schema::names};
use crate::query::sort::{Sort, SortKey};

/// A place in the order, within one segment: smaller comes first, whatever the direction of the sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The sort key; the greatest number where the document has none, in both directions.
    pub(super) primary: u64,
    /// Decides between equal keys: for relevance the newer task.
    pub(super) secondary: u64,
    /// Decides between equals.
    pub(super) id: u128,
}

/// The sort key of a document as it is, comparable across segments and fit for a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// Points and creation time.
    Relevance(u64, i64),
    /// A time in microseconds or a rank; none where there is no due date.
    Number(Option<i64>),
    /// A folded title.
    Title(String),
}

/// The place after which a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct After {
    key: Key,
    id: u128,
}

impl After {
    /// Reads a cursor of ours.
    ///
    /// # Errors
    /// [`SearchError::Cursor`] when the key or id is not one this index makes for this sort.
    pub(super) fn read(cursor: &Cursor, sort: Sort) -> Result<Self, SearchError> {
        let id = Uuid::try_parse(&cursor.id).map_err(|_| SearchError::Cursor)?.as_u128();
        let key = match (sort.key, &cursor.key) {
            (SortKey::Relevance, Value::Array(pair)) => match pair.as_slice() {
                [points, created] => match (points.as_u64(), created.as_i64()) {
                    (Some(points), Some(created)) => Key::Relevance(points, created),
                    _ => return Err(SearchError::Cursor),
                },
                _ => return Err(SearchError::Cursor),
            },
            (SortKey::Title, Value::String(title)) => Key::Title(title.clone()),
            (SortKey::Due, Value::Null) => Key::Number(None),
            (SortKey::Due | SortKey::CreatedAt | SortKey::UpdatedAt | SortKey::Priority, Value::Number(number)) => {
                Key::Number(Some(number.as_i64().ok_or(SearchError::Cursor)?))
            }
            _ => return Err(SearchError::Cursor),
        };
        Ok(Self { key, id })
    }
}

impl Key {
    /// Which of two keys comes first under `sort`; documents without a key come last in both directions.
    pub(super) fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Number(None), Self::Number(None)) => return Ordering::Equal,
            (Self::Number(None), _) => return Ordering::Greater,
            (_, Self::Number(None)) => return Ordering::Less,
            (Self::Number(left), Self::Number(right)) => left.cmp(right),
            (Self::Title(left), Self::Title(right)) => left.cmp(right),
            (Self::Relevance(points, created), Self::Relevance(others, made)) => (points, created).cmp(&(others, made)),
            _ => Ordering::Equal, // one query makes keys of one kind
        };
        if descending { order.reverse() } else { order }
    }

    /// As a cursor holds it.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Relevance(points, created) => json!([points, created]),
            Self::Number(number) => json!(number),
            Self::Title(title) => json!(title),
        }
    }
}

/// Places and keys of one segment's documents.
pub(super) struct SegmentPlaces {
    keys: Keys,
    descending: bool,
    id_high: Column<u64>,
    id_low: Column<u64>,
}

enum Keys {
    Relevance { created_at: Column<i64>, title_words: Column<u64> },
    Integers(Column<i64>),
    Numbers(Column<u64>),
    Titles(Option<StrColumn>),
}

impl SegmentPlaces {
    /// Opens the columns that `sort` needs.
    pub(super) fn new(reader: &SegmentReader, sort: Sort) -> tantivy::Result<Self> {
        let keys = match sort.key {
            SortKey::Relevance => Keys::Relevance {
                created_at: columns::integers(reader, names::CREATED_AT)?,
                title_words: columns::numbers(reader, names::TITLE_WORDS)?,
            },
            SortKey::CreatedAt => Keys::Integers(columns::integers(reader, names::CREATED_AT)?),
            SortKey::UpdatedAt => Keys::Integers(columns::integers(reader, names::UPDATED_AT)?),
            SortKey::Due => Keys::Integers(columns::integers(reader, names::DUE_SORT)?),
            SortKey::Priority => Keys::Numbers(columns::numbers(reader, names::PRIORITY)?),
            SortKey::Title => Keys::Titles(columns::texts(reader, names::TITLE_KEY)?),
        };
        let id_high = columns::numbers(reader, names::ID_HIGH)?;
        let id_low = columns::numbers(reader, names::ID_LOW)?;
        Ok(Self { keys, descending: sort.descending, id_high, id_low })
    }

    /// Primary and secondary of a candidate's place; the id is read only where it matters.
    pub(super) fn rank(&self, candidate: &Candidate) -> (u64, u64) {
        let doc = candidate.doc;
        match &self.keys {
            Keys::Relevance { created_at, title_words } => {
                let points = total_points(candidate, title_words);
                (self.turn(points), self.turn(i64_to_u64(created_at.first(doc).unwrap_or(0))))
            }
            Keys::Integers(column) => (column.first(doc).map_or(u64::MAX, |n| self.turn(i64_to_u64(n))), 0),
            Keys::Numbers(column) => (self.turn(column.first(doc).unwrap_or(0)), 0),
            // odd numbers: between two titles of the segment there is room for one that is not in it
            Keys::Titles(column) => {
                let ord = column.as_ref().and_then(|titles| titles.ords().first(doc)).unwrap_or(0);
                (self.turn(ord * 2 + 1), 0)
            }
        }
    }

    /// The candidate's primary is no smaller, which is told without a look at any column.
    pub(super) fn primary_at_best(&self, candidate: &Candidate) -> u64 {
        match &self.keys {
            Keys::Relevance { .. } if self.descending => self.turn(u64::from(candidate.points + BREVITY_POINTS_MAX)),
            Keys::Relevance { .. } => self.turn(u64::from(candidate.points)),
            _ => 0,
        }
    }

    /// The id of a document, for its place.
    pub(super) fn id(&self, doc: DocId) -> u128 {
        self.turn_id(self.raw_id(doc).as_u128())
    }

    /// The id of a document.
    pub(super) fn raw_id(&self, doc: DocId) -> Uuid {
        Uuid::from_u64_pair(self.id_high.first(doc).unwrap_or(0), self.id_low.first(doc).unwrap_or(0))
    }

    /// The sort key of a candidate.
    pub(super) fn key(&self, candidate: &Candidate) -> tantivy::Result<Key> {
        let doc = candidate.doc;
        Ok(match &self.keys {
            Keys::Relevance { created_at, title_words } => {
                Key::Relevance(total_points(candidate, title_words), created_at.first(doc).unwrap_or(0))
            }
            Keys::Integers(column) => Key::Number(column.first(doc)),
            Keys::Numbers(column) => Key::Number(column.first(doc).map(u64::cast_signed)),
            Keys::Titles(column) => {
                let mut title = String::new();
                if let Some((titles, ord)) =
                    column.as_ref().and_then(|titles| Some((titles, titles.ords().first(doc)?)))
                {
                    titles.ord_to_str(ord, &mut title)?;
                }
                Key::Title(title)
            }
        })
    }

    /// The place that a cursor names, in this segment's numbers.
    pub(super) fn locate(&self, after: &After) -> tantivy::Result<Place> {
        let (primary, secondary) = match (&after.key, &self.keys) {
            (Key::Relevance(points, created), _) => (self.turn(*points), self.turn(i64_to_u64(*created))),
            (Key::Number(None), _) => (u64::MAX, 0),
            (Key::Number(Some(number)), Keys::Numbers(_)) => (self.turn(number.cast_unsigned()), 0),
            (Key::Number(Some(number)), _) => (self.turn(i64_to_u64(*number)), 0),
            (Key::Title(title), Keys::Titles(Some(titles))) => {
                use tantivy::columnar::TermOrdHit;
                let at = match titles.dictionary().term_ord_or_next(title)? {
                    TermOrdHit::Exact(ord) => ord * 2 + 1,
                    // behind the last title the ordinal may be any great number
                    TermOrdHit::Next(ord) => ord.min(titles.num_terms() as u64) * 2,
                };
                (self.turn(at), 0)
            }
            (Key::Title(_), _) => (u64::MAX, 0),
        };
        Ok(Place { primary, secondary, id: self.turn_id(after.id) })
    }

    fn turn(&self, number: u64) -> u64 {
        if self.descending { !number } else { number }
    }

    fn turn_id(&self, id: u128) -> u128 {
        if self.descending { !id } else { id }
    }
}

fn total_points(candidate: &Candidate, title_words: &Column<u64>) -> u64 {
    u64::from(candidate.points + brevity_points(title_words.first(candidate.doc).unwrap_or(u64::MAX)))
}
