//! Reads a JSON object field by field and collects every violation instead of stopping at the first.
//!
//! What is public is for bodies that are no task or reminder, such as the settings of notifications.

use std::borrow::Cow;

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::word::Word;
use crate::{Violation, Violations, limits, text};

/// A field of a merge patch: left out, `null`, or given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Field<T> {
    /// Left out: stays as it is.
    #[default]
    Absent,
    /// `null`: cleared.
    Null,
    /// Given: replaced.
    Set(T),
}

impl<T> Field<T> {
    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What was there, after the patch.
    pub(crate) fn patched(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Absent => current,
            Self::Null => None,
            Self::Set(value) => Some(value),
        }
    }

    /// `null` is as good as left out.
    pub(crate) fn null_is_none(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// `null` becomes a value: for fields that have an empty or default value instead of none.
    pub(crate) fn null_is(self, empty: T) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Null => Some(empty),
            Self::Set(value) => Some(value),
        }
    }
}

/// An object being read. Call [`take_not_null`](Self::take_not_null) or its like for each known field, then
/// [`finish`](Self::finish).
pub struct Reader<'a> {
    object: &'a Map<String, Value>,
    /// Path of this object with a dot at its end, or empty at the top.
    prefix: Cow<'static, str>,
    /// A merge patch, where what is left out stays.
    is_patch: bool,
    known: Vec<&'static str>,
    violations: Vec<Violation>,
}

impl<'a> Reader<'a> {
    /// Of a whole body.
    #[must_use]
    pub fn new(object: &'a Map<String, Value>) -> Self {
        Self { object, prefix: Cow::Borrowed(""), is_patch: false, known: Vec::new(), violations: Vec::new() }
    }

    /// Of a merge patch.
    #[must_use]
    pub fn of_patch(object: &'a Map<String, Value>) -> Self {
        Self { is_patch: true, ..Self::new(object) }
    }

    /// Of an object inside this one; `prefix` is its path with a dot at its end.
    #[must_use]
    pub fn inside(&self, object: &'a Map<String, Value>, prefix: impl Into<Cow<'static, str>>) -> Self {
        Self { prefix: prefix.into(), is_patch: self.is_patch, ..Self::new(object) }
    }

    /// Notes a violation of `field`, which may carry an index.
    pub fn violation(&mut self, field: impl AsRef<str>, detail: impl Into<String>) {
        let field = format!("{}{}", self.prefix, field.as_ref());
        self.violations.push(Violation { field, detail: detail.into() });
    }

    /// Whether one of `fields`, or something inside it, is violated.
    pub(crate) fn violates(&self, fields: &[&str]) -> bool {
        let first_word = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
        self.violations.iter().any(|violation| fields.contains(&first_word(&violation.field).as_str()))
    }

    /// Adds the violations of an object inside this one.
    pub fn merge(&mut self, violations: Violations) {
        self.violations.extend(violations.0);
    }

    /// Reads a field with `parse`, which says what is wrong as text.
    pub(crate) fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Field<T> {
        match self.raw(name) {
            None => Field::Absent,
            Some(Value::Null) => Field::Null,
            Some(value) => match parse(value) {
                Ok(value) => Field::Set(value),
                Err(detail) => {
                    self.violation(name, detail);
                    Field::Absent
                }
            },
        }
    }

    /// Reads a field with `parse`, which says what is wrong as text; `null` is not allowed. Nothing where the field is
    /// left out or violated.
    pub fn take_not_null<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        match self.take(name, parse) {
            Field::Absent => None,
            Field::Set(value) => Some(value),
            Field::Null => {
                let hint = if self.is_patch { "; leave it out to keep it as it is" } else { "" };
                self.violation(name, format!("must not be null{hint}"));
                None
            }
        }
    }

    /// Whether the object does not have the field at all.
    #[must_use]
    pub fn lacks(&self, name: &str) -> bool {
        !self.object.contains_key(name)
    }

    /// The field as it is; from here on it is a known one.
    pub(crate) fn raw(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name)
    }

    /// Known fields that the caller reads and does not use.
    pub fn tolerate(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// Every field that was not taken is a violation; `read_only` ones say so. `what` names the object.
    ///
    /// # Errors
    /// All violations, where there are any.
    pub fn finish(mut self, what: &str, read_only: &[&str]) -> Result<(), Violations> {
        for name in self.object.keys() {
            if self.known.contains(&name.as_str()) {
                continue;
            }
            let detail = if read_only.contains(&name.as_str()) {
                "is read-only; leave it out".to_owned()
            } else {
                format!("is not a field of {what}; known fields are {}", self.known.join(", "))
            };
            self.violation(shown(name), detail);
        }
        self.violations.truncate(limits::VIOLATIONS_MAX);
        if self.violations.is_empty() { Ok(()) } else { Err(Violations(self.violations)) }
    }
}

