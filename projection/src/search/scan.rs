//! Which documents of a segment answer all words of a query, and with how many points.

use tantivy::Searcher;
use tantivy::index::SegmentReader;
use tantivy::query::{EnableScoring, PhraseQuery, Query, Weight};
use tantivy::schema::{Field, Term};

use super::asked::{Asked, Tier, Word};
use super::board::{Board, Boards, Candidate};
use super::dictionary::{Dictionary, Wanted};
use super::known::Known;
use super::points::{TOGETHER_POINTS, places};
use super::schema::Fields;

/// What queries leave for those after them. It changes no answer.
#[derive(Default)]
pub(super) struct Reused {
    boards: Boards,
    known: Known,
}

/// A query made ready to run over the segments of one searcher.
pub(super) struct Scan<'a> {
    fields: &'a Fields,
    tags: Vec<Term>,
    words: Vec<PlannedWord>,
    excluded_tags: Vec<Term>,
    excluded: Vec<PlannedWord>,
    together: Vec<Box<dyn Weight>>,
}

struct PlannedWord {
    wanted: Wanted,
    /// The word's parts as a phrase, in each place.
    phrases: Vec<(Box<dyn Weight>, u16)>,
}

impl<'a> Scan<'a> {
    /// Prepares the query's words, and its tags: those of `q` and those of the parameter.
    pub(super) fn new(
        searcher: &Searcher,
        fields: &'a Fields,
        asked: &Asked,
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
        let planned = |words: &[Word], forgiving: bool| {
            words.iter().map(|word| PlannedWord::new(fields, word, forgiving, scoring)).collect::<tantivy::Result<_>>()
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
        let open = |(field, points)| Ok((Dictionary::open(reader, field, &reused.known)?, points));
        let places = places(self.fields).into_iter().map(open).collect::<tantivy::Result<Vec<_>>>()?;
        for word in &self.words {
            for (dictionary, points) in &places {
                for (term, tier) in dictionary.answers(&word.wanted)?.iter() {
                    board.mark(&dictionary.index, Some(term), points(*tier))?;
                }
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
                let dictionary = Dictionary::open(reader, field, &reused.known)?;
                for (term, _) in dictionary.answers(&word.wanted)?.iter() {
                    board.exclude(&dictionary.index, term)?;
                }
            }
            for (phrase, _) in &word.phrases {
                phrase.for_each_no_score(reader, &mut |docs| board.exclude_docs(docs))?;
            }
        }
        Ok(())
    }
}

impl PlannedWord {
    fn new(fields: &Fields, word: &Word, forgiving: bool, scoring: EnableScoring<'_>) -> tantivy::Result<Self> {
        let mut phrases = Vec::new();
        for (field, points) in places(fields).into_iter().filter(|_| word.parts.len() > 1) {
            let phrase = phrase(field, word.parts.iter().map(String::as_str)).weight(scoring)?;
            phrases.push((phrase, points(Tier::Phrase)));
        }
        Ok(Self { wanted: Wanted::new(word, forgiving), phrases })
    }
}

fn phrase<'t>(field: Field, terms: impl IntoIterator<Item = &'t str>) -> PhraseQuery {
    PhraseQuery::new(terms.into_iter().map(|term| Term::from_field_text(field, term)).collect())
}
