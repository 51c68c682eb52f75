//! The pairs of letters that the terms of a dictionary begin with.

use std::io;
use std::sync::Arc;

use tantivy::InvertedIndexReader;

use super::analyzer::is_ideograph;

/// First and second letter of a term.
pub(super) type Pair = (char, char);

/// Those of a dictionary, each once, in order; without those of scripts that write no words.
///
/// # Errors
/// When the dictionary cannot be read.
pub(super) fn read(index: &InvertedIndexReader) -> io::Result<Arc<[Pair]>> {
    let mut pairs = Vec::new();
    let mut from = String::new();
    loop {
        let mut terms = index.terms().range().ge(&from).into_stream()?;
        if !terms.advance() {
            break;
        }
        let mut letters = std::str::from_utf8(terms.key()).unwrap_or_default().chars();
        let Some(first) = letters.next() else { break };
        let second = letters.next();
        if let (Some(second), false) = (second, is_ideograph(first)) {
            pairs.push((first, second));
        }
        // The dictionary's order is that of the characters: on to the next pair, or letter.
        from.clear();
        match second {
            _ if is_ideograph(first) => from.extend(after(first)),
            None => from.extend([first, '\0']),
            Some(second) => match after(second) {
                Some(next) => from.extend([first, next]),
                None => from.extend(after(first)),
            },
        }
        if from.is_empty() {
            break;
        }
    }
    Ok(pairs.into())
}

/// The next character.
fn after(letter: char) -> Option<char> {
    (letter..=char::MAX).nth(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::search::tests::dictionaries::segment_of;

    /// The pairs of a dictionary of these terms.
    fn pairs(terms: &BTreeSet<String>) -> Vec<Pair> {
        let (searcher, field) = segment_of(terms);
        let segment = searcher.segment_reader(0);
        read(&segment.inverted_index(field).unwrap()).unwrap().to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        #[test]
        fn given_terms_then_each_pair_of_first_letters_is_there_once_in_order(
            terms in prop::collection::btree_set("[abz\u{e9}\u{10ffff}\u{4e00}]{1,3}", 1..40)
        ) {
            let pair = |term: &String| Some((term.chars().next()?, term.chars().nth(1)?));
            let written = terms.iter().filter_map(pair).filter(|pair| !is_ideograph(pair.0));
            let written: BTreeSet<Pair> = written.collect();
            prop_assert_eq!(pairs(&terms), written.into_iter().collect::<Vec<_>>());
        }
    }
}
