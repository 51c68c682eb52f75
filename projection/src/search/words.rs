//! What a search asks for: its words, and how well a term of a document answers a word.
//!
//! [`Word::tier`] is the only judge: the index scan and the highlights both ask it, so what is found is what is marked.

use domain::Violations;

use super::analyzer::{self, Unit};

/// Longest `q`, in characters.
pub const QUERY_MAX_CHARS: usize = 500;
/// Most words in `q`.
pub const QUERY_MAX_WORDS: usize = 20;
/// A typo is forgiven in words of at least this many characters.
const TYPO_MIN_CHARS: usize = 4;
/// In shorter words that may be a prefix, the typo must lie inside: `kafl` is no prefix of `kafka`, for half the
/// dictionary would be one.
const FREE_TYPO_PREFIX_MIN_CHARS: usize = 6;

/// How a term answers a word, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// The same.
    Exact,
    /// The word's parts stand in this order, written in another way (`foo_bar`: `Foo bar`).
    Phrase,
    /// Begins with the word.
    Prefix,
    /// The same but for one typo.
    Typo,
    /// Begins with the word but for one typo.
    TypoPrefix,
}

/// One word of a query; all words of a query must be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Spellings as one term, each with its characters.
    pub(super) spellings: Vec<Spelling>,
    /// Its parts when it has more than one: a phrase of them answers the word too.
    pub(super) parts: Vec<String>,
    /// Being typed, perhaps: terms that begin with it answer it.
    pub(super) prefix: bool,
}

/// One way a word can stand in the dictionary as one term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    /// The folded term.
    pub(super) term: String,
    /// Its characters.
    chars: Vec<char>,
    /// One typo is forgiven: long enough and without digits, for a number that differs is another number.
    pub(super) typo: bool,
}

impl Word {
    fn of(unit: Unit, last: bool) -> Self {
        let spellings = unit.wholes.into_iter().map(|piece| Spelling::of(piece.term, unit.ideographic)).collect();
        let parts = unit.parts.into_iter().map(|piece| piece.term).collect();
        Self { spellings, parts, prefix: last && !unit.ideographic }
    }

    /// How `term` answers this word, if it does. Never [`Tier::Phrase`], which takes several terms.
    pub(super) fn tier(&self, term: &str) -> Option<Tier> {
        self.spellings.iter().filter_map(|spelling| spelling.tier(term, self.prefix)).min()
    }

    /// First and last term of the word where it stands exactly, for the bonus of words that stand together.
    pub(super) fn ends(&self) -> Option<(&str, &str)> {
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
        let typo = !ideographic && chars.len() >= TYPO_MIN_CHARS && !chars.iter().any(|c| c.is_numeric());
        Self { term, chars, typo }
    }

    /// How `term` answers this spelling; with `prefix`, a term that begins with it does too.
    pub(super) fn tier(&self, term: &str, prefix: bool) -> Option<Tier> {
        if term == self.term {
            Some(Tier::Exact)
        } else if prefix && term.starts_with(&self.term) {
            Some(Tier::Prefix)
        } else if !self.typo {
            None
        } else if one_typo(&self.chars, term, false).is_some() {
            Some(Tier::Typo)
        } else if prefix {
            let at = one_typo(&self.chars, term, true)?;
            let len = self.chars.len();
            (len >= FREE_TYPO_PREFIX_MIN_CHARS || (1..len - 1).contains(&at)).then_some(Tier::TypoPrefix)
        } else {
            None
        }
    }
}

/// Where `word` must be changed to become `term` (with `prefix`: the beginning of it) by one letter replaced, added, left
/// out, or swapped with its neighbour. `None` when one change is not enough.
fn one_typo(word: &[char], term: &str, prefix: bool) -> Option<usize> {
    let mut rest = term.chars();
    let mut at = 0;
    let mut ahead = rest.clone();
    while at < word.len() && ahead.next() == Some(word[at]) {
        rest = ahead.clone();
        at += 1;
    }
    let fits = |word: &[char], mut rest: std::str::Chars<'_>| {
        word.iter().all(|c| rest.next() == Some(*c)) && (prefix || rest.next().is_none())
    };
    let after = |n: usize| {
        let mut rest = rest.clone();
        rest.by_ref().take(n).for_each(drop);
        rest
    };
    let tail = &word[at..];
    let mut heads = rest.clone();
    let swapped = tail.len() >= 2 && heads.next() == Some(tail[1]) && heads.next() == Some(tail[0]);
    let found = (!tail.is_empty() && (fits(&tail[1..], after(1)) || fits(&tail[1..], rest.clone())))
        || fits(tail, after(1))
        || (swapped && fits(&tail[2..], after(2)));
    found.then_some(at)
}

