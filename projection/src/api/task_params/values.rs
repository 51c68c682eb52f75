//! The value of one parameter. What is wrong with it goes to `errors`, and the caller reads on, so that all is named at once.

use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use domain::limits;
use platform::http::QueryParams;
use platform::problem::FieldError;
use unicode_normalization::UnicodeNormalization as _;

/// Most values of one repeatable parameter.
pub(in crate::api) const VALUES_MAX: usize = 100;

/// The values of a repeatable parameter, sorted by name, without doubles.
pub(in crate::api) fn words<T: FromStr<Err = String>>(
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

/// `tag`, sorted, without doubles.
pub(in crate::api) fn tags(params: &QueryParams, errors: &mut Vec<FieldError>) -> Vec<String> {
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

/// A day that a task may be due on.
pub(in crate::api) fn date(
    params: &QueryParams,
    name: &'static str,
    errors: &mut Vec<FieldError>,
) -> Option<NaiveDate> {
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

/// Whether `due` is `none`; `any` is as if it were not given.
pub(super) fn undated(params: &QueryParams, errors: &mut Vec<FieldError>) -> bool {
    match params.one("due") {
        None | Some("any") => false,
        Some("none") => true,
        Some(_) => {
            let detail = "must be none, for tasks without a due date, or any; for days there are due_from and due_to";
            errors.push(FieldError::new("due", detail));
            false
        }
    }
}

/// Whether it is `true`; `false` is as if it were not given.
pub(super) fn flag(params: &QueryParams, name: &'static str, errors: &mut Vec<FieldError>) -> bool {
    match params.one(name) {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            errors.push(FieldError::new(name, "must be true or false"));
            false
        }
    }
}
