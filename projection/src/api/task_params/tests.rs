use domain::task::{Priority, Status};
use platform::page::Cursor;
use proptest::prelude::*;

use super::values::VALUES_MAX;
use super::*;

fn parse(query: &str) -> Result<TaskQuery, Problem> {
    read(&QueryParams::parse(query)?, &QueryParams::default(), "default", DateTime::UNIX_EPOCH)
}

fn fields(query: &str) -> Vec<String> {
    let problem = parse(query).unwrap_err();
    assert_eq!(problem.status(), 422, "{query}");
    problem.errors().iter().map(|error| error.field.clone()).collect()
}

#[test]
fn given_no_parameters_when_read_then_newest_first_and_fifty() {
    let query = parse("").unwrap();
    assert_eq!((query.sort, query.limit, query.total), (Sort::NEWEST, 50, false));
    assert_eq!(query.filter, TaskFilter::default());
}

#[test]
fn given_a_tag_in_decomposed_form_when_read_then_it_is_the_composed_one() {
    assert_eq!(parse("tag=cafe%CC%81").unwrap().filter.tags, ["caf\u{e9}"]);
}

#[test]
fn given_every_parameter_when_read_then_all_are_taken() {
    let query = parse(
        "q=+milk+&status=pending&status=in_progress&priority=high&tag=home&tag=shop&due_from=2026-01-01\
         &due_to=2026-12-31&overdue=true&sort=-due&limit=200&total=true",
    )
    .unwrap();
    assert_eq!(query.q.as_deref(), Some("milk"));
    assert_eq!(query.filter.status, [Status::InProgress, Status::Pending]);
    assert_eq!(query.filter.priority, [Priority::High]);
    assert_eq!(query.filter.tags, ["home", "shop"]);
    assert!(query.filter.overdue && query.total);
    assert_eq!((query.sort.to_string().as_str(), query.limit), ("-due", 200));
}

#[test]
fn given_due_none_when_read_then_it_is_a_condition_and_any_is_none() {
    let undated = |query: &str| parse(query).unwrap().filter.undated;
    assert!(undated("due=none") && !undated("due=any") && !undated(""));
    assert_eq!(parse("due=any").unwrap().fingerprint(), parse("").unwrap().fingerprint());
    assert_ne!(parse("due=none").unwrap().fingerprint(), parse("").unwrap().fingerprint());
}

#[test]
fn given_a_search_when_no_sort_is_given_then_best_first() {
    assert_eq!(parse("q=milk").unwrap().sort, Sort::BEST);
    assert_eq!(parse("q=+").unwrap().sort, Sort::NEWEST);
}

#[test]
fn given_bad_values_when_read_then_each_is_named() {
    for (query, field) in [
        ("status=done", "status"),
        ("status=", "status"),
        ("priority=5", "priority"),
        ("tag=", "tag"),
        ("due_from=2026-02-30", "due_from"),
        ("due_from=2026-2-3", "due_from"),
        ("due_to=tomorrow", "due_to"),
        ("due_to=%2B12026-01-01", "due_to"),
        ("due_from=2026-01-02&due_to=2026-01-01", "due_to"),
        ("overdue=yes", "overdue"),
        ("due=", "due"),
        ("due=2026-01-01", "due"),
        ("due=none&due=any", "due"),
        ("due=none&due_from=2026-01-01", "due"),
        ("due=none&due_to=2026-01-01", "due"),
        ("due=none&overdue=true", "due"),
        ("sort=name", "sort"),
        ("sort=relevance", "sort"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=ten", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("total=1", "total"),
        ("cursor=abc", "cursor"),
        ("cursor=", "cursor"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
        ("q=a%00b", "q"),
        ("q=%21%3F", "q"),
    ] {
        assert_eq!(fields(query), [field], "{query}");
    }
}

#[test]
fn given_more_than_a_list_may_hold_when_read_then_refused_and_never_cut() {
    let of = |count: usize| "status=pending&".repeat(count);
    assert!(parse(&of(VALUES_MAX)).is_ok());
    assert_eq!(fields(&of(VALUES_MAX + 1)), ["status"]);
    let q = |chars: usize| format!("q={}", "a".repeat(chars));
    assert!(parse(&q(search::QUERY_MAX_CHARS)).is_ok());
    assert_eq!(fields(&q(search::QUERY_MAX_CHARS + 1)), ["q"]);
}

#[test]
fn given_several_bad_values_when_read_then_all_are_named() {
    assert_eq!(fields("status=x&limit=0&sort=x"), ["status", "sort", "limit"]);
}

#[test]
fn given_the_order_of_values_when_read_then_the_fingerprint_is_the_same() {
    let one = parse("status=pending&status=completed&tag=a&tag=b").unwrap();
    let other = parse("tag=b&status=completed&tag=a&status=pending&status=pending&limit=3").unwrap();
    assert_eq!(one.fingerprint(), other.fingerprint());
    assert_ne!(one.fingerprint(), parse("status=pending").unwrap().fingerprint());
}

#[test]
fn given_the_parameters_of_a_page_when_all_are_read_then_each_is_unknown_and_conditions_are_taken() {
    let saved = QueryParams::parse("sort=title").unwrap();
    let read_all = |query: &str| read_all(&QueryParams::parse(query)?, &saved, "default", DateTime::UNIX_EPOCH);
    let query = read_all("q=milk&status=pending&tag=home&due_from=2026-01-01&overdue=true").unwrap();
    assert_eq!((query.sort.to_string().as_str(), query.limit, query.q.as_deref()), ("created_at", 200, Some("milk")));
    assert_eq!((query.filter.tags, query.filter.overdue), (vec!["home".to_owned()], true));
    for name in ["sort", "limit", "cursor", "total"] {
        let problem = read_all(&format!("{name}=1")).unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.errors()[0].field.as_str()), (422, name));
    }
    assert_eq!(read_all("status=x&due_to=x").unwrap_err().errors().len(), 2);
}

