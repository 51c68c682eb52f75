//! The first documents of a segment after a place, and the merge of the segments.

use std::collections::BinaryHeap;

use super::board::Candidate;
use super::place::{Key, Place, SegmentPlaces};

/// A document that may stand on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// Where it stands in its segment; compared first.
    pub(super) place: Place,
    /// The document.
    pub(super) doc: tantivy::DocId,
    /// Its points before the bonus for a short title.
    pub(super) points: u16,
}

/// Keeps the first `limit` hits after a place; memory does not grow with the number of hits.
pub(super) struct Top<'a> {
    places: &'a SegmentPlaces,
    after: Option<Place>,
    limit: usize,
    heap: BinaryHeap<Hit>,
}

impl<'a> Top<'a> {
    /// Collects hits of one segment.
    pub(super) fn new(places: &'a SegmentPlaces, after: Option<Place>, limit: usize) -> Self {
        Self { places, after, limit, heap: BinaryHeap::with_capacity(limit + 1) }
    }

    /// Takes the candidate if it belongs to the page as far as this segment knows.
    pub(super) fn offer(&mut self, candidate: &Candidate) {
        if self.heap.len() == self.limit
            && let Some(worst) = self.heap.peek()
            && self.places.primary_at_best(candidate) > worst.place.primary
        {
            return;
        }
        let rank = self.places.rank(candidate);
        if self.after.is_some_and(|after| rank < (after.primary, after.secondary)) {
            return;
        }
        let worst = if self.heap.len() < self.limit { None } else { self.heap.peek() };
        if worst.is_some_and(|worst| rank > (worst.place.primary, worst.place.secondary)) {
            return;
        }
        let place = Place { primary: rank.0, secondary: rank.1, id: self.places.id(candidate.doc) };
        if self.after.is_some_and(|after| place <= after) || worst.is_some_and(|worst| place > worst.place) {
            return;
        }
        self.heap.push(Hit { place, doc: candidate.doc, points: candidate.points });
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    /// The hits, first one first.
    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.heap.into_sorted_vec()
    }
}

/// A hit with what orders it among the hits of other segments.
#[derive(Debug)]
pub(super) struct MergedHit {
    /// Number of its segment in the searcher.
    pub(super) segment: u32,
    /// The document.
    pub(super) doc: tantivy::DocId,
    /// Its sort key.
    pub(super) key: Key,
    /// Its id, turned as [`Place::id`].
    id: u128,
}

/// One segment's hits, waiting to be merged.
pub(super) struct Run {
    /// Number of the segment in the searcher.
    pub(super) segment: u32,
    /// Its columns.
    pub(super) places: SegmentPlaces,
    /// Its hits, first one first.
    pub(super) hits: Vec<Hit>,
}

/// The first `limit` hits of all segments. Keys are read only for those that reach the front of their segment: titles are
/// compared as text here, since each segment numbers its own.
pub(super) fn merge(runs: Vec<Run>, descending: bool, limit: usize) -> tantivy::Result<Vec<MergedHit>> {
    let mut queues = Vec::with_capacity(runs.len());
    for run in runs {
        let Run { segment, places, hits } = run;
        let mut hits = hits.into_iter();
        if let Some(front) = front(segment, &places, hits.next())? {
            queues.push((front, segment, places, hits));
        }
    }
    let mut merged = Vec::with_capacity(limit);
    while merged.len() < limit {
        let first = queues
            .iter()
            .enumerate()
            .min_by(|(_, (a, ..)), (_, (b, ..))| a.key.compare(&b.key, descending).then(a.id.cmp(&b.id)));
        let Some((at, _)) = first else { break };
        let (head, segment, places, hits) = &mut queues[at];
        match front(*segment, places, hits.next())? {
            Some(next) => merged.push(std::mem::replace(head, next)),
            None => merged.push(queues.swap_remove(at).0),
        }
    }
    Ok(merged)
}

fn front(segment: u32, places: &SegmentPlaces, hit: Option<Hit>) -> tantivy::Result<Option<MergedHit>> {
    let Some(hit) = hit else { return Ok(None) };
    let key = places.key(&Candidate { doc: hit.doc, points: hit.points })?;
    Ok(Some(MergedHit { segment, doc: hit.doc, key, id: hit.place.id }))
}
