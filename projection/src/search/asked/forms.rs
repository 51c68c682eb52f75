//! Whether two words are forms of one: `crashing`, `crashes`, `crash`.
//!
//! The index keeps words as they are. A word's forms are looked up in the dictionary when it is asked for: those behind the
//! same first letters with the same stem (Porter's second English stemmer). So the word itself always counts more than a form
//! of it (`Windows` before *window*), identifiers have no forms, and another stemmer needs no other index.

use frostem::{Algorithm, Stemmer};

/// Shorter words have no forms: `is`, `as`, `us`.
const MIN_CHARS: usize = 3;
/// `its` and `ids` would have every word with an i looked at.
const BEGINNING_MIN: usize = 2;
/// Forms differ by an ending of at most this many letters. The stemmer alone would make `organ` of `organization`.
const ENDING_MAX: usize = 5;

/// What forms of a word have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Form {
    stem: String,
    /// Letters that every form begins with.
    pub(super) beginning: String,
}

impl Form {
    /// Of a folded word; none where it is no English word by its letters.
    pub(super) fn of(word: &str) -> Option<Self> {
        if word.len() < MIN_CHARS || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        let stem = stem(word).into_owned();
        // The stem's last letter may be another one in the text: `try`, `tries`, stem `tri`.
        let beginning = stem[..stem.len().saturating_sub(1)].to_owned();
        (beginning.len() >= BEGINNING_MIN && word.starts_with(&beginning)).then_some(Self { stem, beginning })
    }

    /// Whether `term` is a form of the word `of`, which this is made of.
    pub(super) fn holds(&self, of: &str, term: &str) -> bool {
        if !term.starts_with(&self.beginning) || term.len() < MIN_CHARS {
            return false;
        }
        let common = of.bytes().zip(term.bytes()).take_while(|(left, right)| left == right).count();
        of.len().max(term.len()) - common <= ENDING_MAX
            && term.bytes().all(|byte| byte.is_ascii_lowercase())
            && stem(term) == self.stem
    }
}

fn stem(word: &str) -> std::borrow::Cow<'_, str> {
    Stemmer::new(Algorithm::English).stem(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn forms(left: &str, right: &str) -> bool {
        Form::of(left).is_some_and(|form| form.holds(left, right))
    }

    #[test]
    fn given_forms_of_a_word_then_each_is_one_of_the_other() {
        for (left, right) in [
            ("crashing", "crashes"),
            ("crash", "crashed"),
            ("tries", "try"),
            ("running", "run"),
            ("translations", "translate"),
            ("configuration", "configure"),
            ("deleted", "deleting"),
            ("dependencies", "dependency"),
            // A name is a word by its letters.
            ("windows", "window"),
        ] {
            assert!(forms(left, right) && forms(right, left), "{left} {right}");
        }
    }

    #[test]
    fn given_identifiers_and_other_words_then_none() {
        for (left, right) in [
            ("organization", "organ"),
            ("http2", "http"),
            ("e0502", "e0503"),
            ("v1", "v2"),
            ("as", "a"),
            ("its", "it"),
            ("kafka", "kafkas2"),
            ("caf\u{e9}s", "caf\u{e9}"),
            ("java", "javascript"),
            ("post", "postgres"),
        ] {
            assert!(!forms(left, right) && !forms(right, left), "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn given_two_words_then_being_a_form_goes_both_ways(word in "[a-z]{1,8}", ends in prop::sample::subsequence(vec!["", "s", "es", "ed", "ing", "er", "ation", "ly", "y", "ies"], 2)) {
            let (left, right) = (format!("{word}{}", ends[0]), format!("{word}{}", ends[1]));
            prop_assert_eq!(forms(&left, &right), forms(&right, &left));
        }
    }
}
