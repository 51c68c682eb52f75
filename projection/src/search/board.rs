//! The documents of a segment while the words of a query are looked up, one step a word.

use std::sync::{Mutex, PoisonError};

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

/// Boards that were used before, blank: to make one takes as long as many a query. There are never more of them than queries were
/// answered at a time.
#[derive(Default)]
pub(super) struct Boards(Mutex<Vec<Board>>);

impl Boards {
    /// One for so many documents. Give it back by [`Self::put_back`]; what is not given back is forgotten.
    pub(super) fn take(&self, max_doc: DocId) -> Board {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let len = board.answered.len().max(max_doc as usize);
        for column in [&mut board.answered, &mut board.points, &mut board.best] {
            column.resize(len, 0);
        }
        board.max_doc = max_doc;
        board
    }

    /// Takes a board back whose last step is ended.
    pub(super) fn put_back(&self, mut board: Board) {
        board.wipe();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(board);
    }
}

/// Points of every document of a segment while the steps of a query are applied one after the other.
#[derive(Default)]
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
    /// Documents about which something is written down, some more than once.
    written: Vec<DocId>,
    step: u16,
    max_doc: DocId,
}

impl Board {
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
        self.written.extend_from_slice(docs);
    }

    /// Ends a step: only documents that answered it stay. False when none did.
    pub(super) fn end_step(&mut self) -> bool {
        if self.step == 0 {
            // Those of later steps are among them.
            self.written.extend_from_slice(&self.touched);
        }
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

    /// More points for those of these documents that have answered every step.
    pub(super) fn reward(&mut self, docs: &[DocId], points: u16) {
        for &doc in docs {
            if self.answered[doc as usize] == self.step {
                self.points[doc as usize] += points;
            }
        }
    }

    /// What answered every step; everything, where there was none.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let candidate = |doc: DocId| Candidate { doc, points: self.points[doc as usize] };
        if self.step > 0 {
            return self.candidates.iter().copied().map(candidate).collect();
        }
        (0..self.max_doc).filter(|doc| self.answered[*doc as usize] != EXCLUDED).map(candidate).collect()
    }

    /// Blank again, at the price of what was written alone.
    fn wipe(&mut self) {
        for doc in self.written.drain(..) {
            let at = doc as usize;
            (self.answered[at], self.points[at]) = (0, 0);
        }
        self.candidates.clear();
        self.step = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents and points of a query that excludes `excluded` and rewards `rewarded`.
    fn found(
        boards: &Boards,
        max_doc: DocId,
        excluded: &[DocId],
        steps: &[&[DocId]],
        rewarded: &[DocId],
    ) -> Vec<(DocId, u16)> {
        let mut board = boards.take(max_doc);
        board.exclude_docs(excluded);
        for step in steps {
            board.mark_docs(step, 10);
            board.end_step();
        }
        if !steps.is_empty() {
            board.reward(rewarded, 5);
        }
        let found = board.candidates().into_iter().map(|candidate| (candidate.doc, candidate.points)).collect();
        boards.put_back(board);
        found
    }

    #[test]
    fn given_a_board_that_was_used_before_when_a_query_is_answered_then_nothing_of_the_other_is_left() {
        let boards = Boards::default();
        for _ in 0..3 {
            let all = [0, 1, 2, 3];
            assert_eq!(found(&boards, 4, &[1], &[&all, &[1, 2, 3]], &[0, 2]), [(2, 25), (3, 20)]);
            assert_eq!(found(&boards, 4, &[], &[&[0], &[3]], &all), []);
            assert_eq!(found(&boards, 3, &[1], &[], &[]), [(0, 0), (2, 0)], "a smaller segment");
            assert_eq!(found(&boards, 6, &[], &[&[5, 1]], &[1]), [(5, 10), (1, 15)], "a larger segment");
        }
        assert_eq!(boards.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn given_a_board_that_is_not_wiped_when_it_is_used_again_then_the_other_query_shows() {
        let boards = Boards::default();
        let mut board = boards.take(4);
        board.exclude_docs(&[1]);
        boards.0.lock().unwrap().push(board);
        assert_eq!(found(&boards, 4, &[], &[&[1, 2]], &[]), [(2, 10)]);
    }
}
