//! The header `Idempotency-Key`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use crate::problem::Problem;

/// The longest `Idempotency-Key` taken, in characters.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;

const NAME: HeaderName = HeaderName::from_static("idempotency-key");

/// The caller's key, if it sent one: 1 to [`IDEMPOTENCY_KEY_MAX_CHARS`] characters of visible ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// Reads it.
    ///
    /// # Errors
    /// 400 where it is sent twice, or is no such key.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(&NAME).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        if values.next().is_some() {
            return Err(malformed("was sent more than once; send it once"));
        }
        let key = value.to_str().map(str::trim).map_err(|_| malformed("must be visible ASCII"))?;
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_MAX_CHARS {
            return Err(malformed(&format!("must have 1 to {IDEMPOTENCY_KEY_MAX_CHARS} characters")));
        }
        Ok(Self(Some(key.to_owned())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::from_headers(&parts.headers)
    }
}

fn malformed(detail: &str) -> Problem {
    Problem::malformed(format!("header {NAME} {detail}"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(keys: &[&str]) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        for key in keys {
            headers.append(NAME, HeaderValue::from_bytes(key.as_bytes()).unwrap());
        }
        IdempotencyKey::from_headers(&headers).map(|key| key.0)
    }

    #[test]
    fn given_one_key_of_a_fitting_length_then_it_is_taken() {
        let longest = "k".repeat(IDEMPOTENCY_KEY_MAX_CHARS);
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[" k "]), Ok(Some("k".to_owned())));
        assert_eq!(read(&[&longest]), Ok(Some(longest.clone())));
    }

    #[test]
    fn given_a_key_that_is_empty_too_long_not_ascii_or_sent_twice_then_it_is_refused() {
        let long = "k".repeat(IDEMPOTENCY_KEY_MAX_CHARS + 1);
        for keys in [vec![""], vec![" "], vec![&long], vec!["k\u{e9}"], vec!["k", "k"]] {
            assert_eq!(read(&keys).unwrap_err().status(), 400, "{keys:?}");
        }
    }
}
