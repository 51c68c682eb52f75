//! What every write takes besides its body: `If-Match`, `Idempotency-Key`, and the fingerprint that tells
//! a repeated request from another one under the same key.

mod if_match;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use kafka_es::Expected;
use platform::http::QueryParams;
use platform::problem::Problem;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use if_match::IfMatch;

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

impl Preconditions {
    /// What the event store is to expect of the stream at first; see [`Self::allow`].
    #[must_use]
    pub fn expected(&self) -> Expected {
        match &self.if_match {
            IfMatch::Any => Expected::Any,
            // No stream reaches the last version there could be: a sequence counts single events from 1.
            IfMatch::Versions(versions) => Expected::Version(versions.first().copied().unwrap_or(u64::MAX)),
        }
    }

    /// Whether the stream may be at this version.
    #[must_use]
    pub fn allow(&self, version: u64) -> bool {
        match &self.if_match {
            IfMatch::Any => true,
            IfMatch::Versions(versions) => versions.contains(&version),
        }
    }

    /// Refuses `If-Match` where a request is many commands: no version is that of all. `why` says so of this call.
    ///
    /// # Errors
    /// 422 that names the header, where it was sent with anything but `*`.
    pub fn refuse_if_match(&self, why: &str) -> Result<(), Problem> {
        match &self.if_match {
            IfMatch::Any => Ok(()),
            IfMatch::Versions(_) => {
                Err(Problem::invalid_field("If-Match", format!("is not taken here, {why}; leave it out")))
            }
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// 400 where a header cannot be read.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self { if_match: if_match::read(headers)?, idempotency_key: idempotency_key(headers)? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Parameters are for the call that reads them itself; one that is misspelt or misplaced must not pass for heard.
        QueryParams::parse(parts.uri.query().unwrap_or_default())?.allow(&[], &[])?;
        Self::from_headers(&parts.headers)
    }
}

/// The value of a header as text.
fn text<'a>(name: &HeaderName, value: &'a HeaderValue) -> Result<&'a str, Problem> {
    value.to_str().map(str::trim).map_err(|_| header_problem(name, "must be visible ASCII"))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(header_problem(&IDEMPOTENCY_KEY, "was sent more than once; send it once"));
    }
    let key = text(&IDEMPOTENCY_KEY, value)?;
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
    let digest = digest.finalize();
    let half = digest.first_chunk().expect("SHA-256 has 32 bytes");
    format!("{:032x}", u128::from_be_bytes(*half))
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
    fn given_a_list_of_versions_then_the_first_is_expected_and_each_is_allowed() {
        let listed = Preconditions::from_headers(&headers(&[("if-match", "\"3\", \"5\"")])).unwrap();
        assert_eq!(listed.expected(), Expected::Version(3));
        assert_eq!([3, 4, 5].map(|version| listed.allow(version)), [true, false, true]);
        let foreign = Preconditions::from_headers(&headers(&[("if-match", "\"abc\"")])).unwrap();
        assert_eq!(foreign.expected(), Expected::Version(u64::MAX));
        assert!(!foreign.allow(1));
    }

    #[test]
    fn given_a_version_where_a_request_is_many_commands_then_it_is_refused() {
        let refused = |value| {
            let read = Preconditions::from_headers(&headers(&[("if-match", value)])).unwrap();
            read.refuse_if_match("where no version is that of all").is_err()
        };
        assert_eq!(["*", "\"3\"", "W/\"3\""].map(refused), [false, true, true]);
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

    /// Events keep it for ever: a build that makes another one would refuse requests repeated over an upgrade.
    #[test]
    fn given_a_request_then_the_fingerprint_is_what_the_log_has() {
        let body = json!({"b": ["c"], "a": 1});
        // printf 'create\0/tasks\0o2:k1:av1;k1:ba1:s1:c' | sha256sum | cut -c1-32
        assert_eq!(fingerprint("create", "/tasks", &body), "7f1b06215e4fa602cc8d313ac9f0d61a");
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
