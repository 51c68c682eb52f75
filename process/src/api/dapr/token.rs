//! The token by which the sidecar is known.

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use platform::problem::{Kind, Problem};
use subtle::ConstantTimeEq as _;

use super::Sidecar;

/// The header that daprd sends its `APP_API_TOKEN` in.
const HEADER: &str = "dapr-api-token";

/// A secret that both know.
#[derive(Clone)]
pub(super) struct Token(Arc<[u8]>);

impl Token {
    pub(super) fn new(text: &str) -> Self {
        Self(text.as_bytes().into())
    }

    /// Takes as long for a token that is nearly right as for one that is not.
    fn is(&self, given: &[u8]) -> bool {
        self.0.ct_eq(given).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// A request of the sidecar: it has the token, where one is wanted.
pub(super) struct OfSidecar;

impl FromRequestParts<Sidecar> for OfSidecar {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, sidecar: &Sidecar) -> Result<Self, Problem> {
        let Some(token) = &sidecar.token else { return Ok(Self) };
        match parts.headers.get(HEADER) {
            Some(given) if token.is(given.as_bytes()) => Ok(Self),
            // Not 404, for which daprd passes over the event.
            Some(_) => Err(refused("is not the token of this server: give daprd and tasklog the same APP_API_TOKEN")),
            None => Err(refused("is missing: give daprd the APP_API_TOKEN of this server")),
        }
    }
}

fn refused(detail: &'static str) -> Problem {
    Problem::new(Kind::Forbidden, format!("{HEADER} {detail}")).with_error(HEADER, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_token_then_only_the_same_bytes_are_it() {
        let token = Token::new("s3cret");
        assert!(token.is(b"s3cret"));
        for other in ["", "s3cre", "s3crets", "S3cret", "s3creT"] {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
        assert!(!format!("{token:?}").contains("s3cret"));
    }
}
