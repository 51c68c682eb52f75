//! Which documents of a segment answer all words of a query, and with how many points.

use tantivy::index::SegmentReader;
use tantivy::postings::TermInfo;
use tantivy::query::{DfaWrapper, EnableScoring, FuzzyTermQuery, PhraseQuery, Query, Weight};
use tantivy::schema::{Field, Term};
use tantivy::{InvertedIndexReader, Searcher};

use super::asked::{Asked, Spelling, Tier, Word};
use super::board::{Board, Candidate};
use super::points::{TOGETHER_POINTS, places};
use super::schema::Fields;

/// A query made ready to run over the segments of one searcher.
pub(super) struct Scan<'a> {
    fields: &'a Fields,
    tags: Vec<Term>,
    words: Vec<PlannedWord<'a>>,
    excluded_tags: Vec<Term>,
    excluded: Vec<PlannedWord<'a>>,
    together: Vec<Box<dyn Weight>>,
}

struct PlannedWord<'a> {
    word: &'a Word,
    /// Where each spelling's typos are looked for.
    typos: Vec<Vec<Walk>>,
    /// The word's parts as a phrase, in each place.
    phrases: Vec<(Box<dyn Weight>, u16)>,
}

impl<'a> Scan<'a> {
    /// Prepares the query's words, and its tags: those of `q` and those of the parameter.
    pub(super) fn new(
        searcher: &Searcher,
        fields: &'a Fields,
        asked: &'a Asked,
        tags: &[String],
    ) -> tantivy::Result<Self> {
        let scoring = EnableScoring::disabled_from_searcher(searcher);
        let keys =
            |tags: &[String]| tags.iter().map(|tag| Term::from_field_text(fields.tag_keys, tag)).collect::<Vec<_>>();
        let mut wanted_tags = keys(&asked.conditions.tags);
        wanted_tags.extend(tags.iter().map(|tag| Term::from_field_text(fields.tags, tag)));
        let mut together = Vec::new();
        for pair in asked.words.windows(2) {
            if let (Some((_, left)), Some((right, _))) = (pair[0].ends(), pair[1].ends()) {
                together.push(phrase(fields.title, [left, right]).weight(scoring)?);
            }
        }
        let planned = |words: &'a [Word], typos: bool| {
            words.iter().map(|word| PlannedWord::new(fields, word, typos, scoring)).collect::<tantivy::Result<_>>()
        };
        Ok(Self {
            fields,
            tags: wanted_tags,
            words: planned(&asked.words, true)?,
            excluded_tags: keys(&asked.conditions.not_tags),
            excluded: planned(&asked.excluded, false)?,
            together,
        })
    }

    /// The candidates of one segment, in no order; deleted documents among them.
    pub(super) fn segment(&self, reader: &SegmentReader) -> tantivy::Result<Vec<Candidate>> {
        let mut board = Board::new(reader.max_doc());
        self.exclude(reader, &mut board)?;
        for tag in &self.tags {
            let tags = reader.inverted_index(tag.field())?;
            board.mark(&tags, tags.get_term_info(tag)?.as_ref(), 0)?;
            if !board.end_step() {
                return Ok(Vec::new());
            }
        }
        let open = |(field, points)| reader.inverted_index(field).map(|index| (index, points));
        let places = places(self.fields).into_iter().map(open).collect::<tantivy::Result<Vec<_>>>()?;
        for word in &self.words {
            for (index, points) in &places {
                word.mark(index, &mut |term, tier| board.mark(index, Some(term), points(tier)))?;
            }
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

    /// Takes out what holds one of the words or tags that must not be there.
    fn exclude(&self, reader: &SegmentReader, board: &mut Board) -> tantivy::Result<()> {
        for tag in &self.excluded_tags {
            let tags = reader.inverted_index(tag.field())?;
            if let Some(term) = tags.get_term_info(tag)? {
                board.exclude(&tags, &term)?;
            }
        }
        for word in &self.excluded {
            for (field, _) in places(self.fields) {
                let index = reader.inverted_index(field)?;
                word.mark(&index, &mut |term, _| board.exclude(&index, term))?;
            }
            for (phrase, _) in &word.phrases {
                phrase.for_each_no_score(reader, &mut |docs| board.exclude_docs(docs))?;
            }
        }
        Ok(())
    }
}

impl<'a> PlannedWord<'a> {
    fn new(fields: &Fields, word: &'a Word, typos: bool, scoring: EnableScoring<'_>) -> tantivy::Result<Self> {
        let walks = |spelling: &Spelling| if typos { Walk::all(fields, spelling, word.prefix) } else { Ok(Vec::new()) };
        let typos = word.spellings.iter().map(walks).collect::<tantivy::Result<_>>()?;
        let mut phrases = Vec::new();
        for (field, points) in places(fields).into_iter().filter(|_| word.parts.len() > 1) {
            let phrase = phrase(field, word.parts.iter().map(String::as_str)).weight(scoring)?;
            phrases.push((phrase, points(Tier::Phrase)));
        }
        Ok(Self { word, typos, phrases })
    }

    /// Hands over each term of the dictionary that answers this word, some more than once.
    fn mark(
        &self,
        index: &InvertedIndexReader,
        mark: &mut impl FnMut(&TermInfo, Tier) -> tantivy::Result<()>,
    ) -> tantivy::Result<()> {
        for (spelling, typos) in self.word.spellings.iter().zip(&self.typos) {
            if self.word.prefix {
                begin_with(index, &spelling.term, |term, info| {
                    mark(info, if term.len() == spelling.term.len() { Tier::Exact } else { Tier::Prefix })
                })?;
            } else if let Some(info) = index.terms().get(&spelling.term)? {
                mark(&info, Tier::Exact)?;
            }
            for walk in typos {
                walk.mark(index, spelling, mark)?;
            }
            if let Some(beginning) = spelling.forms_begin_with() {
                begin_with(index, beginning, |term, info| {
                    if term != spelling.term && spelling.has_form(term) { mark(info, Tier::Form) } else { Ok(()) }
                })?;
            }
        }
        Ok(())
    }
}

/// Hands over the terms of the dictionary that begin with `beginning`.
fn begin_with(
    index: &InvertedIndexReader,
    beginning: &str,
    mut each: impl FnMut(&str, &TermInfo) -> tantivy::Result<()>,
) -> tantivy::Result<()> {
    let mut terms = index.terms().range().ge(beginning).into_stream()?;
    while terms.advance() && terms.key().starts_with(beginning.as_bytes()) {
        each(std::str::from_utf8(terms.key()).unwrap_or_default(), terms.value())?;
    }
    Ok(())
}

fn phrase<'t>(field: Field, terms: impl IntoIterator<Item = &'t str>) -> PhraseQuery {
    PhraseQuery::new(terms.into_iter().map(|term| Term::from_field_text(field, term)).collect())
}

