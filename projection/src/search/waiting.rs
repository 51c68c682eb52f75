//! Streams that wait behind an event that could not be read, and when they go on: a build reads it, or an operator has dropped it.

use std::collections::HashSet;
use std::sync::Arc;

use domain::task::TaskEvent;
use kafka_es::{Envelope, Position};
use tantivy::{DocAddress, DocSet as _, Searcher, TERMINATED, TantivyError};

use super::error::SearchError;
use super::query::stored;
use super::schema::{Blocked, Fields, StoredTask};
use crate::event::decode;

/// Records that an operator has dropped: their stream goes on without them.
pub(super) type Dropped = Arc<HashSet<Position>>;

/// Whether a stream in this state goes on without the events of a record. Without its first event it has nothing that the
/// others could change.
pub(super) fn passes(before: &StoredTask, position: &Position, dropped: &Dropped) -> bool {
    before.task.version > 0 && dropped.contains(position)
}

/// Reads the events of a record.
///
/// # Errors
/// Why one of them is none.
pub(super) fn read(envelopes: &[Envelope]) -> Result<Vec<TaskEvent>, String> {
    envelopes.iter().map(decode::<TaskEvent>).collect()
}

/// What holds a stream up.
pub(super) fn block(envelopes: &[Envelope], position: &Position) -> Blocked {
    // Cannot fail: it was read from JSON.
    Blocked { at: position.clone(), events: serde_json::to_string(envelopes).unwrap_or_default() }
}

/// A stream that can go on.
pub(super) struct Freed {
    /// Its id.
    pub(super) stream: String,
    /// Its state before the record that held it up.
    pub(super) before: StoredTask,
    /// That record.
    pub(super) at: Position,
}

/// The committed streams that are blocked and can go on.
///
/// # Errors
/// When the index cannot be read.
pub(super) fn freed(searcher: &Searcher, fields: &Fields, dropped: &Dropped) -> Result<Vec<Freed>, SearchError> {
    let term = fields.blocked_term();
    let mut freed = Vec::new();
    for (segment, reader) in (0..).zip(searcher.segment_readers()) {
        let index = reader.inverted_index(term.field())?;
        let basic = tantivy::schema::IndexRecordOption::Basic;
        let postings = index.read_postings(&term, basic).map_err(TantivyError::from)?;
        let Some(mut postings) = postings else { continue };
        while postings.doc() != TERMINATED {
            if !reader.is_deleted(postings.doc()) {
                let state = stored(searcher, fields, DocAddress::new(segment, postings.doc()))?;
                freed.extend(free(state, dropped));
            }
            postings.advance();
        }
    }
    Ok(freed)
}

fn free(state: StoredTask, dropped: &Dropped) -> Option<Freed> {
    let Blocked { at, events } = state.blocked.clone()?;
    let envelopes: Vec<Envelope> = serde_json::from_str(&events).ok()?;
    if !passes(&state, &at, dropped) && read(&envelopes).is_err() {
        return None;
    }
    let stream = envelopes.first()?.partitionkey.clone();
    Some(Freed { stream, before: StoredTask { blocked: None, ..state }, at })
}
