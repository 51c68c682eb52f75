//! Which documents of a segment answer all words of a query, and with how many points.

use tantivy::Searcher;
use tantivy::index::SegmentReader;
use tantivy::postings::TermInfo;
use tantivy::query::{EnableScoring, PhraseQuery, Query, Weight};
use tantivy::schema::{Field, Term};

use super::asked::{Asked, Spelling, Tier, Word};
use super::beginnings::Beginnings;
use super::board::{Board, Boards, Candidate};
use super::points::{TOGETHER_POINTS, places};
use super::schema::Fields;
use super::typos::{Dictionary, Typos};

/// What queries leave for those after them. It changes no answer.
#[derive(Default)]
pub(super) struct Reused {
    boards: Boards,
    beginnings: Beginnings,
}

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
    typos: Vec<Typos>,
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
    pub(super) fn segment(&self, reader: &SegmentReader, reused: &Reused) -> tantivy::Result<Vec<Candidate>> {
        let mut board = reused.boards.take(reader.max_doc());
        self.exclude(reader, reused, &mut board)?;
        let candidates = if self.answer(reader, reused, &mut board)? { board.candidates() } else { Vec::new() };
        reused.boards.put_back(board);
        Ok(candidates)
    }

    /// Takes the steps of the query; false when nothing answers them all.
    fn answer(&self, reader: &SegmentReader, reused: &Reused, board: &mut Board) -> tantivy::Result<bool> {
        for tag in &self.tags {
            let tags = reader.inverted_index(tag.field())?;
            board.mark(&tags, tags.get_term_info(tag)?.as_ref(), 0)?;
            if !board.end_step() {
                return Ok(false);
            }
        }
        let open = |(field, points)| Ok((Dictionary::open(reader, field, &reused.beginnings)?, points));
        let places = places(self.fields).into_iter().map(open).collect::<tantivy::Result<Vec<_>>>()?;
        for word in &self.words {
            for (dictionary, points) in &places {
                word.mark(dictionary, &mut |term, tier| board.mark(&dictionary.index, Some(term), points(tier)))?;
            }
            for (phrase, points) in &word.phrases {
                phrase.for_each_no_score(reader, &mut |docs| board.mark_docs(docs, *points))?;
            }
            if !board.end_step() {
                return Ok(false);
            }
        }
        for pair in &self.together {
            pair.for_each_no_score(reader, &mut |docs| board.reward(docs, TOGETHER_POINTS))?;
        }
        Ok(true)
    }

    /// Takes out what holds one of the words or tags that must not be there.
    fn exclude(&self, reader: &SegmentReader, reused: &Reused, board: &mut Board) -> tantivy::Result<()> {
        for tag in &self.excluded_tags {
            let tags = reader.inverted_index(tag.field())?;
            if let Some(term) = tags.get_term_info(tag)? {
                board.exclude(&tags, &term)?;
            }
        }
        for word in &self.excluded {
            for (field, _) in places(self.fields) {
                let dictionary = Dictionary::open(reader, field, &reused.beginnings)?;
                word.mark(&dictionary, &mut |term, _| board.exclude(&dictionary.index, term))?;
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
        let forgiven = |spelling: &Spelling| {
            if typos { Typos::of(fields.title, spelling, word.prefix) } else { Ok(Typos::none()) }
        };
        let typos = word.spellings.iter().map(forgiven).collect::<tantivy::Result<_>>()?;
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
        dictionary: &Dictionary,
        mark: &mut impl FnMut(&TermInfo, Tier) -> tantivy::Result<()>,
    ) -> tantivy::Result<()> {
        for (spelling, typos) in self.word.spellings.iter().zip(&self.typos) {
            if self.word.prefix {
                dictionary.begin_with(&spelling.term, |term, info| {
                    mark(info, if term.len() == spelling.term.len() { Tier::Exact } else { Tier::Prefix })
                })?;
            } else if let Some(info) = dictionary.index.terms().get(&spelling.term)? {
                mark(&info, Tier::Exact)?;
            }
            typos.mark(dictionary, spelling, self.word.prefix, mark)?;
            if let Some(beginning) = spelling.forms_begin_with() {
                dictionary.begin_with(beginning, |term, info| {
                    if term != spelling.term && spelling.has_form(term) { mark(info, Tier::Form) } else { Ok(()) }
                })?;
            }
        }
        Ok(())
    }
}

fn phrase<'t>(field: Field, terms: impl IntoIterator<Item = &'t str>) -> PhraseQuery {
    PhraseQuery::new(terms.into_iter().map(|term| Term::from_field_text(field, term)).collect())
}
