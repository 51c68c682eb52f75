//! Terms of a dictionary that answer a word but for its typos.
//!
//! An automaton that may change any letter has to look into all that the dictionary holds behind every first letter. So automata
//! walk behind the word's own first letter alone, and what one typo makes of that letter is looked up: it leaves the rest as it is.

use tantivy::postings::TermInfo;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::{Field, Term};

use super::asked::{Reach, Spelling, Tier};
use super::dictionary::Dictionary;

/// Where typos of a spelling are looked for.
pub(super) struct Typos {
    walks: Vec<DfaWrapper>,
    /// None where no typo is forgiven.
    first: Option<char>,
    /// Terms that begin with the spelling but for one typo, too.
    prefix: bool,
}

impl Typos {
    /// Those that are forgiven in a spelling.
    pub(super) fn of(field: Field, spelling: &Spelling, prefix: bool) -> tantivy::Result<Self> {
        let reaches = spelling.reach(prefix);
        let automaton = |reach: &Reach| {
            let term = Term::from_field_text(field, &spelling.term);
            let query = if reach.prefix { FuzzyTermQuery::new_prefix } else { FuzzyTermQuery::new };
            query(term, reach.typos, true).automaton()
        };
        Ok(Self {
            walks: reaches.iter().map(automaton).collect::<tantivy::Result<_>>()?,
            first: spelling.term.chars().next().filter(|_| !reaches.is_empty()),
            prefix: reaches.iter().any(|reach| reach.typos == 1 && reach.prefix),
        })
    }

    /// Hands over the terms that answer the spelling, some more than once. With `prefix`, those that begin with it do too; not all
    /// that do so but for two typos, for the automaton of a beginning overlooks some that go on differently.
    pub(super) fn mark(
        &self,
        dictionary: &Dictionary<'_>,
        spelling: &Spelling,
        prefix: bool,
        mark: &mut impl FnMut(&TermInfo, Tier) -> tantivy::Result<()>,
    ) -> tantivy::Result<()> {
        let Some(first) = self.first else { return Ok(()) };
        let mut judge = |term: &str, info: &TermInfo| match spelling.tier(term, prefix) {
            Some(tier) => mark(info, tier),
            None => Ok(()),
        };
        let terms = dictionary.index.terms();
        let (from, to) = around(first);
        for walk in &self.walks {
            let mut terms = terms.search(walk).ge(&from).lt(&to).into_stream()?;
            while terms.advance() {
                judge(std::str::from_utf8(terms.key()).unwrap_or_default(), terms.value())?;
            }
        }
        spelling.with_another_beginning(&dictionary.beginnings()?, |beginning| {
            if self.prefix {
                dictionary.begin_with(beginning, &mut judge)
            } else {
                terms.get(beginning)?.map_or(Ok(()), |info| judge(beginning, &info))
            }
        })
    }
}

/// The letter's bytes, and those of what comes after all that begins with it.
fn around(letter: char) -> (Vec<u8>, Vec<u8>) {
    let from = letter.to_string().into_bytes();
    let mut to = from.clone();
    // The last byte of a letter is never the greatest there is.
    if let Some(last) = to.last_mut() {
        *last += 1;
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::search::asked;
    use crate::search::known::Known;
    use crate::search::tests::dictionaries::segment_of;

    /// The terms of a dictionary of `terms` that are found to answer the one word of `q` but for typos.
    fn found(terms: &BTreeSet<String>, q: &str) -> BTreeSet<(String, Tier)> {
        let (searcher, field) = segment_of(terms);
        let known = Known::default();
        let dictionary = Dictionary::open(searcher.segment_reader(0), field, &known).unwrap();
        let asked = asked::parse(q).unwrap();
        let (word, spelling) = (&asked.words[0], &asked.words[0].spellings[0]);
        let typos = Typos::of(field, spelling, word.prefix).unwrap();
        let mut found = BTreeSet::new();
        let term_of = |info: &TermInfo| {
            let is = |term: &&String| dictionary.index.terms().get(term.as_str()).unwrap().as_ref() == Some(info);
            terms.iter().find(is).unwrap().clone()
        };
        let mut mark = |info: &TermInfo, tier| {
            found.insert((term_of(info), tier));
            Ok(())
        };
        typos.mark(&dictionary, spelling, word.prefix, &mut mark).unwrap();
        found.retain(|(_, tier)| is_typo(*tier));
        found
    }

    fn is_typo(tier: Tier) -> bool {
        matches!(tier, Tier::Typo | Tier::TypoPrefix | Tier::TwoTypos)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn given_a_word_with_typos_when_looked_for_then_each_term_that_answers_it_is_found(
            terms in prop::collection::btree_set("[abc\u{e4}]{1,9}", 1..200),
            near in prop::collection::btree_set((0..9usize, "[abc\u{e4}]{0,2}", 0..3usize, "[ab]{0,2}"), 0..40),
            word in "[abc\u{e4}]{3,9}",
            finished in any::<bool>(),
        ) {
            let q = if finished { format!("{word} a") } else { word.clone() };
            // Folded as the query's words are.
            let folded = |text: &str| text.replace('\u{e4}', "a");
            let letters: Vec<char> = folded(&word).chars().collect();
            let mut terms: BTreeSet<String> = terms.iter().map(|term| folded(term)).collect();
            // Few terms at random are near the word.
            terms.extend(near.iter().map(|(at, put, skip, end)| {
                let at = (*at).min(letters.len());
                let rest = &letters[(at + skip).min(letters.len())..];
                let head = letters[..at].iter().copied();
                head.chain(folded(put).chars()).chain(rest.iter().copied()).chain(end.chars()).collect::<String>()
            }).filter(|term| !term.is_empty()));
            let asked = asked::parse(&q).unwrap();
            let (spelling, prefix) = (&asked.words[0].spellings[0], asked.words[0].prefix);
            let answer = |term: &String| Some((term.clone(), spelling.tier(term, prefix).filter(|tier| is_typo(*tier))?));
            let answers: BTreeSet<_> = terms.iter().filter_map(answer).collect();
            let found = found(&terms, &q);
            prop_assert!(found.is_subset(&answers), "{:?}", found.difference(&answers));
            let missed: Vec<_> = answers.difference(&found).collect();
            let known = |tier: Tier| prefix && tier == Tier::TwoTypos;
            prop_assert!(missed.iter().all(|(_, tier)| known(*tier)), "{:?}", missed);
        }
    }
}
