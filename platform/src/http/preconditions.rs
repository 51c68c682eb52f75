//! What every write takes besides its body: `If-Match` and `Idempotency-Key`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::QueryParams;
use super::if_match::{self, IfMatch};
use crate::problem::Problem;

/// The longest `Idempotency-Key` taken, in characters.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;
/// What the ids of commands begin with that the service gives itself. Keys and these ids are known again in the same streams, so no caller's
/// key may begin with it: what the service does later would pass for done.
pub const OWN_COMMANDS: &str = "process/";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What every write takes besides its body: two headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preconditions {
    /// What `If-Match` asks of the resource's version.
    pub if_match: IfMatch,
    /// The caller's `Idempotency-Key`, if it sent one.
    pub idempotency_key: Option<String>,
    /// Where this is one command of many that were sent under one key: the fingerprint of the whole request, which is its own too.
    pub part_of: Option<String>,
}

impl Preconditions {
    /// Whether the resource may be at this version.
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
        Ok(Self { if_match: if_match::read(headers)?, idempotency_key: idempotency_key(headers)?, part_of: None })
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
pub(super) fn text<'a>(name: &HeaderName, value: &'a HeaderValue) -> Result<&'a str, Problem> {
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
    refuse_own_commands(key).map_err(|detail| header_problem(&IDEMPOTENCY_KEY, &detail))?;
    Ok(Some(key.to_owned()))
}

/// Refuses a caller's key that the service's own commands could have.
///
/// # Errors
/// What is wrong with it: it begins with [`OWN_COMMANDS`].
pub fn refuse_own_commands(key: &str) -> Result<(), String> {
    if key.starts_with(OWN_COMMANDS) {
        return Err(format!("must not begin with `{OWN_COMMANDS}`: the service's own commands have such ids"));
    }
    Ok(())
}

pub(super) fn header_problem(name: &HeaderName, detail: &str) -> Problem {
    Problem::malformed(format!("header {name} {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn given_no_headers_then_anything_is_expected() {
        let found = Preconditions::from_headers(&HeaderMap::new()).unwrap();
        assert_eq!(found, Preconditions { if_match: IfMatch::Any, idempotency_key: None, part_of: None });
    }

    #[test]
    fn given_a_list_of_versions_then_each_is_allowed() {
        let listed = Preconditions::from_headers(&headers(&[("if-match", "\"3\", \"5\"")])).unwrap();
        assert_eq!([3, 4, 5].map(|version| listed.allow(version)), [true, false, true]);
        let foreign = Preconditions::from_headers(&headers(&[("if-match", "\"abc\"")])).unwrap();
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
    fn given_a_key_that_a_command_of_the_service_could_have_then_it_is_refused() {
        let refused = |key| idempotency_key(&headers(&[("idempotency-key", key)])).is_err();
        assert_eq!(["process/reminders/ring/1", "process", "mine/process/1"].map(refused), [true, false, false]);
    }
}