/// A walk through the part of the dictionary that some of the forgiven typos can reach.
struct Walk {
    automaton: DfaWrapper,
    /// Terms behind this letter alone.
    behind: Option<char>,
    /// Terms that begin with the word but for a typo, too.
    prefix: bool,
}

impl Walk {
    /// Those of a spelling. Two typos can reach most of a dictionary, so they are looked for only where they are forgiven.
    fn all(fields: &Fields, spelling: &Spelling, prefix: bool) -> tantivy::Result<Vec<Self>> {
        let mut walks = Vec::new();
        for (typos, behind, prefix) in spelling.reach(prefix) {
            let term = Term::from_field_text(fields.title, &spelling.term);
            let query = if prefix {
                FuzzyTermQuery::new_prefix(term, typos, true)
            } else {
                FuzzyTermQuery::new(term, typos, true)
            };
            walks.push(Self { automaton: query.automaton()?, behind, prefix });
        }
        Ok(walks)
    }

    /// Hands over the terms that [`Spelling::tier`] finds good enough.
    fn mark(
        &self,
        index: &InvertedIndexReader,
        spelling: &Spelling,
        mark: &mut impl FnMut(&TermInfo, Tier) -> tantivy::Result<()>,
    ) -> tantivy::Result<()> {
        let mut terms = index.terms().search(&self.automaton);
        if let Some(letter) = self.behind {
            let (mut from, mut to) = ([0; 4], [0; 4]);
            let from = letter.encode_utf8(&mut from).as_bytes();
            // The last byte of a letter is never the greatest there is.
            let to = &mut to[..from.len()];
            to.copy_from_slice(from);
            to[from.len() - 1] += 1;
            terms = terms.ge(from).lt(to);
        }
        let mut terms = terms.into_stream()?;
        while terms.advance() {
            let term = std::str::from_utf8(terms.key()).unwrap_or_default();
            if let Some(tier) = spelling.tier(term, self.prefix) {
                mark(terms.value(), tier)?;
            }
        }
        Ok(())
    }
}
