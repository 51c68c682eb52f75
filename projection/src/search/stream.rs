//! Finds a stream's document. The dictionary of the index holds four bytes of a stream's id: names have no ends in common, so that each
//! byte of each would be a node of its own. Columns tell the streams with the same four bytes apart.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::columnar::{Column, StrColumn};
use tantivy::index::{SegmentId, SegmentReader};
use tantivy::postings::SegmentPostings;
use tantivy::query::{ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, Score, Searcher, TERMINATED, Term};
use uuid::Uuid;

use super::columns;
use super::schema::{Fields, names};

/// A stream; as a query, all its documents that are not deleted.
#[derive(Clone)]
pub(super) struct Stream {
    term: Term,
    tenant: Arc<str>,
    id: Uuid,
    segments: Segments,
}

/// The columns that name streams, of the segments in which one was found: to open them takes longer than to look into them.
#[derive(Clone, Default)]
pub(super) struct Segments(Arc<Mutex<HashMap<SegmentId, Arc<Names>>>>);

struct Names {
    high: Column<u64>,
    low: Column<u64>,
    tenants: Option<StrColumn>,
}

/// Documents of one stream in one segment.
struct Documents {
    /// Those with the same four bytes.
    postings: SegmentPostings,
    names: Arc<Names>,
    id: (u64, u64),
    /// The tenant, as the segment counts them.
    tenant: Option<u64>,
}

impl Stream {
    /// The stream of a task.
    pub(super) fn new(fields: &Fields, segments: &Segments, tenant: &str, id: Uuid) -> Self {
        Self { term: fields.stream_term(id), tenant: tenant.into(), id, segments: segments.clone() }
    }

    /// Its document.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(super) fn find(&self, searcher: &Searcher) -> tantivy::Result<Option<DocAddress>> {
        for (segment, reader) in (0..).zip(searcher.segment_readers()) {
            let Some(mut documents) = self.documents(reader)? else { continue };
            while documents.doc() != TERMINATED {
                if !reader.is_deleted(documents.doc()) {
                    return Ok(Some(DocAddress::new(segment, documents.doc())));
                }
                documents.advance();
            }
        }
        Ok(None)
    }

    fn documents(&self, reader: &SegmentReader) -> tantivy::Result<Option<Documents>> {
        let index = reader.inverted_index(self.term.field())?;
        let Some(postings) = index.read_postings(&self.term, IndexRecordOption::Basic)? else { return Ok(None) };
        let names = self.segments.names(reader)?;
        let tenant = match &names.tenants {
            Some(tenants) => tenants.dictionary().term_ord(self.tenant.as_bytes())?,
            None => None,
        };
        let mut documents = Documents { postings, names, id: self.id.as_u64_pair(), tenant };
        documents.skip_others();
        Ok(Some(documents))
    }
}

impl Segments {
    fn names(&self, reader: &SegmentReader) -> tantivy::Result<Arc<Names>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = known.get(&reader.segment_id()) {
            return Ok(names.clone());
        }
        let names = Arc::new(Names {
            high: columns::numbers(reader, names::ID_HIGH)?,
            low: columns::numbers(reader, names::ID_LOW)?,
            tenants: reader.fast_fields().str(names::TENANT)?,
        });
        known.insert(reader.segment_id(), names.clone());
        Ok(names)
    }

    /// Lets go of those that are no longer read: merges have put others in their place.
    pub(super) fn keep(&self, searcher: &Searcher) {
        let read: HashSet<SegmentId> = searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|segment, _| read.contains(segment));
    }
}

impl Documents {
    fn skip_others(&mut self) {
        while self.postings.doc() != TERMINATED && !self.is_ours(self.postings.doc()) {
            self.postings.advance();
        }
    }

    fn is_ours(&self, doc: DocId) -> bool {
        let Names { high, low, tenants } = &*self.names;
        let tenant = tenants.as_ref().and_then(|tenants| tenants.ords().first(doc));
        (high.first(doc), low.first(doc)) == (Some(self.id.0), Some(self.id.1)) && tenant == self.tenant
    }
}

impl DocSet for Documents {
    fn advance(&mut self) -> DocId {
        self.postings.advance();
        self.skip_others();
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.postings.doc()
    }

    fn size_hint(&self) -> u32 {
        self.postings.size_hint()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", domain::tenant::stream_id(&self.tenant, self.id))
    }
}

impl Query for Stream {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Stream {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(match self.documents(reader)? {
            Some(documents) => Box::new(ConstScorer::new(documents, boost)),
            None => Box::new(EmptyScorer),
        })
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("the document of a stream", 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::schema::StoredTask;
    use crate::search::store::Store;

    #[test]
    fn given_streams_with_the_same_four_bytes_when_one_is_deleted_then_the_others_are_still_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut generation = Store::new(folder.path().into(), 15_000_000).open().unwrap();
        let (one, other) = (Uuid::from_u64_pair(1, 2), Uuid::from_u64_pair(2, 1));
        assert_eq!(generation.fields.stream_term(one), generation.fields.stream_term(other));
        let streams = [("ann", one), ("ann", other), ("bob", one)];
        for (tenant, id) in streams {
            let document = generation.fields.document(tenant, id, &StoredTask::default()).unwrap();
            generation.writer.add_document(document).unwrap();
        }
        generation.writer.commit().unwrap();
        generation.reader.reload().unwrap();
        let segments = Segments::default();
        let stream = |(tenant, id)| Stream::new(&generation.fields, &segments, tenant, id);
        let searcher = generation.reader.searcher();
        let found = streams.map(|it| stream(it).find(&searcher).unwrap().unwrap().doc_id);
        assert_eq!(found, [0, 1, 2]);
        assert_eq!(stream(("bob", other)).find(&searcher).unwrap(), None);

        generation.writer.delete_query(Box::new(stream(streams[0]))).unwrap();
        generation.writer.commit().unwrap();
        generation.reader.reload().unwrap();
        let searcher = generation.reader.searcher();
        let found = streams.map(|it| stream(it).find(&searcher).unwrap().is_some());
        assert_eq!(found, [false, true, true]);
    }
}
