//! `limit` and `cursor`, as every list takes them.

use super::QueryParams;
use crate::page::{Cursor, CursorError, LIMIT_DEFAULT, LIMIT_MAX};
use crate::problem::{FieldError, Problem};

/// The part of a list a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Rows on it, 1 to [`LIMIT_MAX`].
    pub limit: usize,
    /// Where the page before ended. Checked to belong to the list and its filters; its key is not.
    pub cursor: Option<Cursor>,
}

impl Page {
    /// Reads the parameters of a list that has one order, called `list`; `filters` is the fingerprint of its conditions.
    ///
    /// # Errors
    /// 422 that names each of them that is wrong.
    pub fn read(params: &QueryParams, list: &str, filters: &str) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let page = Self { limit: params.limit(&mut errors), cursor: params.cursor(list, filters, &mut errors) };
        if errors.is_empty() { Ok(page) } else { Err(Problem::invalid(errors)) }
    }
}

impl QueryParams {
    /// `limit`, or its default where it is missing or wrong.
    pub fn limit(&self, errors: &mut Vec<FieldError>) -> usize {
        let Some(text) = self.one("limit") else { return LIMIT_DEFAULT };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(limit) if digits && (1..=LIMIT_MAX).contains(&limit) => limit,
            _ => {
                errors.push(FieldError::new("limit", format!("must be a whole number from 1 to {LIMIT_MAX}")));
                LIMIT_DEFAULT
            }
        }
    }

    /// `cursor`, checked to belong to this order and these filters.
    pub fn cursor(&self, sort: &str, filters: &str, errors: &mut Vec<FieldError>) -> Option<Cursor> {
        match Cursor::decode(self.one("cursor")?, sort, filters) {
            Ok(cursor) => Some(cursor),
            Err(error) => {
                errors.push(FieldError::new("cursor", error.to_string()));
                None
            }
        }
    }
}

impl From<CursorError> for Problem {
    fn from(error: CursorError) -> Self {
        Self::invalid_field("cursor", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Page, Problem> {
        Page::read(&QueryParams::parse(query)?, "list", "filters")
    }

    #[test]
    fn given_no_parameters_when_read_then_the_first_page_of_fifty() {
        assert_eq!(read("").unwrap(), Page { limit: 50, cursor: None });
    }

    #[test]
    fn given_the_cursor_of_the_page_before_when_read_then_it_is_taken_by_its_own_list_alone() {
        let cursor = Cursor { sort: "list".into(), key: 7.into(), id: "x".into(), filters: "filters".into() };
        let page = read(&format!("limit=200&cursor={}", cursor.encode())).unwrap();
        assert_eq!(page, Page { limit: 200, cursor: Some(cursor.clone()) });
        for other in [Cursor { sort: "other".into(), ..cursor.clone() }, Cursor { filters: "others".into(), ..cursor }]
        {
            let problem = read(&format!("cursor={}", other.encode())).unwrap_err();
            assert!(problem.errors()[0].detail.starts_with("belongs to another"), "{problem:?}");
        }
    }

    #[test]
    fn given_wrong_parameters_when_read_then_each_is_named() {
        for limit in ["", "0", "201", "-1", "%2B5", "ten", "99999999999999999999999"] {
            let problem = read(&format!("limit={limit}&cursor=x")).unwrap_err();
            let fields: Vec<&str> = problem.errors().iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, ["limit", "cursor"], "{limit}");
        }
    }
}
