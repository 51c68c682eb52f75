//! Ids and names in paths.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use uuid::Uuid;

use crate::problem::Problem;

/// The one id in a path. What is not a hyphenated UUID cannot name anything: 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathUuid(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for PathUuid {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found("the path holds no readable id"))?;
        parse(&text).map(Self).ok_or_else(|| {
            Problem::not_found("no id of this form exists; ids are UUIDs like 01234567-89ab-7def-8123-456789abcdef")
        })
    }
}

/// The one name in a path. One that is not UTF-8 names nothing: 404.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name = Path::<String>::from_request_parts(parts, state).await;
        name.map(|Path(name)| Self(name)).map_err(|_| Problem::not_found("the path holds no readable name"))
    }
}

/// Only the hyphenated form, in either letter case, as RFC 9562 asks of readers; what is answered names the lower-case one.
fn parse(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_other_spellings_of_a_uuid_then_only_the_hyphenated_one_is_an_id() {
        assert!(parse("01234567-89ab-7def-8123-456789abcdef").is_some());
        assert_eq!(
            parse("01234567-89AB-7DEF-8123-456789ABCDEF"),
            parse("01234567-89ab-7def-8123-456789abcdef"),
            "letter case says nothing"
        );
        for other in [
            "0123456789ab7def8123456789abcdef",
            "{01234567-89ab-7def-8123-456789abcdef}",
            "",
            "1",
            "01234567-89ab-7def-8123-456789abcdeg",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
