//! Pages over an index that changes: what did not change is seen once, whatever happens around it.

use std::collections::HashMap;

use domain::task::{Due, Priority, TaskEvent};
use platform::page::Cursor;
use proptest::prelude::*;

use super::given::{Library, created, deleted, query, renamed, time};
use crate::query::sort::Sort;
use crate::query::task_query::TaskQuery;
use crate::search::SearchError;

const SORTS: [&str; 11] = [
    "relevance",
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

/// Each way to ask: words, what stands side by side, what must not be there, and tags.
const QUERIES: [&str; 8] = [
    "word",
    "word -games",
    "-rather",
    "\"word games\"",
    "word -\"word games\"",
    "tag:home",
    "word -tag:home",
    "-other tag:home word",
];

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Change {
    Create(u8),
    Rename(u8),
    Delete(u8),
    Commit,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<u8>().prop_map(Change::Create),
        any::<u8>().prop_map(Change::Rename),
        any::<u8>().prop_map(Change::Delete),
        Just(Change::Commit),
    ]
}

/// A library whose tasks share keys often; odd ones are never changed.
struct Shelf {
    library: Library,
    versions: HashMap<u128, u64>,
}

fn title(seed: u8) -> String {
    match seed % 7 {
        0 => "word".into(),
        1 => "Wörd games".into(),
        2 => "wordy".into(),
        3 => "some ward".into(),
        4 => "a word among many others in a rather long title that goes on and on".into(),
        5 => "WORD other".into(),
        _ => "nothing".into(),
    }
}

impl Shelf {
    fn new(seeds: &[u8]) -> Self {
        let mut shelf = Self { library: Library::new(), versions: HashMap::new() };
        for seed in seeds {
            shelf.create(*seed);
        }
        shelf.library.writer.commit().unwrap();
        shelf
    }

    fn create(&mut self, seed: u8) {
        let n = self.versions.len() as u128 + 1;
        let mut task = created(n, &title(seed), if seed.is_multiple_of(3) { "a word" } else { "" });
        task.tags = if seed.is_multiple_of(2) { vec!["Home".into()] } else { Vec::new() };
        task.created_at = time(i64::from(seed % 4));
        task.updated_at = time(i64::from(seed % 5));
        task.priority = Priority::ALL[usize::from(seed) % 5];
        let day = chrono::NaiveDate::from_ymd_opt(2026, 1, u32::from(seed % 3) + 1).unwrap();
        task.due = (!seed.is_multiple_of(4)).then_some(Due::Date { due_date: day });
        self.library.create(task);
        self.versions.insert(n, 1);
    }

    fn change(&mut self, pick: u8, event: impl FnOnce() -> TaskEvent) {
        let n = u128::from(pick) % self.versions.len() as u128 + 1;
        if n.is_multiple_of(2) {
            let version = self.versions.get_mut(&n).unwrap();
            *version += 1;
            self.library.event(n, *version, &event());
        }
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Create(seed) => self.create(*seed),
            Change::Rename(pick) => self.change(*pick, || renamed(&title(pick / 2), i64::from(pick % 9))),
            Change::Delete(pick) => self.change(*pick, || deleted(9)),
            Change::Commit => {}
        }
        self.library.writer.commit().unwrap();
    }

    fn page(&self, q: &str, sort: Sort, limit: usize, cursor: Option<Cursor>) -> (Vec<u128>, Option<Cursor>) {
        let asked = TaskQuery { sort, limit, cursor, ..query(q) };
        let page = self.library.ask(&asked).unwrap();
        let next = page.next_cursor.as_deref();
        let next = next.map(|text| Cursor::decode(text, &sort.to_string(), &asked.fingerprint()).unwrap());
        (super::given::numbers(&page), next)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn given_changes_between_pages_then_unchanged_tasks_are_seen_once_and_in_order(
        seeds in proptest::collection::vec(any::<u8>(), 1..40),
        changes in proptest::collection::vec(change(), 12),
        limit in 1usize..6,
        sort in 0..SORTS.len(),
        q in 0..QUERIES.len(),
    ) {
        let sort: Sort = SORTS[sort].parse().unwrap();
        let mut shelf = Shelf::new(&seeds);
        let still = |numbers: &[u128]| -> Vec<u128> {
            numbers.iter().copied().filter(|n| n % 2 == 1 && *n <= seeds.len() as u128).collect()
        };
        let (all, _) = shelf.page(QUERIES[q], sort, 200, None);
        let mut seen = Vec::new();
        let mut cursor = None;
        let mut changes = changes.iter();
        loop {
            let (numbers, next) = shelf.page(QUERIES[q], sort, limit, cursor);
            seen.extend(numbers);
            cursor = next;
            if cursor.is_none() {
                break;
            }
            if let Some(change) = changes.next() {
                shelf.apply(change);
            }
        }
        prop_assert_eq!(still(&seen), still(&all));
    }
}

#[test]
fn given_a_cursor_that_this_index_never_made_then_it_is_refused() {
    let shelf = Shelf::new(&[1, 2, 3]);
    let sort = Sort::BEST;
    for (key, id) in [
        (serde_json::json!("text"), "00000000-0000-0000-0000-000000000001"),
        (serde_json::json!([1]), "00000000-0000-0000-0000-000000000001"),
        (serde_json::json!([1, "x"]), "00000000-0000-0000-0000-000000000001"),
        (serde_json::json!(null), "00000000-0000-0000-0000-000000000001"),
        (serde_json::json!([1, 2]), "no id"),
    ] {
        let cursor = Some(Cursor { sort: sort.to_string(), key, id: id.into(), filters: String::new() });
        let asked = TaskQuery { cursor, ..query("word") };
        assert!(matches!(shelf.library.ask(&asked), Err(SearchError::Cursor)));
    }
}

#[test]
fn given_a_cursor_with_numbers_out_of_range_then_an_answer_and_no_panic() {
    let shelf = Shelf::new(&[1, 2, 3]);
    for (sort, key) in [
        ("relevance", serde_json::json!([u64::MAX, i64::MIN])),
        ("due", serde_json::json!(i64::MAX)),
        ("-priority", serde_json::json!(-1)),
        ("title", serde_json::json!("zzzzz")),
        ("-title", serde_json::json!("\u{10ffff}")),
    ] {
        let sort: Sort = sort.parse().unwrap();
        let id = uuid::Uuid::max().to_string();
        let cursor = Some(Cursor { sort: sort.to_string(), key, id, filters: String::new() });
        assert!(shelf.library.ask(&TaskQuery { sort, cursor, ..query("word") }).is_ok());
    }
}
