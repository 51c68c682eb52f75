//! The parameters of `GET /tasks`, and of what else asks for tasks by them: which there are, and the query that they make together.
//! [`values`] reads one of them, [`saved`] judges those that a filter keeps.

pub(super) mod saved;
pub(super) mod values;

use chrono::{DateTime, Utc};
use platform::http::QueryParams;
use platform::page::LIMIT_MAX;
use platform::problem::{FieldError, Problem};

use self::values::{date, flag, tags, undated, words};
use super::filters::FILTER;
use crate::query::sort::{Sort, SortKey};
use crate::query::task_query::{TaskFilter, TaskQuery};
use crate::search;

const ONCE: &[&str] = &["q", "due_from", "due_to", "overdue", "due", "sort", "limit", "cursor", "total", FILTER];
/// Those of [`ONCE`] that say which tasks, not which part of them in which order.
const CONDITIONS: &[&str] = &["q", "due_from", "due_to", "overdue", "due"];
/// Those of [`CONDITIONS`] that only tasks with a due date can meet.
const DATED: &[&str] = &["due_from", "due_to", "overdue"];
/// Those of [`CONDITIONS`] that are true or false.
const FLAGS: &[&str] = &["overdue"];
const REPEATABLE: &[&str] = &["status", "priority", "tag"];
const SORT: &str = "sort";

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
    let params = &over(params, saved);
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
    let params = &over(params, saved);
    let mut errors = Vec::new();
    let (q, filter) = (q(params, &mut errors), filter(params, &mut errors));
    // Nothing changes its place in this order, and what is new comes last.
    let sort = Sort { key: SortKey::CreatedAt, descending: false };
    let tenant = tenant.to_owned();
    let query = TaskQuery { tenant, q, filter, sort, limit: LIMIT_MAX, cursor: None, total: false, now };
    if errors.is_empty() { Ok(query) } else { Err(Problem::invalid(errors)) }
}

/// The parameters, and those of a saved filter that are not given. Of what no task can meet together, what is given counts: `due=none`
/// replaces the filter's days and its `overdue`, and each of these its `due=none`.
fn over(params: &QueryParams, saved: &QueryParams) -> QueryParams {
    if params.one("due") == Some("none") {
        return params.over(&DATED.iter().fold(saved.clone(), |saved, name| saved.without(name)));
    }
    let dated = DATED.iter().filter_map(|name| params.one(name)).any(|value| value != "false");
    if dated { params.over(&saved.without("due")) } else { params.over(saved) }
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
        undated: undated(params, errors),
    };
    if let (Some(from), Some(to)) = (filter.due_from, filter.due_to)
        && from > to
    {
        errors.push(FieldError::new("due_to", "must not be before due_from"));
    }
    if filter.undated && filter.asks_for_dated() {
        let detail = "none is for tasks without a due date; due_from, due_to and overdue are for those that have one";
        errors.push(FieldError::new("due", detail));
    }
    filter
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
mod tests;
