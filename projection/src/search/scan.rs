//! Which documents of a segment answer all words of a query, and with how many points.
//!
//! The points are a function of the query and the document alone, in whole numbers: no statistics of the corpus, no
//! order of evaluation. So a place in the order stays where it is while other tasks come, change and go
//! (docs/decisions/0004-relevance-that-pages.md).

use tantivy::index::SegmentReader;
use tantivy::postings::TermInfo;
use tantivy::query::{DfaWrapper, EnableScoring, FuzzyTermQuery, PhraseQuery, Query, Weight};
use tantivy::schema::{Field, IndexRecordOption, Term};
use tantivy::{DocId, InvertedIndexReader, Searcher};

use super::schema::Fields;
use super::words::{Spelling, Tier, Word};

/// Bonus for each two neighbouring words of the query that stand together in the title.
const TOGETHER_POINTS: u16 = 20;
/// The most points one word can bring.
pub(super) const WORD_MAX_POINTS: u16 = 100;

fn title_points(tier: Tier) -> u16 {
    match tier {
        Tier::Exact => WORD_MAX_POINTS,
        Tier::Phrase => 90,
        Tier::Prefix => 70,
        Tier::Typo => 24,
        Tier::TypoPrefix => 16,
    }
}

/// Half of the title's: an exact word in the description counts less than a prefix in the title, but more than what may be
/// another word altogether.
fn description_points(tier: Tier) -> u16 {
    title_points(tier) / 2
}

/// Bonus of a short title, where the words say more of it.
pub(super) fn brevity_points(title_words: u64) -> u16 {
    match title_words {
        0..=3 => 6,
        4..=6 => 4,
        7..=10 => 2,
        _ => 0,
    }
}

/// A query made ready to run over the segments of one searcher.
pub(super) struct Scan<'a> {
    fields: &'a Fields,
    tags: Vec<Term>,
    words: Vec<PlannedWord<'a>>,
    together: Vec<Box<dyn Weight>>,
}

struct PlannedWord<'a> {
    word: &'a Word,
    /// One for each spelling that may hold a typo.
    automata: Vec<Option<DfaWrapper>>,
    /// The word's parts as a phrase, in title and description.
    phrases: Vec<(Box<dyn Weight>, u16)>,
}

/// A document that answers all words, before filters.
pub(super) struct Candidate {
    /// Its number in the segment.
    pub(super) doc: DocId,
    /// Points for words and their neighbourhood.
    pub(super) points: u16,
}

impl<'a> Scan<'a> {
    /// Prepares the query's words and tags.
    pub(super) fn new(
        searcher: &Searcher,
        fields: &'a Fields,
        words: &'a [Word],
        tags: &[String],
    ) -> tantivy::Result<Self> {
        let scoring = EnableScoring::disabled_from_searcher(searcher);
        let tags = tags.iter().map(|tag| Term::from_field_text(fields.tags, tag)).collect();
        let mut together = Vec::new();
        for pair in words.windows(2) {
            if let (Some((_, left)), Some((right, _))) = (pair[0].ends(), pair[1].ends()) {
                together.push(phrase(fields.title, [left, right]).weight(scoring)?);
            }
        }
        let words = words.iter().map(|word| PlannedWord::new(fields, word, scoring)).collect::<tantivy::Result<_>>()?;
        Ok(Self { fields, tags, words, together })
    }

    /// The candidates of one segment, in no order; deleted documents among them.
    pub(super) fn segment(&self, reader: &SegmentReader) -> tantivy::Result<Vec<Candidate>> {
        let mut board = Board::new(reader.max_doc());
        let tags = reader.inverted_index(self.fields.tags)?;
        for tag in &self.tags {
            let info = tags.get_term_info(tag)?;
            board.mark(&tags, info.as_ref(), 0)?;
            if !board.end_step() {
                return Ok(Vec::new());
            }
        }
        let title = reader.inverted_index(self.fields.title)?;
        let description = reader.inverted_index(self.fields.description)?;
        for word in &self.words {
            word.mark(&mut board, &title, title_points)?;
            word.mark(&mut board, &description, description_points)?;
            for (phrase, points) in &word.phrases {
                phrase.for_each_no_score(reader, &mut |docs| board.mark_docs(docs, *points))?;
            }
            if !board.end_step() {
                return Ok(Vec::new());
            }
        }
        for pair in &self.together {
            pair.for_each_no_score(reader, &mut |docs| board.reward(docs, TOGETHER_POINTS))?;
        }
        Ok(board.candidates())
    }
}