#[test]
fn given_saved_parameters_when_read_then_they_are_as_if_given_and_those_given_replace_them() {
    let saved = QueryParams::parse("q=milk&tag=home&tag=shop&sort=-due&overdue=true").unwrap();
    let read = |query: &str| read(&QueryParams::parse(query).unwrap(), &saved, "default", DateTime::UNIX_EPOCH);
    let as_given = |query: &str| parse(query).unwrap();
    assert_eq!(read("limit=3").unwrap(), as_given("q=milk&tag=home&tag=shop&sort=-due&overdue=true&limit=3"));
    assert_eq!(read("tag=work&overdue=false&q=").unwrap(), as_given("tag=work&sort=-due"));
    // Judged together.
    assert_eq!(read("sort=relevance&q=").unwrap_err().errors()[0].field, "sort");
}

#[test]
fn given_a_due_date_and_none_when_one_is_saved_then_the_other_that_is_given_replaces_it() {
    let read = |saved: &str, given: &str| {
        let (saved, given) = (QueryParams::parse(saved).unwrap(), QueryParams::parse(given).unwrap());
        read(&given, &saved, "default", DateTime::UNIX_EPOCH).unwrap()
    };
    let days = "tag=home&due_from=2026-01-01&due_to=2026-01-31&overdue=true";
    assert_eq!(read(days, "due=none"), parse("tag=home&due=none").unwrap());
    assert_eq!(read(days, "due=any"), parse(days).unwrap());
    for given in ["due_from=2026-01-01", "due_to=2026-01-01", "overdue=true"] {
        assert_eq!(read("tag=home&due=none", given), parse(&format!("tag=home&{given}")).unwrap());
    }
    assert_eq!(read("due=none", "overdue=false&tag=home"), parse("tag=home&due=none").unwrap());
}

#[test]
fn given_a_cursor_of_saved_parameters_when_they_have_changed_then_it_is_refused() {
    let saved = QueryParams::parse("tag=home&sort=due").unwrap();
    let query = parse("tag=home&sort=due").unwrap();
    let (sort, filters) = (query.sort.to_string(), query.fingerprint());
    let cursor = Cursor { sort, key: 1.into(), id: "x".to_owned(), filters };
    let asked = QueryParams::parse(&format!("filter=home&cursor={}", cursor.encode())).unwrap();
    let read = |saved: &QueryParams| read(&asked, saved, "default", DateTime::UNIX_EPOCH);
    assert_eq!(read(&saved).unwrap().cursor, Some(cursor));
    for changed in ["tag=home&sort=-due", "tag=work&sort=due", "tag=home&sort=due&overdue=true", ""] {
        let problem = read(&QueryParams::parse(changed).unwrap()).unwrap_err();
        assert_eq!((problem.errors().len(), problem.errors()[0].field.as_str()), (1, "cursor"), "{changed}");
    }
}

proptest! {
    #[test]
    fn given_any_query_string_when_read_then_it_is_taken_or_refused_without_panic(query in "[ -~]{0,80}") {
        if let Err(problem) = parse(&query) {
            prop_assert!([400, 422].contains(&problem.status().as_u16()));
        }
    }
}
