//! The documents of a segment while the words of a query are looked up, one step a word.

use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, InvertedIndexReader};

/// A document that answers all words, before filters.
pub(super) struct Candidate {
    /// Its number in the segment.
    pub(super) doc: DocId,
    /// Points for words and their neighbourhood.
    pub(super) points: u16,
}

/// More steps than a query can have.
const EXCLUDED: u16 = u16::MAX;

/// Points of every document of a segment while the steps of a query are applied one after the other.
pub(super) struct Board {
    /// Steps that a document has answered, without a gap from the first; [`EXCLUDED`] for one that must not be found.
    answered: Vec<u16>,
    points: Vec<u16>,
    /// Best points in this step, plus one; 0 is "not answered".
    best: Vec<u16>,
    /// Documents that answered this step.
    touched: Vec<DocId>,
    /// Documents that answered the step before.
    candidates: Vec<DocId>,
    step: u16,
}

impl Board {
    /// For so many documents.
    pub(super) fn new(max_doc: DocId) -> Self {
        let len = max_doc as usize;
        Self {
            answered: vec![0; len],
            points: vec![0; len],
            best: vec![0; len],
            touched: Vec::new(),
            candidates: Vec::new(),
            step: 0,
        }
    }

    /// The documents of a term answer this step.
    pub(super) fn mark(
        &mut self,
        index: &InvertedIndexReader,
        term: Option<&TermInfo>,
        points: u16,
    ) -> tantivy::Result<()> {
        let Some(term) = term else { return Ok(()) };
        let mut blocks = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        while !blocks.docs().is_empty() {
            self.mark_docs(blocks.docs(), points);
            blocks.advance();
        }
        Ok(())
    }

    /// These documents answer this step.
    pub(super) fn mark_docs(&mut self, docs: &[DocId], points: u16) {
        for &doc in docs {
            let at = doc as usize;
            if self.answered[at] == self.step {
                if self.best[at] == 0 {
                    self.touched.push(doc);
                }
                self.best[at] = self.best[at].max(points + 1);
            }
        }
    }

    /// The documents of a term answer no step.
    pub(super) fn exclude(&mut self, index: &InvertedIndexReader, term: &TermInfo) -> tantivy::Result<()> {
        let mut blocks = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        while !blocks.docs().is_empty() {
            self.exclude_docs(blocks.docs());
            blocks.advance();
        }
        Ok(())
    }

    /// These documents answer no step.
    pub(super) fn exclude_docs(&mut self, docs: &[DocId]) {
        for &doc in docs {
            self.answered[doc as usize] = EXCLUDED;
        }
    }

    /// Ends a step: only documents that answered it stay. False when none did.
    pub(super) fn end_step(&mut self) -> bool {
        self.step += 1;
        for &doc in &self.touched {
            let at = doc as usize;
            self.answered[at] = self.step;
            self.points[at] += self.best[at] - 1;
            self.best[at] = 0;
        }
        std::mem::swap(&mut self.candidates, &mut self.touched);
        self.touched.clear();
        !self.candidates.is_empty()
    }

    /// More points for these documents.
    pub(super) fn reward(&mut self, docs: &[DocId], points: u16) {
        for &doc in docs {
            self.points[doc as usize] += points;
        }
    }

    /// What answered every step; everything, where there was none.
    pub(super) fn candidates(self) -> Vec<Candidate> {
        let Self { answered, candidates, points, step, .. } = self;
        let candidate = |doc: DocId| Candidate { doc, points: points[doc as usize] };
        if step > 0 {
            return candidates.into_iter().map(candidate).collect();
        }
        (0..).zip(answered).filter(|(_, answered)| *answered != EXCLUDED).map(|(doc, _)| candidate(doc)).collect()
    }
}
