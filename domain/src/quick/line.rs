//! The words of a line as the grammar looks at them.

use chrono::{NaiveDate, NaiveDateTime};

use super::tokens::Token;

/// The words, the time they were written at, and what is known of them so far.
pub(super) struct Line<'a> {
    text: &'a str,
    tokens: &'a [Token],
    pub(super) now: NaiveDateTime,
    /// Whether something that is understood begins at a word. Filled from the last word to the first.
    begins: Vec<bool>,
}

impl<'a> Line<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token], now: NaiveDateTime) -> Self {
        Self { text, tokens, now, begins: vec![false; tokens.len()] }
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.now.date()
    }

    /// The word at a place; empty past the end.
    pub(super) fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| &token.word)
    }

    /// The word at a place as it was written.
    pub(super) fn written(&self, at: usize) -> &'a str {
        self.tokens.get(at).and_then(|token| self.text.get(token.start..token.end)).unwrap_or_default()
    }

    /// The word before a place.
    pub(super) fn word_before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |before| self.word(before))
    }

    pub(super) fn is(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    /// Behind the word at `at` where it is one of `words`, else `at`.
    pub(super) fn skip(&self, at: usize, words: &[&str]) -> usize {
        if self.is(at, words) { at + 1 } else { at }
    }

    /// Behind these words, where they stand at `at`.
    pub(super) fn phrase(&self, at: usize, words: &[&str]) -> Option<usize> {
        words.iter().enumerate().all(|(offset, word)| self.word(at + offset) == *word).then_some(at + words.len())
    }

    pub(super) fn token(&self, at: usize) -> Option<&'a Token> {
        self.tokens.get(at)
    }

    /// Whether punctuation stands behind the word before `next`.
    pub(super) fn stops_before(&self, next: usize) -> bool {
        next.checked_sub(1).and_then(|last| self.tokens.get(last)).is_some_and(|token| token.stops)
    }

    pub(super) fn set_begins(&mut self, at: usize) {
        self.begins[at] = true;
    }

    /// Whether a clause ends before `next`: the line does, punctuation or a dash stands there, or the next piece that is
    /// understood. There an ambiguous word such as `sat` or `1st` is a date; before another word it is part of the title.
    pub(super) fn is_edge(&self, next: usize) -> bool {
        next >= self.tokens.len() || self.stops_before(next) || self.begins[next] || self.is(next, DASHES)
    }
}

/// Dashes that stand alone.
pub(super) const DASHES: &[&str] = &["-", "–", "—"];
