//! The parameters of `GET /tasks`.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use domain::limits;
use platform::http::QueryParams;
use platform::page::LIMIT_MAX;
use platform::problem::{FieldError, Problem};
use unicode_normalization::UnicodeNormalization as _;

use super::filters::FILTER;
use crate::query::sort::{Sort, SortKey};
use crate::query::task_query::{TaskFilter, TaskQuery};
use crate::search;

const ONCE: &[&str] = &["q", "due_from", "due_to", "overdue", "sort", "limit", "cursor", "total", FILTER];
/// Those of [`ONCE`] that say which tasks, not which part of them in which order.
const CONDITIONS: &[&str] = &["q", "due_from", "due_to", "overdue"];
/// Those of [`CONDITIONS`] that are true or false.
const FLAGS: &[&str] = &["overdue"];
const REPEATABLE: &[&str] = &["status", "priority", "tag"];
const SORT: &str = "sort";
/// Most values of one repeatable parameter.
pub(super) const VALUES_MAX: usize = 100;

/// Reads a `GET /tasks`. Of `saved`, the parameters of the filter that it names, those count that are not given.
///
/// # Errors
/// 422 that names every parameter that is unknown or wrong, and what would be right.
pub(super) fn read(
    params: &QueryParams,
    saved: &QueryParams,
    tenant: &str,
    now: DateTime<Utc>,
) -> Result<TaskQuery, Problem> {
    params.allow(ONCE, REPEATABLE)?;
    let params = &params.over(saved);
    let mut errors = Vec::new();
    let q = q(params, &mut errors);
    let filter = filter(params, &mut errors);
    let sort = sort(params, q.is_some(), &mut errors);
    let limit = params.limit(&mut errors);
    let total = flag(params, "total", &mut errors);
    let mut query = TaskQuery { tenant: tenant.to_owned(), q, filter, sort, limit, cursor: None, total, now };
    query.cursor = params.cursor(&sort.to_string(), &query.fingerprint(), &mut errors);
    if errors.is_empty() { Ok(query) } else { Err(Problem::invalid(errors)) }
}

/// Reads the conditions of a `GET /tasks`, for all tasks that match: from the first page on, oldest first, whatever order is `saved`.
///
/// # Errors
/// Those of [`read`]; the parameters of a page are unknown here.
pub(super) fn read_all(
    params: &QueryParams,
    saved: &QueryParams,
    tenant: &str,
    now: DateTime<Utc>,
) -> Result<TaskQuery, Problem> {
    params.allow(&[CONDITIONS, &[FILTER]].concat(), REPEATABLE)?;
    let params = &params.over(saved);
    let mut errors = Vec::new();
    let (q, filter) = (q(params, &mut errors), filter(params, &mut errors));
    // Nothing changes its place in this order, and what is new comes last.
    let sort = Sort { key: SortKey::CreatedAt, descending: false };
    let tenant = tenant.to_owned();
    let query = TaskQuery { tenant, q, filter, sort, limit: LIMIT_MAX, cursor: None, total: false, now };
    if errors.is_empty() { Ok(query) } else { Err(Problem::invalid(errors)) }
}

/// How a parameter that a filter may keep is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Flag,
    List,
}

impl Form {
    /// As messages say it.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Flag => "true or false",
            Self::List => "an array of strings",
        }
    }
}

/// The form of a parameter; `None` where a filter cannot keep it.
pub(super) fn form(name: &str) -> Option<Form> {
    if REPEATABLE.contains(&name) {
        Some(Form::List)
    } else if FLAGS.contains(&name) {
        Some(Form::Flag)
    } else {
        (name == SORT || CONDITIONS.contains(&name)).then_some(Form::Text)
    }
}

