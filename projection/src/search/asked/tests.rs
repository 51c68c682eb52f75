//! Queries, read.

use proptest::prelude::*;

use super::*;

fn tier(q: &str, term: &str) -> Option<Tier> {
    parse(q).unwrap().words[0].tier(term)
}

fn terms(words: &[Word]) -> Vec<String> {
    words
        .iter()
        .map(|word| match word.spellings.first() {
            Some(spelling) => spelling.term.clone(),
            None => word.parts.join("+"),
        })
        .collect()
}

#[test]
fn given_the_same_term_then_exact_and_a_longer_one_then_prefix() {
    assert_eq!(tier("Kafka", "kafka"), Some(Tier::Exact));
    assert_eq!(tier("kaf", "kafka"), Some(Tier::Prefix));
    assert_eq!(tier("kaf rest", "kafka"), None, "only the last word is a prefix");
    assert_eq!(tier("kaf tag:x", "kafka"), Some(Tier::Prefix), "a condition is no word");
    assert_eq!(tier("kaf -rest", "kafka"), None, "what is left out is the last word");
    assert_eq!(tier("\"kaf\"", "kafka"), None, "in quotes");
    assert_eq!(tier("\"kaf\" -", "kafka"), None, "in quotes, and something begun behind it");
}

#[test]
fn given_another_form_of_the_word_then_it_answers_but_not_in_quotes() {
    assert_eq!(tier("crashing x", "crashes"), Some(Tier::Form));
    assert_eq!(tier("crash", "crashes"), Some(Tier::Form), "rather than a prefix");
    assert_eq!(tier("\"crashing\" x", "crashes"), None);
    assert_eq!(tier("http2 x", "http"), None, "an identifier has no forms");
}

#[test]
fn given_one_typo_in_four_letters_or_more_then_it_is_forgiven() {
    for typo in ["kafak", "kafa", "kaffka", "kafca", "afka", "kafkaa", "bafka"] {
        assert_eq!(tier(&format!("{typo} x"), "kafka"), Some(Tier::Typo), "{typo}");
    }
    assert_eq!(tier("kafcca x", "kafka"), None, "two typos");
    assert_eq!(tier("teh x", "the"), None, "three letters");
    assert_eq!(tier("e0503 x", "e0502"), None, "another number is no typo");
    assert_eq!(tier("\"kafak\" x", "kafka"), None, "in quotes");
}

#[test]
fn given_two_typos_in_eight_letters_or_more_then_they_are_forgiven() {
    assert_eq!(tier("kubrenetse x", "kubernetes"), Some(Tier::TwoTypos));
    assert_eq!(tier("kuberntis x", "kubernetes"), Some(Tier::TwoTypos));
    assert_eq!(tier("kubrnetis x", "kubernetes"), Some(Tier::TwoTypos));
    assert_eq!(tier("kubrnetiz x", "kubernetes"), None, "three");
    assert_eq!(tier("brokres x", "brokers"), Some(Tier::Typo));
    assert_eq!(tier("borkres x", "brokers"), None, "seven letters");
    assert_eq!(tier("internal x", "external"), None, "the first letter is another one");
    assert_eq!(tier("kubrenetis", "kubernetes-operator"), Some(Tier::TwoTypos), "the last word as a prefix");
}

#[test]
fn given_one_typo_in_the_last_word_then_a_beginning_is_enough() {
    assert_eq!(tier("migrtio", "migration"), Some(Tier::TypoPrefix));
    assert_eq!(tier("kubrenet", "kubernetes"), Some(Tier::TypoPrefix));
    assert_eq!(tier("kubx", "kubernetes"), None, "short");
    assert_eq!(tier("buro", "broken"), None, "short");
}

#[test]
fn given_words_phrases_and_what_is_left_out_then_each_is_known() {
    let asked = parse("kafka \"exactly this foo_bar\" -broker -\"old one\" tag:Home -tag:work status:open").unwrap();
    assert_eq!(terms(&asked.words), ["kafka", "exactly+this+foo+bar"]);
    assert_eq!(terms(&asked.excluded), ["broker", "old+one"]);
    assert_eq!(asked.conditions.tags, ["home"]);
    assert_eq!(asked.conditions.not_tags, ["work"]);
    assert!(asked.words.iter().all(|word| !word.prefix), "quotes or - stand last");
    assert_eq!(terms(&parse("-x kafka").unwrap().words), ["kafka"]);
}

#[test]
fn given_only_conditions_or_only_what_is_left_out_then_that_is_a_query() {
    for q in ["tag:home", "-kafka", "due:none"] {
        assert!(parse(q).unwrap().words.is_empty(), "{q}");
    }
}

#[test]
fn given_nothing_to_search_or_too_much_or_a_wrong_condition_then_a_violation_of_q() {
    for q in ["", "  ", "?!", "::", "\"?\"", "-!", "status:broken", &"x".repeat(501), &"x ".repeat(21)] {
        assert_eq!(parse(q).unwrap_err().0[0].field, "q", "{q:?}");
    }
    assert!(parse(&format!("\"{}\"", "x ".repeat(21))).is_err(), "words in quotes count");
    assert_eq!(parse(&"x ".repeat(20)).unwrap().words.len(), 20);
}

proptest! {
    #[test]
    fn given_any_text_then_reading_answers_words_or_a_violation(q in any::<String>()) {
        if let Ok(asked) = parse(&q) {
            for word in asked.words.iter().chain(&asked.excluded) {
                prop_assert!(!word.spellings.is_empty() || word.parts.len() > 1);
                for spelling in &word.spellings {
                    prop_assert_eq!(word.tier(&spelling.term), Some(Tier::Exact));
                }
            }
        }
    }
}
