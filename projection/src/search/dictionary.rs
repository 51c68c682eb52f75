//! The terms of a field in one segment, and which of them answer a word.

use std::cell::OnceCell;
use std::sync::Arc;

use tantivy::InvertedIndexReader;
use tantivy::index::{SegmentId, SegmentReader};
use tantivy::postings::TermInfo;
use tantivy::schema::Field;

use super::asked::{Tier, Word};
use super::beginnings::Pair;
use super::known::{Answers, Known, Question};
use super::typos::Typos;

/// Terms, in order.
pub(super) struct Dictionary<'a> {
    pub(super) index: Arc<InvertedIndexReader>,
    segment: SegmentId,
    field: Field,
    known: &'a Known,
}

impl<'a> Dictionary<'a> {
    /// Opens it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(reader: &SegmentReader, field: Field, known: &'a Known) -> tantivy::Result<Self> {
        Ok(Self { index: reader.inverted_index(field)?, segment: reader.segment_id(), field, known })
    }

    /// The terms that answer a word.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn answers(&self, wanted: &Wanted) -> tantivy::Result<Answers> {
        let Wanted { word, forgiving, .. } = wanted;
        let question = Question { segment: self.segment, field: self.field, word: word.clone(), forgiving: *forgiving };
        self.known.answers(&question, || wanted.look_up(self))
    }

    /// What its terms begin with.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn beginnings(&self) -> tantivy::Result<Arc<[Pair]>> {
        self.known.beginnings(self.segment, self.field, &self.index)
    }

    /// Hands over the terms that begin with `beginning`.
    pub(super) fn begin_with(
        &self,
        beginning: &str,
        mut each: impl FnMut(&str, &TermInfo) -> tantivy::Result<()>,
    ) -> tantivy::Result<()> {
        let mut terms = self.index.terms().range().ge(beginning).into_stream()?;
        while terms.advance() && terms.key().starts_with(beginning.as_bytes()) {
            each(std::str::from_utf8(terms.key()).unwrap_or_default(), terms.value())?;
        }
        Ok(())
    }
}

/// A word that terms are wanted for.
pub(super) struct Wanted {
    word: Arc<Word>,
    forgiving: bool,
    /// Of each spelling; made when they are first looked for.
    typos: OnceCell<Vec<Typos>>,
}

impl Wanted {
    /// With terms that have its typos, or without.
    pub(super) fn new(word: &Word, forgiving: bool) -> Self {
        Self { word: Arc::new(word.clone()), forgiving, typos: OnceCell::new() }
    }

    /// Its terms in a dictionary, some more than once.
    fn look_up(&self, dictionary: &Dictionary<'_>) -> tantivy::Result<Vec<(TermInfo, Tier)>> {
        let mut found = Vec::new();
        let mut mark = |term: &TermInfo, tier| {
            found.push((term.clone(), tier));
            Ok(())
        };
        for spelling in &self.word.spellings {
            if self.word.prefix {
                dictionary.begin_with(&spelling.term, |term, info| {
                    mark(info, if term.len() == spelling.term.len() { Tier::Exact } else { Tier::Prefix })
                })?;
            } else if let Some(info) = dictionary.index.terms().get(&spelling.term)? {
                mark(&info, Tier::Exact)?;
            }
            if let Some(beginning) = spelling.forms_begin_with() {
                dictionary.begin_with(beginning, |term, info| {
                    if term != spelling.term && spelling.has_form(term) { mark(info, Tier::Form) } else { Ok(()) }
                })?;
            }
        }
        if self.forgiving {
            for (spelling, typos) in self.word.spellings.iter().zip(self.typos(dictionary.field)?) {
                typos.mark(dictionary, spelling, self.word.prefix, &mut mark)?;
            }
        }
        Ok(found)
    }

    fn typos(&self, field: Field) -> tantivy::Result<&Vec<Typos>> {
        if let Some(made) = self.typos.get() {
            return Ok(made);
        }
        let of = |spelling| Typos::of(field, spelling, self.word.prefix);
        let made = self.word.spellings.iter().map(of).collect::<tantivy::Result<_>>()?;
        Ok(self.typos.get_or_init(|| made))
    }
}
