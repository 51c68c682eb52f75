//! JSON objects, read strictly.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::{FieldError, Problem};

/// The deepest nesting of arrays and objects that is read. The API's own shapes need three.
pub const DEPTH_MAX: usize = 32;

/// How many violations are collected before reading on only to find the end.
const ERRORS_MAX: usize = 50;

/// Reads one JSON object.
///
/// # Errors
/// 400 for what is not UTF-8 or not JSON, with line and column. 422 with the field path for JSON that
/// is refused: not an object, nested deeper than [`DEPTH_MAX`], a member given twice (RFC 8259 leaves
/// its meaning open, so there is no right reading of it), `\u0000` in a string (no text column and no
/// log line can hold it).
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Problem::malformed(format!("the body is not UTF-8 at byte {}", error.valid_up_to())))?;
    let errors = RefCell::new(Vec::new());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Node { path: String::new(), depth: 0, errors: &errors };
    let value = root
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| Problem::malformed(format!("the body is not JSON: {error}")))?;
    let errors = errors.into_inner();
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    match value {
        Value::Object(map) => Ok(map),
        other => Err(Problem::invalid_field("body", format!("the body is {}; an object is wanted", kind_of(&other)))),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Reads the value at `path` and notes what is refused in it.
struct Node<'e> {
    path: String,
    depth: usize,
    errors: &'e RefCell<Vec<FieldError>>,
}

impl Node<'_> {
    fn refuse(&self, path: String, detail: impl Into<String>) {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < ERRORS_MAX {
            errors.push(FieldError::new(path.replace('\0', "\\u0000"), detail));
        }
    }

    fn check_text(&self, text: &str) {
        if text.contains('\0') {
            self.refuse(self.path.clone(), "holds the character U+0000, which is not allowed");
        }
    }

    /// The node of the member or element `name` of this one; `None` when it would be too deep.
    fn child(&self, path: String) -> Self {
        Self { path, depth: self.depth + 1, errors: self.errors }
    }

    fn too_deep(&self) -> bool {
        if self.depth < DEPTH_MAX {
            return false;
        }
        self.refuse(self.path.clone(), format!("is nested deeper than {DEPTH_MAX} levels"));
        true
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        self.check_text(value);
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        self.check_text(&value);
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        if self.too_deep() {
            while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(self.child(format!("{}[{}]", self.path, values.len())))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        if self.too_deep() {
            while members.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        }
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            if name.contains('\0') {
                self.refuse(path.clone(), "has the character U+0000 in its name, which is not allowed");
            }
            let value = members.next_value_seed(self.child(path.clone()))?;
            if map.insert(name, value).is_some() {
                self.refuse(path, "is given more than once");
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (u16, String) {
        let problem = parse_object(text.as_bytes()).unwrap_err();
        (problem.status().as_u16(), problem.errors().first().map(|error| error.field.clone()).unwrap_or_default())
    }

    #[test]
    fn given_an_object_when_parsed_then_every_kind_of_value_is_kept() {
        let text = r#"{"a":null,"b":[true,-1,2.5,"x"],"c":{"d":18446744073709551615}}"#;
        assert_eq!(Value::Object(parse_object(text.as_bytes()).unwrap()), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn given_broken_json_when_parsed_then_line_and_column_are_told() {
        let problem = parse_object(b"{\n  \"title\": oops}").unwrap_err();
        assert_eq!(problem.status(), 400);
        assert!(problem.to_string().contains("line 2 column"), "{problem}");
        for broken in ["", "{", "{\"a\":1}x", "{\"a\":\"\\ud800\"}", "{\"a\":1e999}", "{\"a\":01}", "{'a':1}"] {
            assert_eq!(refusal(broken).0, 400, "{broken}");
        }
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}").unwrap_err().status(), 400);
    }

    #[test]
    fn given_something_else_than_an_object_when_parsed_then_invalid() {
        for other in ["null", "[]", "\"x\"", "1", "true"] {
            assert_eq!(refusal(other), (422, "body".to_owned()), "{other}");
        }
    }

    #[test]
    fn given_refused_content_when_parsed_then_its_path_is_named() {
        assert_eq!(refusal(r#"{"tags":["a","b\u0000"]}"#), (422, "tags[1]".into()));
        assert_eq!(refusal(r#"{"a":{"b\u0000":1}}"#), (422, "a.b\\u0000".into()));
        assert_eq!(refusal(r#"{"a":{"b":1,"b":2}}"#), (422, "a.b".into()));
    }

    #[test]
    fn given_deep_nesting_when_parsed_then_refused_without_a_crash() {
        let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse_object(nested(DEPTH_MAX - 1).as_bytes()).is_ok());
        assert_eq!(refusal(&nested(DEPTH_MAX)).0, 422);
        assert_eq!(refusal(&nested(100_000)).0, 422);
    }
}
