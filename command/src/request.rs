//! What every write takes besides its body: `If-Match`, `Idempotency-Key`, and the fingerprint that tells
//! a repeated request from another one under the same key.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use kafka_es::Expected;
use platform::http::QueryParams;
use platform::problem::Problem;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The longest `Idempotency-Key` taken, in characters.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The two headers that every write takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preconditions {
    /// What `If-Match` asks of the stream's version.
    pub if_match: IfMatch,
    /// The caller's `Idempotency-Key`, if it sent one.
    pub idempotency_key: Option<String>,
}

/// A parsed `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMatch {
    /// No header, or `*`: any version will do. (That the resource must exist is asked of every write but a create.)
    Any,
    /// `"7"`: only version 7 will do.
    Version(u64),
    /// A well-formed tag that no version of ours can have, such as a weak or a foreign one: never matches.
    Never,
}

impl Preconditions {
    /// What the event store is to expect of the stream.
    #[must_use]
    pub fn expected(&self) -> Expected {
        match self.if_match {
            IfMatch::Any => Expected::Any,
            IfMatch::Version(version) => Expected::Version(version),
            // No stream reaches this version: a sequence counts single events from 1.
            IfMatch::Never => Expected::Version(u64::MAX),
        }
    }

    fn from_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self { if_match: if_match(headers)?, idempotency_key: idempotency_key(headers)? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // No write takes parameters; one that is misspelt or misplaced must not pass for heard.
        QueryParams::parse(parts.uri.query().unwrap_or_default())?.allow(&[], &[])?;
        Self::from_headers(&parts.headers)
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(header_problem(name, "was sent more than once; send it once"));
    }
    value.to_str().map(|value| Some(value.trim())).map_err(|_| header_problem(name, "must be visible ASCII"))
}

fn if_match(headers: &HeaderMap) -> Result<IfMatch, Problem> {
    let Some(value) = single(headers, &header::IF_MATCH)? else {
        return Ok(IfMatch::Any);
    };
    if value == "*" {
        return Ok(IfMatch::Any);
    }
    let (tag, weak) = value.strip_prefix("W/").map_or((value, false), |tag| (tag, true));
    let opaque =
        tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).filter(|tag| !tag.contains('"')).ok_or_else(
            || header_problem(&header::IF_MATCH, "must be one entity tag such as \"3\" (with its quotes), or *"),
        )?;
    // RFC 9110 section 13.1.1: If-Match compares strongly, so a weak tag never matches.
    match opaque.parse::<u64>() {
        Ok(version) if !weak && version.to_string() == opaque => Ok(IfMatch::Version(version)),
        _ => Ok(IfMatch::Never),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = single(headers, &IDEMPOTENCY_KEY)? else {
        return Ok(None);
    };
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_MAX_CHARS {
        return Err(header_problem(
            &IDEMPOTENCY_KEY,
            &format!("must have 1 to {IDEMPOTENCY_KEY_MAX_CHARS} characters"),
        ));
    }
    Ok(Some(key.to_owned()))
}

fn header_problem(name: &HeaderName, detail: &str) -> Problem {
    Problem::malformed(format!("header {name} {detail}"))
}

/// A digest of what a request asks for: the same for a repeated request, another for any other.
///
/// The body counts by its meaning: white space and the order of an object's keys do not matter.
/// 32 hexadecimal digits (128 bits of SHA-256), which is what the event keeps.
#[must_use]
pub fn fingerprint(operation: &str, target: &str, body: &Value) -> String {
    let mut digest = Sha256::new();
    digest.update(operation.as_bytes());
    digest.update([0]);
    digest.update(target.as_bytes());
    digest.update([0]);
    feed(&mut digest, body);
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Feeds a JSON value with its keys in order. Each value is framed by its kind and length, so that two
/// different values never feed the same bytes.
fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Object(map) => {
            digest.update(format!("o{}:", map.len()));
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            for key in keys {
                digest.update(format!("k{}:{key}", key.len()));
                feed(digest, &map[key]);
            }
        }
        Value::Array(items) => {
            digest.update(format!("a{}:", items.len()));
            for item in items {
                feed(digest, item);
            }
        }
        Value::String(text) => digest.update(format!("s{}:{text}", text.len())),
        scalar => digest.update(format!("v{scalar};")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;
    use serde_json::json;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn given_no_headers_then_anything_is_expected() {
        let found = Preconditions::from_headers(&HeaderMap::new()).unwrap();
        assert_eq!(found, Preconditions { if_match: IfMatch::Any, idempotency_key: None });
    }

    #[test]
    fn given_if_match_then_only_a_strong_number_of_ours_can_match() {
        let cases = [
            ("\"3\"", Some(IfMatch::Version(3))),
            (" \"3\" ", Some(IfMatch::Version(3))),
            ("*", Some(IfMatch::Any)),
            ("W/\"3\"", Some(IfMatch::Never)),
            ("\"03\"", Some(IfMatch::Never)),
            ("\"abc\"", Some(IfMatch::Never)),
            ("3", None),
            ("\"3", None),
            ("\"3\", \"4\"", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = if_match(&headers(&[("if-match", text)])).ok();
            assert_eq!(found, expected, "If-Match: {text}");
        }
    }

    #[test]
    fn given_a_key_that_is_empty_or_too_long_then_it_is_refused() {
        let long: &'static str = Box::leak("k".repeat(256).into_boxed_str());
        for key in ["", long] {
            assert!(idempotency_key(&headers(&[("idempotency-key", key)])).is_err());
        }
        let longest: &'static str = Box::leak("k".repeat(255).into_boxed_str());
        assert!(idempotency_key(&headers(&[("idempotency-key", longest)])).is_ok());
    }

    #[test]
    fn given_the_same_body_in_another_order_then_the_fingerprint_is_the_same() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{ "b": {"d":null, "c":[1,2]}, "a":1 }"#).unwrap();
        assert_eq!(fingerprint("create", "/tasks", &one), fingerprint("create", "/tasks", &two));
    }

    #[test]
    fn given_another_body_operation_or_target_then_the_fingerprint_is_another() {
        let base = fingerprint("update", "/tasks/1", &json!({"title": "a"}));
        for other in [
            fingerprint("update", "/tasks/1", &json!({"title": "b"})),
            fingerprint("update", "/tasks/1", &json!({"title": ["a"]})),
            fingerprint("update", "/tasks/2", &json!({"title": "a"})),
            fingerprint("delete", "/tasks/1", &json!({"title": "a"})),
        ] {
            assert_ne!(base, other);
        }
    }

    proptest! {
        #[test]
        fn fingerprints_of_nested_arrays_depend_on_the_nesting(left in prop::collection::vec("[a-c]{0,3}", 0..4), right in prop::collection::vec("[a-c]{0,3}", 0..4)) {
            let flat = json!([left.clone(), right.clone()]);
            let joined = json!([left.iter().chain(&right).cloned().collect::<Vec<_>>(), Vec::<String>::new()]);
            prop_assert_eq!(flat == joined, fingerprint("x", "y", &flat) == fingerprint("x", "y", &joined));
        }
    }
}
