//! `limit` and `cursor`, as every list takes them.

use platform::http::QueryParams;
use platform::problem::{FieldError, Problem};

use crate::query::cursor::Cursor;
use crate::query::task_query::{DEFAULT_LIMIT, MAX_LIMIT};

/// The part of a list a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) cursor: Option<Cursor>,
}

impl Page {
    /// Reads the parameters of a list that has one order, called `list`; `filters` is the fingerprint of its conditions.
    pub(super) fn read(params: &QueryParams, list: &str, filters: &str) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let page = Self { limit: limit(params, &mut errors), cursor: cursor(params, list, filters, &mut errors) };
        if errors.is_empty() { Ok(page) } else { Err(Problem::invalid(errors)) }
    }
}

/// `limit`, or its default where it is missing or wrong.
pub(super) fn limit(params: &QueryParams, errors: &mut Vec<FieldError>) -> usize {
    let Some(text) = params.one("limit") else { return DEFAULT_LIMIT };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(limit) if digits && (1..=MAX_LIMIT).contains(&limit) => limit,
        _ => {
            errors.push(FieldError::new("limit", format!("must be a whole number from 1 to {MAX_LIMIT}")));
            DEFAULT_LIMIT
        }
    }
}

/// `cursor`, checked to belong to this order and these filters.
pub(super) fn cursor(params: &QueryParams, sort: &str, filters: &str, errors: &mut Vec<FieldError>) -> Option<Cursor> {
    match Cursor::decode(params.one("cursor")?, sort, filters) {
        Ok(cursor) => Some(cursor),
        Err(error) => {
            errors.push(FieldError::new("cursor", error.to_string()));
            None
        }
    }
}