/// Whether `q` can be searched for.
///
/// # Errors
/// Why not, about the field `q`.
pub fn check_words(q: &str) -> Result<(), Violations> {
    parse(q).map(|_| ())
}

/// The words of `q`. The violations are about the field `q`.
pub(super) fn parse(q: &str) -> Result<Vec<Word>, Violations> {
    if q.chars().count() > QUERY_MAX_CHARS {
        return Err(Violations::one("q", format!("must have at most {QUERY_MAX_CHARS} characters")));
    }
    let mut units = Vec::new();
    analyzer::units(q, |unit| units.push(unit));
    if units.is_empty() {
        return Err(Violations::one("q", "must hold at least one letter or digit to search for"));
    }
    if units.len() > QUERY_MAX_WORDS {
        return Err(Violations::one("q", format!("must have at most {QUERY_MAX_WORDS} words")));
    }
    let last = units.len() - 1;
    Ok(units.into_iter().enumerate().map(|(nth, unit)| Word::of(unit, nth == last)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tier(q: &str, term: &str) -> Option<Tier> {
        parse(q).unwrap()[0].tier(term)
    }

    #[test]
    fn given_the_same_term_then_exact_and_a_longer_one_then_prefix() {
        assert_eq!(tier("Kafka", "kafka"), Some(Tier::Exact));
        assert_eq!(tier("kaf", "kafka"), Some(Tier::Prefix));
        assert_eq!(tier("kaf rest", "kafka"), None, "only the last word is a prefix");
    }

    #[test]
    fn given_one_typo_in_four_letters_or_more_then_it_is_forgiven() {
        for typo in ["kafak", "kafa", "kaffka", "kafca", "afka", "kafkaa", "bafka"] {
            assert_eq!(tier(&format!("{typo} x"), "kafka"), Some(Tier::Typo), "{typo}");
        }
        assert_eq!(tier("kafcca x", "kafka"), None, "two typos");
        assert_eq!(tier("teh x", "the"), None, "three letters");
        assert_eq!(tier("e0503 x", "e0502"), None, "another number is no typo");
    }

    #[test]
    fn given_one_typo_in_the_last_word_then_a_beginning_is_enough() {
        assert_eq!(tier("migrtio", "migration"), Some(Tier::TypoPrefix));
        assert_eq!(tier("kubrenet", "kubernetes"), Some(Tier::TypoPrefix));
        assert_eq!(tier("kubx", "kubernetes"), None, "short: the typo must lie inside");
        assert_eq!(tier("kebe", "kubernetes"), Some(Tier::TypoPrefix));
    }

    #[test]
    fn given_nothing_to_search_or_too_much_then_a_violation_of_q() {
        for q in ["", "  ", "?!", "::", &"x".repeat(501), &"x ".repeat(21)] {
            assert_eq!(parse(q).unwrap_err().0[0].field, "q", "{q:?}");
        }
        assert_eq!(parse(&"x ".repeat(20)).unwrap().len(), 20);
    }

    /// Restricted Damerau-Levenshtein distance, by the book.
    fn distance(a: &[char], b: &[char]) -> usize {
        let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let swap = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        d[i - 2][j - 2] + 1
                    } else {
                        usize::MAX
                    };
                    (d[i - 1][j] + 1)
                        .min(d[i][j - 1] + 1)
                        .min(d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                        .min(swap)
                };
            }
        }
        d[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn given_two_words_then_one_typo_is_distance_one(a in "[abc]{0,6}", b in "[abc]{0,6}") {
            let word: Vec<char> = a.chars().collect();
            let term: Vec<char> = b.chars().collect();
            if a != b {
                prop_assert_eq!(one_typo(&word, &b, false).is_some(), distance(&word, &term) == 1);
            }
            if !b.starts_with(&a) {
                let near = (0..=term.len()).any(|n| distance(&word, &term[..n]) == 1);
                prop_assert_eq!(one_typo(&word, &b, true).is_some(), near);
            }
        }

        #[test]
        fn given_any_text_then_parsing_answers_words_or_a_violation(q in any::<String>()) {
            if let Ok(words) = parse(&q) {
                for word in words {
                    prop_assert!(!word.spellings.is_empty() || word.parts.len() > 1);
                    for spelling in &word.spellings {
                        prop_assert_eq!(word.tier(&spelling.term), Some(Tier::Exact));
                    }
                }
            }
        }
    }
}
