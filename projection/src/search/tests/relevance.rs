//! What is found, and in which order.

use proptest::prelude::*;

use super::given::{Library, deleted, query, renamed};
use crate::search::SearchError;

#[test]
fn given_two_words_then_only_tasks_with_both_are_found() {
    let library =
        Library::with(&[("Upgrade Kafka brokers", ""), ("Upgrade Postgres", ""), ("Kafka", "then upgrade it")]);
    assert_eq!(library.found("upgrade kafka"), [1, 3]);
}

#[test]
fn given_the_last_word_unfinished_then_its_beginning_is_enough() {
    let library = Library::with(&[("Upgrade Kafka", ""), ("Kafka upstream", "")]);
    assert_eq!(library.found("kafka upgr"), [1]);
    assert_eq!(library.found("kaf upgrade"), [0u128; 0], "only the last word");
}

#[test]
fn given_one_typo_then_it_is_forgiven_but_the_right_word_comes_first() {
    let library = Library::with(&[("Migrate the shell", ""), ("A shelf for books", ""), ("Kubernetes", "")]);
    assert_eq!(library.found("shell"), [1, 2]);
    assert_eq!(library.found("kuberntes"), [3]);
    assert_eq!(library.found("kuebrnet"), [3], "typo and prefix");
    assert_eq!(library.found("kuberntas"), [3], "two typos in a long word");
    assert_eq!(library.found("kubrrntas"), [0u128; 0], "three");
}

#[test]
fn given_another_form_of_a_word_then_it_is_found_behind_the_word_itself() {
    let library = Library::with(&[
        ("Crash on start", ""),
        ("It crashes when idle", ""),
        ("Crashing", "under load"),
        ("Organ donor", ""),
        ("Jenkins", ""),
    ]);
    assert_eq!(library.found("crashes now"), [0u128; 0]);
    assert_eq!(library.found("crashes"), [2, 3, 1]);
    assert_eq!(library.found("crashed load"), [3]);
    assert_eq!(library.found("organization"), [0u128; 0]);
    assert_eq!(library.found("Jenkins"), [5]);
}

#[test]
fn given_quotes_then_the_words_must_stand_so() {
    let library = Library::with(&[
        ("Load test of the login", ""),
        ("Test the load", "of a load-test"),
        ("Load tests", ""),
        ("See foo_bar baz", ""),
        ("\u{6771}\u{4eac}\u{30bf}\u{30ef}\u{30fc}", ""),
    ]);
    assert_eq!(library.found("\"load test\""), [1, 2]);
    assert_eq!(library.found("\"load test"), [1, 2], "left open");
    assert_eq!(library.found("\"tests\""), [3], "no other form");
    assert_eq!(library.found("\"loda test\""), [0u128; 0], "no typo");
    assert_eq!(library.found("\"foo bar baz\""), [4]);
    assert_eq!(library.found("\"bar foo\""), [0u128; 0]);
    assert_eq!(library.found("\"\u{4eac}\u{30bf}\""), [5]);
    let page = library.ask(&query("\"load test\"")).unwrap();
    let marked = page.items[0].highlights.clone().unwrap().title.unwrap();
    assert_eq!(marked, "<mark>Load test</mark> of the login");
}

#[test]
fn given_a_minus_then_the_word_and_its_forms_must_not_stand_there() {
    let library = Library::with(&[
        ("Upgrade Kafka", ""),
        ("Upgrade Kafka brokers", ""),
        ("Upgrade Kafka", "and the broker"),
        ("Upgrade Kafka client", "foo_bar"),
    ]);
    assert_eq!(library.found("kafka -broker"), [4, 1]);
    assert_eq!(library.found("kafka -\"kafka client\" -broker"), [1]);
    assert_eq!(library.found("kafka -foo_bar -brok"), [3, 2, 1], "a beginning is not the word");
    assert_eq!(library.found("-broker"), [4, 1], "everything else");
    assert_eq!(library.found("kafka --broker"), [2, 3], "two are no sign");
}

#[test]
fn given_a_word_in_the_title_then_it_comes_before_one_in_the_description() {
    let library = Library::with(&[("Backup", ""), ("Newer", "backup everything"), ("Newest", "backups")]);
    assert_eq!(library.found("backup"), [1, 2, 3]);
}

#[test]
fn given_case_and_accents_then_they_do_not_matter() {
    let library = Library::with(&[("Ärger mit Café", ""), ("cafe\u{301} bar", "")]);
    assert_eq!(library.found("CAFE"), [2, 1]);
    assert_eq!(library.found("arger"), [1]);
    assert_eq!(library.found("Ärger"), [1]);
}