/// A name from the client, short enough to send back.
fn shown(name: &str) -> String {
    const SHOWN_MAX_CHARS: usize = 100;
    name.chars().take(SHOWN_MAX_CHARS).collect()
}

/// The JSON type of a value, for messages.
#[must_use]
pub const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The text of a string.
///
/// # Errors
/// What the value is instead.
pub fn string(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("must be a string, not {}", type_of(value)))
}

pub(crate) fn word<T: Word>(value: &Value) -> Result<T, String> {
    T::from_word(string(value)?).ok_or_else(|| format!("must be {}", T::known()))
}

pub(crate) fn uuid(value: &Value) -> Result<Uuid, String> {
    Uuid::try_parse(string(value)?)
        .ok()
        .filter(|id| !id.is_nil())
        .ok_or_else(|| "must be a UUID such as \"0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10\", not all zeros".to_owned())
}

/// One line of text: 1 to `max_chars` characters, something visible, no control character or line break. Kept as it was
/// given.
pub(crate) fn line(value: &Value, max_chars: usize) -> Result<String, String> {
    let text = string(value)?;
    check_line(text, max_chars)?;
    Ok(text.to_owned())
}

/// A name that is compared by its text: one line without white space around it, in Unicode's composed form (NFC), so
/// that what looks the same is the same.
///
/// # Errors
/// What is wrong with it.
pub fn name(value: &Value, max_chars: usize) -> Result<String, String> {
    let text: String = string(value)?.nfc().collect();
    check_line(&text, max_chars)?;
    if text.trim() != text {
        return Err("must not begin or end with white space".to_owned());
    }
    Ok(text)
}

fn check_line(text: &str, max_chars: usize) -> Result<(), String> {
    let chars = text.chars().count();
    if !text.chars().any(text::is_visible) {
        Err(format!("must not be empty or blank; it takes 1 to {max_chars} characters"))
    } else if chars > max_chars {
        Err(format!("must have at most {max_chars} characters, not {chars}"))
    } else if let Some(control) = text.chars().find(|c| c.is_control()) {
        Err(format!("must not hold control characters such as {}", control.escape_unicode()))
    } else if let Some(separator) = text.chars().find(|c| matches!(c, '\u{2028}' | '\u{2029}')) {
        Err(format!("must be one line, without the line break {}", separator.escape_unicode()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn given_text_without_anything_to_see_when_read_as_a_line_then_blank() {
        for blank in
            ["", "  ", "\u{200b}", "\u{200d}\u{2060}\u{feff}", "\u{a0}\u{3000}", "\u{ad}", "\u{3164}", "\u{2800}"]
        {
            assert!(line(&json!(blank), 10).unwrap_err().contains("blank"), "{}", blank.escape_unicode());
        }
        // An emoji of several parts, joined by what cannot be seen, is to be seen.
        for text in ["\u{200b}x", "👩\u{200d}💻", "e\u{301}", "❤\u{fe0f}"] {
            assert_eq!(line(&json!(text), 10), Ok(text.to_owned()));
        }
    }

    #[test]
    fn given_line_breaks_of_any_kind_when_read_as_a_line_then_refused() {
        for text in ["a\nb", "a\rb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "a\u{b}b"] {
            assert!(line(&json!(text), 10).is_err(), "{}", text.escape_unicode());
        }
    }

    #[test]
    fn given_a_name_when_read_then_composed_and_without_white_space_around_it() {
        assert_eq!(name(&json!("cafe\u{301}"), 4), Ok("caf\u{e9}".to_owned()));
        assert_eq!(name(&json!("two words"), 10), Ok("two words".to_owned()));
        for text in [" a", "a ", "\u{a0}a", "a\u{3000}"] {
            assert!(name(&json!(text), 10).unwrap_err().contains("white space"), "{text:?}");
        }
    }
}
