//! A word of a query, and how well a term of a document answers it.
//!
//! [`Word::tier`] is the only judge: the index scan and the highlights both ask it, so what is found is what is marked.

use super::forms::Form;
use super::typos;
use crate::search::analyzer::{self, Unit};

/// A typo is forgiven in words of at least this many characters.
const TYPO_MIN_CHARS: usize = 4;
/// Two typos are forgiven in words of at least this many characters.
const TWO_TYPOS_MIN_CHARS: usize = 8;
/// In shorter words that may be a prefix, there must be no typo: half the dictionary begins nearly like `zoom`.
const TYPO_PREFIX_MIN_CHARS: usize = 6;

/// How a term answers a word, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::search) enum Tier {
    /// The same.
    Exact,
    /// The word's parts stand in this order, written in another way (`foo_bar`: `Foo bar`); or all words in quotes do.
    Phrase,
    /// Another form of the word (`crashing`: `crashes`).
    Form,
    /// Begins with the word.
    Prefix,
    /// The same but for one typo.
    Typo,
    /// Begins with the word but for one typo.
    TypoPrefix,
    /// The same, or begins with the word, but for two typos.
    TwoTypos,
}

/// One word of a query, or several in quotes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::search) struct Word {
    /// Spellings as one term, each with its characters.
    pub(in crate::search) spellings: Vec<Spelling>,
    /// Its parts when it has more than one: a phrase of them answers the word too.
    pub(in crate::search) parts: Vec<String>,
    /// Being typed, perhaps: terms that begin with it answer it.
    pub(in crate::search) prefix: bool,
    /// Written without spaces: it can be no prefix.
    ideographic: bool,
    /// How many words it is, counted as a reader would: an identifier or a run without spaces is one.
    pub(super) count: usize,
}

/// One way a word can stand in the dictionary as one term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::search) struct Spelling {
    /// The folded term.
    pub(in crate::search) term: String,
    /// Its characters.
    chars: Vec<char>,
    /// Typos that are forgiven: by its length, and none with digits, for a number that differs is another number.
    pub(in crate::search) typos: u8,
    form: Option<Form>,
}

/// How many typos, and whether what goes on behind them answers too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) struct Reach {
    pub(in crate::search) typos: u8,
    pub(in crate::search) prefix: bool,
}

impl Word {
    /// A unit of text.
    pub(super) fn of(unit: Unit) -> Self {
        let spellings = unit.wholes.into_iter().map(|piece| Spelling::of(piece.term, unit.ideographic)).collect();
        let parts = unit.parts.into_iter().map(|piece| piece.term).collect();
        Self { spellings, parts, prefix: false, ideographic: unit.ideographic, count: 1 }
    }

    /// Text in quotes: all of its words side by side, as they are. None without a word.
    pub(super) fn literal(text: &str) -> Option<Self> {
        let (mut terms, mut count) = (Vec::new(), 0);
        analyzer::units(text, |unit| {
            count += 1;
            let whole = unit.wholes.into_iter().next().filter(|_| unit.parts.is_empty());
            terms.extend(unit.parts.into_iter().chain(whole).map(|piece| piece.term));
        });
        let spellings = if terms.len() == 1 { terms.drain(..).map(Spelling::literal).collect() } else { Vec::new() };
        (count > 0).then_some(Self { spellings, parts: terms, prefix: false, ideographic: false, count })
    }

    /// As the last word, which may go on.
    pub(super) fn may_be_unfinished(&mut self) {
        self.prefix = !self.ideographic;
    }

    /// How `term` answers this word, if it does. Never [`Tier::Phrase`], which takes several terms.
    pub(in crate::search) fn tier(&self, term: &str) -> Option<Tier> {
        self.spellings.iter().filter_map(|spelling| spelling.tier(term, self.prefix)).min()
    }

    /// First and last term of the word where it stands exactly, for the bonus of words that stand together.
    pub(in crate::search) fn ends(&self) -> Option<(&str, &str)> {
        match (self.parts.first(), self.parts.last(), self.spellings.first()) {
            (Some(first), Some(last), _) => Some((first, last)),
            (_, _, Some(only)) => Some((&only.term, &only.term)),
            _ => None,
        }
    }
}

impl Spelling {
    fn of(term: String, ideographic: bool) -> Self {
        let chars: Vec<char> = term.chars().collect();
        let typos = match chars.len() {
            _ if ideographic || chars.iter().any(|c| c.is_numeric()) => 0,
            0..TYPO_MIN_CHARS => 0,
            TYPO_MIN_CHARS..TWO_TYPOS_MIN_CHARS => 1,
            _ => 2,
        };
        let form = Form::of(&term);
        Self { term, chars, typos, form }
    }

    fn literal(term: String) -> Self {
        Self { term, chars: Vec::new(), typos: 0, form: None }
    }

    /// What the forms of this spelling begin with, where it has forms.
    pub(in crate::search) fn forms_begin_with(&self) -> Option<&str> {
        self.form.as_ref().map(|form| form.beginning.as_str())
    }

    /// Its typos behind its own first letter, by how many there may be.
    pub(in crate::search) fn reach(&self, prefix: bool) -> Vec<Reach> {
        let one = Reach { typos: 1, prefix: prefix && self.chars.len() >= TYPO_PREFIX_MIN_CHARS };
        let two = Reach { typos: 2, prefix };
        let forgiven = [one, two].into_iter().filter(|reach| reach.typos <= self.typos);
        forgiven.collect()
    }

    /// Hands over what one typo makes of it that begins with another letter: with the first letter replaced, left out, or swapped
    /// with the second, or with one before it. Only letters that begin one of `pairs` with the letter after them are tried.
    pub(in crate::search) fn with_another_beginning<E>(
        &self,
        pairs: &[(char, char)],
        mut each: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let [first, second, rest @ ..] = &self.chars[..] else { return Ok(()) };
        let without = &self.term[first.len_utf8()..];
        each(without)?;
        let mut other = String::with_capacity(self.term.len() + 4);
        other.extend([second, first].into_iter().chain(rest));
        each(&other)?;
        for (letter, next) in pairs.iter().filter(|(letter, _)| letter != first) {
            for (same, all) in [(second, without), (first, &self.term)] {
                if next == same {
                    other.clear();
                    other.push(*letter);
                    other.push_str(all);
                    each(&other)?;
                }
            }
        }
        Ok(())
    }

    /// Whether `term` is another form of this spelling.
    pub(in crate::search) fn has_form(&self, term: &str) -> bool {
        self.form.as_ref().is_some_and(|form| form.holds(&self.term, term))
    }

    /// How `term` answers this spelling; with `prefix`, a term that begins with it does too.
    pub(in crate::search) fn tier(&self, term: &str, prefix: bool) -> Option<Tier> {
        if term == self.term {
            return Some(Tier::Exact);
        }
        if self.has_form(term) {
            return Some(Tier::Form);
        }
        if prefix && term.starts_with(&self.term) {
            return Some(Tier::Prefix);
        }
        if self.typos == 0 {
            return None;
        }
        if typos::one(&self.chars, term, false) {
            return Some(Tier::Typo);
        }
        if prefix && self.chars.len() >= TYPO_PREFIX_MIN_CHARS && typos::one(&self.chars, term, true) {
            return Some(Tier::TypoPrefix);
        }
        // Two make `external` of `internal`; people rarely mistype the first letter.
        let begins_alike = term.chars().next() == self.chars.first().copied();
        (self.typos == 2 && begins_alike && typos::at_most_two(&self.chars, term, prefix)).then_some(Tier::TwoTypos)
    }
}
