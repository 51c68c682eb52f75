//! What queries leave for those after them changes no answer, whatever was asked before and has been written since.

use proptest::prelude::*;

use super::given::{Library, created, query, renamed};
use crate::search::query::run;
use crate::search::scan::Reused;

const WORDS: [&str; 8] = ["kafka", "kafkas", "invoice", "invoices", "nivoice", "Ärger", "rack", "東京"];
const ASKED: [&str; 12] = [
    "kafka",
    "afka",
    "kafkaa x",
    "invoice",
    "lnvoice",
    "invo -kafka",
    "\"kafka invoice\"",
    "arger",
    "rack tag:none",
    "東京",
    "invoices kafka",
    "k",
];

/// A title of some of the words.
fn title(bits: u8) -> String {
    let words = WORDS.iter().enumerate().filter(|(n, _)| bits & (1 << n) != 0).map(|(_, word)| *word);
    words.collect::<Vec<_>>().join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn given_queries_and_changes_in_turn_when_asked_then_the_answers_are_those_of_one_who_has_asked_nothing_before(
        rounds in prop::collection::vec((prop::collection::vec(1..=255u8, 1..12), 1..12u128), 1..5)
    ) {
        let mut library = Library::new();
        let mut count = 0;
        for (titles, changed) in rounds {
            for bits in titles {
                count += 1;
                library.create(created(count, &title(bits), &title(bits.rotate_left(3))));
            }
            if changed <= count {
                // A sequence that was there before is ignored: then nothing changes.
                library.event(changed, 2, &renamed("kafka in the rack", 1_000));
            }
            library.writer.commit().unwrap();
            for q in ASKED.iter().chain(&ASKED) {
                let (reader, fields) = library.writer.reader();
                let fresh = run(&reader.searcher(), fields, &Reused::default(), &query(q)).unwrap();
                prop_assert_eq!(
                    serde_json::to_string(&library.ask(&query(q)).unwrap()).unwrap(),
                    serde_json::to_string(&fresh).unwrap(),
                    "{}", q
                );
            }
        }
    }
}
