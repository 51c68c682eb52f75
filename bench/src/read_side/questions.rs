//! What is asked: every sort with every kind of filter, and every kind of search; drawn the same way each time.

use crate::data::Random;
use crate::vocabulary::{Vocabulary, later};

/// Every order that a list has.
const SORTS: [&str; 10] = [
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "due",
    "-due",
    "priority",
    "-priority",
    "title",
    "-title",
];

const OPEN: &str = "status=pending&status=in_progress";
const STATUS: [&str; 4] = ["pending", "in_progress", "completed", "cancelled"];
const PRIORITY: [&str; 5] = ["none", "low", "medium", "high", "urgent"];

/// A kind of filter: its name, and one of it.
type Filter = (&'static str, fn(&Vocabulary, &mut Random) -> String);

/// Each parameter of the API alone, and what people put together.
const FILTERS: [Filter; 14] = [
    ("all", |_, _| String::new()),
    ("status", |_, random| format!("&status={}", random.of(&STATUS))),
    ("open", |_, _| format!("&{OPEN}")),
    ("priority", |_, random| format!("&priority={}", random.of(&PRIORITY))),
    ("two-priorities", |_, _| "&priority=high&priority=urgent".to_owned()),
    ("tag", tag),
    ("two-tags", |vocabulary, random| tag(vocabulary, random) + tag(vocabulary, random).as_str()),
    ("due_from", |vocabulary, random| format!("&due_from={}", random.of(&vocabulary.due))),
    ("due_to", |vocabulary, random| format!("&due_to={}", random.of(&vocabulary.due))),
    ("due-month", month),
    ("overdue", |_, _| "&overdue=true".to_owned()),
    ("open+tag", |vocabulary, random| format!("&{OPEN}{}", tag(vocabulary, random))),
    ("open+priority+due-month", |vocabulary, random| {
        format!("&{OPEN}&priority={}{}", random.of(&PRIORITY), month(vocabulary, random))
    }),
    ("completed+tag+due_to", |vocabulary, random| {
        format!("&status=completed{}&due_to={}", tag(vocabulary, random), random.of(&vocabulary.due))
    }),
];

/// Sorts with kinds of filters.
pub const COMBINATIONS: usize = SORTS.len() * FILTERS.len();

/// The first page of the `n`th list. So many that follow each other are all combinations.
pub fn list(vocabulary: &Vocabulary, n: usize) -> String {
    let random = &mut Random::new(n as u64);
    let (_, filter) = FILTERS[n / SORTS.len() % FILTERS.len()];
    format!("/tasks?limit=50&sort={}{}", SORTS[n % SORTS.len()], filter(vocabulary, random))
}

/// What the `n`th list is made of.
pub fn combination(n: usize) -> String {
    format!("{} by {}", FILTERS[n / SORTS.len() % FILTERS.len()].0, SORTS[n % SORTS.len()])
}

fn tag(vocabulary: &Vocabulary, random: &mut Random) -> String {
    format!("&tag={}", random.of(&vocabulary.tags))
}

fn month(vocabulary: &Vocabulary, random: &mut Random) -> String {
    let from = *random.of(&vocabulary.due);
    format!("&due_from={from}&due_to={}", later(from, 30))
}

/// A kind of search: its name, and the parameters of one of it.
pub type Search = (&'static str, fn(&Vocabulary, &mut Random) -> String);

/// Every kind.
pub const SEARCHES: [Search; 10] = [
    ("word", |vocabulary, random| format!("q={}", word(vocabulary, random))),
    ("two-words", |vocabulary, random| {
        let [first, second] = random.of(&vocabulary.pairs);
        format!("q={first}%20{second}")
    }),
    ("prefix", |vocabulary, random| format!("q={}", &word(vocabulary, random)[..3])),
    ("typo", |vocabulary, random| format!("q={}", mistyped(word(vocabulary, random)))),
    ("phrase", |vocabulary, random| {
        let [first, second] = random.of(&vocabulary.pairs);
        format!("q=%22{first}%20{second}%22")
    }),
    ("exclusion", |vocabulary, random| format!("q={}%20-{}", word(vocabulary, random), word(vocabulary, random))),
    ("status-field", |vocabulary, random| format!("q={}%20status:open", word(vocabulary, random))),
    ("tag-field", |vocabulary, random| format!("q={}%20tag:{}", word(vocabulary, random), random.of(&vocabulary.tags))),
    ("due-field", |vocabulary, random| {
        format!("q={}%20due:%3E%3D{}", word(vocabulary, random), random.of(&vocabulary.due))
    }),
    ("by-due", |vocabulary, random| format!("sort=due&q={}", word(vocabulary, random))),
];

/// The first page of the `n`th search of a kind.
pub fn search((_, parameters): Search, vocabulary: &Vocabulary, n: usize) -> String {
    format!("/tasks?limit=50&{}", parameters(vocabulary, &mut Random::new(n as u64)))
}

/// The first page of the `n`th search. So many that follow each other are of every kind.
pub fn any_search(vocabulary: &Vocabulary, n: usize) -> String {
    search(SEARCHES[n % SEARCHES.len()], vocabulary, n)
}

fn word<'a>(vocabulary: &'a Vocabulary, random: &mut Random) -> &'a str {
    let title = random.of::<Vec<String>>(&vocabulary.titles);
    random.of::<String>(title)
}

/// With its middle letter twice.
fn mistyped(word: &str) -> String {
    let middle = word.len() / 2;
    format!("{}{}", &word[..=middle], &word[middle..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            titles: vec![vec!["login".to_owned(), "page".to_owned()], vec!["invoice".to_owned()]],
            pairs: vec![["the".to_owned(), "login".to_owned()]],
            tags: vec!["home".to_owned()],
            due: vec!["2026-12-01".parse().unwrap()],
        }
    }

    #[test]
    fn given_as_many_lists_as_combinations_when_asked_then_each_comes_once_and_no_parameter_is_missing() {
        let vocabulary = vocabulary();
        let named: BTreeSet<String> = (0..COMBINATIONS).map(combination).collect();
        assert_eq!(named.len(), COMBINATIONS);
        let paths: Vec<String> = (0..COMBINATIONS).map(|n| list(&vocabulary, n)).collect();
        for parameter in ["status=", "priority=", "tag=", "due_from=", "due_to=", "overdue="] {
            assert!(paths.iter().any(|path| path.contains(parameter)), "{parameter}");
        }
        assert!(paths.iter().all(|path| !path.contains(' ')), "{paths:?}");
        assert_eq!(list(&vocabulary, 0), "/tasks?limit=50&sort=created_at");
    }

    #[test]
    fn given_each_kind_of_search_when_asked_then_it_is_one_path() {
        let vocabulary = vocabulary();
        for (n, kind) in (0..).zip(SEARCHES) {
            let path = any_search(&vocabulary, n);
            assert!(path.contains("q=") && !path.contains([' ', '"']), "{}: {path}", kind.0);
            assert_eq!(path, search(kind, &vocabulary, n));
        }
    }

    #[test]
    fn given_a_word_when_mistyped_then_one_letter_is_there_twice() {
        assert_eq!(mistyped("login"), "loggin");
        assert_eq!(mistyped("page"), "pagge");
    }
}
