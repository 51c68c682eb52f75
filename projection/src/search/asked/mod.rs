//! What a search asks for: `q` as words that must be there, words that must not, and conditions.
//!
//! `kafka "exactly this" -broker tag:home due:<2027-01-01`: docs/search.md says what each means to a person.

mod conditions;
mod cut;
mod forms;
mod typos;
mod word;

use domain::Violations;

pub(super) use conditions::Conditions;
use cut::{Piece, PieceKind};
pub(super) use word::{Reach, Spelling, Tier, Word};

use super::analyzer;

/// Longest `q`, in characters.
pub const QUERY_MAX_CHARS: usize = 500;
/// Most words in `q`, those in quotes and those left out included.
pub const QUERY_MAX_WORDS: usize = 20;

/// A `q`, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// All of these must be answered by a task.
    pub(super) words: Vec<Word>,
    /// None of these may stand in it, in any of its forms.
    pub(super) excluded: Vec<Word>,
    /// All of these must hold.
    pub(super) conditions: Conditions,
}

/// Whether `q` can be searched for.
///
/// # Errors
/// Why not, about the field `q`.
pub fn check_words(q: &str) -> Result<(), Violations> {
    parse(q).map(|_| ())
}

/// Reads `q`.
///
/// # Errors
/// Why it cannot be searched for, about the field `q`.
pub(super) fn parse(q: &str) -> Result<Asked, Violations> {
    if q.chars().count() > QUERY_MAX_CHARS {
        return Err(Violations::one("q", format!("must have at most {QUERY_MAX_CHARS} characters")));
    }
    let pieces = cut::pieces(q);
    let mut asked = Asked::default();
    let (mut words, mut faults) = (0, Vec::new());
    // The last word may be one that is still being typed.
    let mut unfinished = false;
    for piece in &pieces {
        match asked.take(piece) {
            Ok(0) => {}
            Ok(count) => {
                words += count;
                unfinished = !piece.excluded && matches!(piece.kind, PieceKind::Text(_));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(fault) = faults.into_iter().next() {
        return Err(Violations::one("q", fault));
    }
    if words == 0 && asked.conditions == Conditions::default() {
        return Err(Violations::one("q", "must hold at least one letter or digit to search for"));
    }
    if words > QUERY_MAX_WORDS {
        return Err(Violations::one("q", format!("must have at most {QUERY_MAX_WORDS} words")));
    }
    if let Some(last) = asked.words.last_mut().filter(|_| unfinished) {
        last.may_be_unfinished();
    }
    Ok(asked)
}

impl Asked {
    /// Adds a piece of `q`; says how many words it has, or what is wrong with it.
    fn take(&mut self, piece: &Piece<'_>) -> Result<usize, String> {
        let words = match &piece.kind {
            PieceKind::Field { name, value } => {
                self.conditions.add(*name, value, piece.excluded)?;
                return Ok(0);
            }
            PieceKind::Quoted(text) => Word::literal(text).into_iter().collect(),
            PieceKind::Text(text) => {
                let mut words = Vec::new();
                analyzer::units(text, |unit| words.push(Word::of(unit)));
                words
            }
        };
        let count = words.iter().map(|word| word.count).sum();
        if piece.excluded { &mut self.excluded } else { &mut self.words }.extend(words);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
