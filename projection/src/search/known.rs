//! What is known of the dictionaries of segments. They never change, and what is looked for in them is mostly what was looked for
//! before: a search goes on to its next page, is asked again after a change, has words that many have.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tantivy::InvertedIndexReader;
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::schema::Field;

use super::asked::{Tier, Word};
use super::beginnings::{self, Pair};

/// Dictionaries whose beginnings are known at a time: more than there are segments and fields, of two generations.
const DICTIONARIES: usize = 500;
/// Answers that are known at a time, about.
const ANSWERS: usize = 20_000;
/// Bytes that they take at most.
const ANSWERS_BYTES: u64 = 16 << 20;
/// Bytes that an answer takes besides its terms, about: the word, with its spellings and forms.
const ANSWER_BYTES: u64 = 400;

/// What a dictionary is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) segment: SegmentId,
    pub(super) field: Field,
    pub(super) word: Arc<Word>,
    /// Whether typos are forgiven.
    pub(super) forgiving: bool,
}

/// Terms that answer a word, each once, with its best tier.
pub(super) type Answers = Arc<[(TermInfo, Tier)]>;

/// It changes no answer.
pub(super) struct Known {
    beginnings: Cache<(SegmentId, Field), Arc<[Pair]>>,
    answers: Cache<Question, Answers, Bytes>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Question, Answers> for Bytes {
    fn weight(&self, _: &Question, answers: &Answers) -> u64 {
        ANSWER_BYTES + size_of_val::<[_]>(answers) as u64
    }
}

impl Default for Known {
    fn default() -> Self {
        let answers = Cache::with_weighter(ANSWERS, ANSWERS_BYTES, Bytes);
        Self { beginnings: Cache::new(DICTIONARIES), answers }
    }
}

impl Known {
    /// What the terms of a dictionary begin with.
    ///
    /// # Errors
    /// When the dictionary cannot be read.
    pub(super) fn beginnings(
        &self,
        segment: SegmentId,
        field: Field,
        index: &InvertedIndexReader,
    ) -> tantivy::Result<Arc<[Pair]>> {
        Ok(self.beginnings.get_or_insert_with(&(segment, field), || beginnings::read(index))?)
    }

    /// The terms that answer a word; `look_up` looks for them where that is not known, and may find some more than once.
    ///
    /// # Errors
    /// What `look_up` fails with.
    pub(super) fn answers(
        &self,
        question: &Question,
        look_up: impl FnOnce() -> tantivy::Result<Vec<(TermInfo, Tier)>>,
    ) -> tantivy::Result<Answers> {
        self.answers.get_or_insert_with(question, || {
            let mut answers = look_up()?;
            // No two terms have their documents in the same place.
            answers.sort_unstable_by_key(|(term, tier)| (term.postings_range.start, *tier));
            answers.dedup_by_key(|(term, _)| term.postings_range.start);
            Ok(answers.into())
        })
    }
}