impl<'a> PlannedWord<'a> {
    fn new(fields: &Fields, word: &'a Word, scoring: EnableScoring<'_>) -> tantivy::Result<Self> {
        let automata = word
            .spellings
            .iter()
            .map(|spelling| if spelling.typo { automaton(fields, spelling, word.prefix).map(Some) } else { Ok(None) })
            .collect::<tantivy::Result<_>>()?;
        let mut phrases = Vec::new();
        if word.parts.len() > 1 {
            let parts = || word.parts.iter().map(String::as_str);
            phrases.push((phrase(fields.title, parts()).weight(scoring)?, title_points(Tier::Phrase)));
            phrases.push((phrase(fields.description, parts()).weight(scoring)?, description_points(Tier::Phrase)));
        }
        Ok(Self { word, automata, phrases })
    }

    /// Marks the documents with a term that answers this word.
    fn mark(&self, board: &mut Board, index: &InvertedIndexReader, points: fn(Tier) -> u16) -> tantivy::Result<()> {
        for (spelling, automaton) in self.word.spellings.iter().zip(&self.automata) {
            if let Some(automaton) = automaton {
                let mut terms = index.terms().search(automaton).into_stream()?;
                while terms.advance() {
                    let term = std::str::from_utf8(terms.key()).unwrap_or_default();
                    if let Some(tier) = spelling.tier(term, self.word.prefix) {
                        board.mark(index, Some(terms.value()), points(tier))?;
                    }
                }
            } else if self.word.prefix {
                let mut terms = index.terms().range().ge(&spelling.term).into_stream()?;
                while terms.advance() && terms.key().starts_with(spelling.term.as_bytes()) {
                    let exact = terms.key().len() == spelling.term.len();
                    let tier = if exact { Tier::Exact } else { Tier::Prefix };
                    board.mark(index, Some(terms.value()), points(tier))?;
                }
            } else {
                board.mark(index, index.terms().get(&spelling.term)?.as_ref(), points(Tier::Exact))?;
            }
        }
        Ok(())
    }
}

fn phrase<'t>(field: Field, terms: impl IntoIterator<Item = &'t str>) -> PhraseQuery {
    PhraseQuery::new(terms.into_iter().map(|term| Term::from_field_text(field, term)).collect())
}

/// Walks the part of the dictionary that one typo can reach; [`Spelling::tier`] then judges each term.
fn automaton(fields: &Fields, spelling: &Spelling, prefix: bool) -> tantivy::Result<DfaWrapper> {
    let term = Term::from_field_text(fields.title, &spelling.term);
    let query = if prefix { FuzzyTermQuery::new_prefix(term, 1, true) } else { FuzzyTermQuery::new(term, 1, true) };
    query.automaton()
}

/// Points of every document of a segment while the steps of a query are applied one after the other.
struct Board {
    /// Steps that a document has answered, without a gap from the first.
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
    fn new(max_doc: DocId) -> Self {
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

    fn mark(&mut self, index: &InvertedIndexReader, term: Option<&TermInfo>, points: u16) -> tantivy::Result<()> {
        let Some(term) = term else { return Ok(()) };
        let mut blocks = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        while !blocks.docs().is_empty() {
            self.mark_docs(blocks.docs(), points);
            blocks.advance();
        }
        Ok(())
    }

    fn mark_docs(&mut self, docs: &[DocId], points: u16) {
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

    /// Ends a step: only documents that answered it stay. False when none did.
    fn end_step(&mut self) -> bool {
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

    fn reward(&mut self, docs: &[DocId], points: u16) {
        for &doc in docs {
            self.points[doc as usize] += points;
        }
    }

    fn candidates(self) -> Vec<Candidate> {
        let Self { candidates, points, .. } = self;
        candidates.into_iter().map(|doc| Candidate { doc, points: points[doc as usize] }).collect()
    }
}