#[test]
fn given_identifiers_then_wholes_and_parts_find_them() {
    let library = Library::with(&[
        ("Serve http2", ""),
        ("error E0502 in borrowck", ""),
        ("rename foo_bar", ""),
        ("release v1.2.3", ""),
        ("fix useTaskUpdates hook", ""),
        ("HTTP/2 push", ""),
    ]);
    assert_eq!(library.found("http2"), [1, 6]);
    assert_eq!(library.found("E0502"), [2]);
    assert_eq!(library.found("e0503"), [0u128; 0], "another number is another error");
    assert_eq!(library.found("foo_bar"), [3]);
    assert_eq!(library.found("bar"), [3]);
    assert_eq!(library.found("v1.2.3"), [4]);
    assert_eq!(library.found("v1.2"), [4]);
    assert_eq!(library.found("v1.2.4"), [0u128; 0]);
    assert_eq!(library.found("usetaskup"), [5]);
    assert_eq!(library.found("task updates"), [5]);
}

#[test]
fn given_text_without_spaces_then_any_stretch_of_it_is_found() {
    let library = Library::with(&[("東京タワーに行く", ""), ("東大 京都", ""), ("서울 여행", "")]);
    assert_eq!(library.found("東京"), [1]);
    assert_eq!(library.found("タワー"), [1]);
    assert_eq!(library.found("京"), [2, 1]);
    assert_eq!(library.found("여행"), [3]);
}

#[test]
fn given_words_side_by_side_then_that_title_comes_first() {
    let library = Library::with(&[("Load test results of login", ""), ("Test the load of servers", "")]);
    assert_eq!(library.found("load test"), [1, 2]);
    assert_eq!(library.found("test load"), [2, 1], "the words between them do not join");
}

#[test]
fn given_the_same_points_then_the_newer_task_comes_first() {
    let library = Library::with(&[("Call mum", ""), ("Call dad", ""), ("Call aunt", "")]);
    assert_eq!(library.found("call"), [3, 2, 1]);
}

#[test]
fn given_a_changed_or_deleted_task_then_its_old_words_find_nothing() {
    let mut library = Library::with(&[("Alpha", ""), ("Alpha too", "")]);
    library.event(1, 2, &renamed("Beta", 10));
    library.event(2, 2, &deleted(11));
    library.writer.commit().unwrap();
    assert_eq!(library.found("alpha"), [0u128; 0]);
    assert_eq!(library.found("beta"), [1]);
}

#[test]
fn given_highlights_then_they_show_prefix_and_typo_and_nothing_unescaped() {
    let library = Library::with(&[("<b>Kafka</b> upgrade", "the brokers & kafka")]);
    let page = library.ask(&query("kakfa upg")).unwrap();
    let highlights = page.items[0].highlights.clone().unwrap();
    assert_eq!(highlights.title.as_deref(), Some("&lt;b&gt;<mark>Kafka</mark>&lt;/b&gt; <mark>upgrade</mark>"));
    assert_eq!(highlights.description.as_deref(), Some("the brokers &amp; <mark>kafka</mark>"));
}

#[test]
fn given_a_query_without_words_then_it_is_invalid() {
    let library = Library::with(&[("Alpha", "")]);
    for q in ["", " ", "?!", &"a ".repeat(21)] {
        assert!(matches!(library.ask(&query(q)), Err(SearchError::Invalid(_))), "{q:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn given_any_query_then_an_answer_or_a_violation(qs in proptest::collection::vec(any::<String>(), 32)) {
        let library = Library::with(&[("Alpha béta 東京 foo_bar", "x'y"), ("E0502 http2", "gamma")]);
        for q in &qs {
            prop_assert!(!matches!(library.ask(&query(q)), Err(SearchError::Unavailable(_) | SearchError::Cursor)));
        }
    }

    #[test]
    fn given_any_title_then_its_own_text_finds_it(title in "\\PC{1,40}") {
        let library = Library::with(&[(&title, "")]);
        let quotes = ['"', '\u{201c}', '\u{201d}', '\u{201e}'];
        let signs = |word: &str| word.starts_with('-') || word.contains(quotes) || word.contains(':');
        let quoted = format!("\"{}\"", title.replace(quotes, " "));
        for q in [quoted.as_str(), &title].into_iter().filter(|q| *q == quoted || !q.split_whitespace().any(signs)) {
            match library.ask(&query(q)) {
                Ok(page) => prop_assert_eq!(page.total, Some(1), "{}", q),
                Err(error) => prop_assert!(matches!(error, SearchError::Invalid(_))),
            }
        }
    }
}