/// Judges parameters that a filter is to keep: which tasks in which order, not which part of them.
///
/// # Errors
/// Those of [`read`].
pub(super) fn check_saved(params: &QueryParams) -> Result<(), Problem> {
    params.allow(&[CONDITIONS, &[SORT]].concat(), REPEATABLE)?;
    let mut errors = Vec::new();
    let q = q(params, &mut errors);
    filter(params, &mut errors);
    sort(params, q.is_some(), &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn q(params: &QueryParams, errors: &mut Vec<FieldError>) -> Option<String> {
    let q = params.one("q")?.trim();
    // An empty search box is no search.
    if q.is_empty() {
        return None;
    }
    // Judged here, before the query waits for anything: no wait makes it right.
    if let Err(violations) = search::check_words(q) {
        errors.extend(violations.0.into_iter().map(|violation| FieldError::new(violation.field, violation.detail)));
    }
    Some(q.to_owned())
}

fn filter(params: &QueryParams, errors: &mut Vec<FieldError>) -> TaskFilter {
    let filter = TaskFilter {
        status: words(params, "status", errors, |status| status.as_str()),
        priority: words(params, "priority", errors, |priority| priority.as_str()),
        tags: tags(params, errors),
        due_from: date(params, "due_from", errors),
        due_to: date(params, "due_to", errors),
        overdue: flag(params, "overdue", errors),
    };
    if let (Some(from), Some(to)) = (filter.due_from, filter.due_to)
        && from > to
    {
        errors.push(FieldError::new("due_to", "must not be before due_from"));
    }
    filter
}

/// The values of a repeatable parameter, sorted by name, without doubles.
pub(super) fn words<T: FromStr<Err = String>>(
    params: &QueryParams,
    name: &'static str,
    errors: &mut Vec<FieldError>,
    as_str: fn(&T) -> &'static str,
) -> Vec<T> {
    let mut values: Vec<T> = Vec::new();
    if params.all(name).count() > VALUES_MAX {
        errors.push(FieldError::new(name, format!("may be given at most {VALUES_MAX} times")));
    }
    // No more than that are looked at, so that the answer stays short.
    for text in params.all(name).take(VALUES_MAX) {
        match text.parse() {
            Ok(value) => values.push(value),
            Err(detail) => errors.push(FieldError::new(name, detail)),
        }
    }
    values.sort_by_key(as_str);
    values.dedup_by_key(|value| as_str(value));
    values
}

pub(super) fn tags(params: &QueryParams, errors: &mut Vec<FieldError>) -> Vec<String> {
    // Tags are kept in composed form: one that is typed otherwise is the same tag.
    let mut tags: Vec<String> = params.all("tag").map(|tag| tag.nfc().collect()).collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > limits::TAGS_MAX {
        errors.push(FieldError::new("tag", format!("may be given at most {} times", limits::TAGS_MAX)));
    }
    if tags.iter().any(|tag| tag.is_empty() || tag.chars().count() > limits::TAG_MAX_CHARS) {
        errors.push(FieldError::new("tag", format!("must have 1 to {} characters", limits::TAG_MAX_CHARS)));
    }
    tags
}

pub(super) fn date(params: &QueryParams, name: &'static str, errors: &mut Vec<FieldError>) -> Option<NaiveDate> {
    let text = params.one(name)?;
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    match date.filter(|date| shaped && (limits::YEAR_MIN..=limits::YEAR_MAX).contains(&date.year())) {
        Some(date) => Some(date),
        None => {
            let detail = format!(
                "must be a date that exists, such as 2026-12-01, in the years {} to {}",
                limits::YEAR_MIN,
                limits::YEAR_MAX
            );
            errors.push(FieldError::new(name, detail));
            None
        }
    }
}

fn flag(params: &QueryParams, name: &'static str, errors: &mut Vec<FieldError>) -> bool {
    match params.one(name) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            errors.push(FieldError::new(name, "must be true or false"));
            false
        }
    }
}

fn sort(params: &QueryParams, searching: bool, errors: &mut Vec<FieldError>) -> Sort {
    let default = if searching { Sort::BEST } else { Sort::NEWEST };
    let Some(text) = params.one("sort") else { return default };
    match text.parse::<Sort>() {
        Ok(sort) if sort.key == SortKey::Relevance && !searching => {
            errors.push(FieldError::new(
                "sort",
                "relevance orders the answers to a search; give q, or sort by another key",
            ));
            default
        }
        Ok(sort) => sort,
        Err(error) => {
            errors.push(FieldError::new("sort", error.to_string()));
            default
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::task::{Priority, Status};
    use platform::page::Cursor;
    use proptest::prelude::*;

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
        assert_eq!(
            (query.sort.to_string().as_str(), query.limit, query.q.as_deref()),
            ("created_at", 200, Some("milk"))
        );
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

    #[test]
    fn given_the_parameters_of_a_list_then_a_filter_can_keep_each_but_those_of_a_page() {
        let kept = |name: &&&str| form(name).is_some();
        let not_kept: Vec<&str> = ONCE.iter().chain(REPEATABLE).filter(|name| !kept(name)).copied().collect();
        assert_eq!(not_kept, ["limit", "cursor", "total", "filter"]);
        for name in not_kept {
            let problem = check_saved(&QueryParams::parse(&format!("{name}=1")).unwrap()).unwrap_err();
            assert_eq!(problem.errors()[0].field, name);
        }
        assert_eq!(
            (form("overdue"), form("tag"), form("sort")),
            (Some(Form::Flag), Some(Form::List), Some(Form::Text))
        );
    }

    proptest! {
        #[test]
        fn given_any_query_string_when_read_then_it_is_taken_or_refused_without_panic(query in "[ -~]{0,80}") {
            if let Err(problem) = parse(&query) {
                prop_assert!([400, 422].contains(&problem.status().as_u16()));
            }
        }
    }
}
