//! Query strings, read strictly.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::problem::{FieldError, Problem};

/// The decoded name-value pairs of a query string, in order.
///
/// Extracting it answers 400 for a broken percent sequence or invalid UTF-8 and 422 for `\u0000`. Call
/// [`QueryParams::allow`] next: a parameter nobody asked for is an error, never ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryParams(Vec<(String, String)>);

impl QueryParams {
    /// Reads `query`, the part of a URL after `?`.
    ///
    /// # Errors
    /// 400 and 422 as the type says.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut pairs = Vec::new();
        let mut errors = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if name.contains('\0') || value.contains('\0') {
                errors.push(FieldError::new(
                    name.replace('\0', "\\u0000"),
                    "holds the character U+0000, which is not allowed",
                ));
            }
            pairs.push((name, value));
        }
        if errors.is_empty() { Ok(Self(pairs)) } else { Err(Problem::invalid(errors)) }
    }

    /// Checks that every parameter is known: those in `once` at most once, those in `repeatable` any
    /// number of times.
    ///
    /// # Errors
    /// 422 with one entry for each unknown parameter, naming the known ones, and for each repeated one.
    pub fn allow(&self, once: &[&str], repeatable: &[&str]) -> Result<(), Problem> {
        let mut errors: Vec<FieldError> = Vec::new();
        for (index, (name, _)) in self.0.iter().enumerate() {
            if repeatable.contains(&name.as_str()) || errors.iter().any(|error| error.field == *name) {
                continue;
            }
            if !once.contains(&name.as_str()) {
                let known: Vec<&str> = once.iter().chain(repeatable).copied().collect();
                let detail = if known.is_empty() {
                    "is not a parameter here; this path takes none".to_owned()
                } else {
                    format!("is not a parameter here; known are {}", known.join(", "))
                };
                errors.push(FieldError::new(name, detail));
            } else if self.0[..index].iter().any(|(earlier, _)| earlier == name) {
                errors.push(FieldError::new(name, "is given more than once"));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
    }

    /// The first value of `name`.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// These parameters, and of `others` those whose names are not among them.
    #[must_use]
    pub fn over(&self, others: &Self) -> Self {
        let missing = others.0.iter().filter(|(name, _)| self.one(name).is_none());
        Self(self.0.iter().chain(missing).cloned().collect())
    }

    /// These parameters but `name`.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(key, _)| key != name).cloned().collect())
    }

    /// Every value of `name`, in order.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl FromIterator<(String, String)> for QueryParams {
    /// Parameters that are decoded already.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

fn decode(text: &str) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => {
                    return Err(Problem::malformed(format!(
                        "the query string holds a broken percent sequence in {text:?}"
                    )));
                }
            },
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| Problem::malformed(format!("the query string is not UTF-8 in {text:?}")))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_encoded_pairs_when_parsed_then_they_are_decoded_in_order() {
        let params = QueryParams::parse("q=caf%C3%A9+au%20lait&status=pending&status=completed&flag").unwrap();
        assert_eq!(params.one("q"), Some("café au lait"));
        assert_eq!(params.all("status").collect::<Vec<_>>(), ["pending", "completed"]);
        assert_eq!(params.one("flag"), Some(""));
        assert_eq!(params.one("absent"), None);
    }

    #[test]
    fn given_broken_encodings_when_parsed_then_malformed() {
        for query in ["q=%", "q=%4", "q=%zz", "%ff=1", "q=%C3"] {
            assert_eq!(QueryParams::parse(query).unwrap_err().status(), 400, "{query}");
        }
    }

    #[test]
    fn given_a_nul_when_parsed_then_invalid_naming_the_parameter() {
        let problem = QueryParams::parse("q=a%00b").unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.errors()[0].field.as_str()), (422, "q"));
    }

    #[test]
    fn given_unknown_and_repeated_parameters_when_checked_then_each_is_named_once() {
        let params = QueryParams::parse("limt=5&limt=6&limit=1&limit=2&tag=a&tag=b").unwrap();
        let problem = params.allow(&["limit"], &["tag"]).unwrap_err();
        let fields: Vec<_> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["limt", "limit"]);
        assert!(problem.errors()[0].detail.contains("limit, tag"));
    }

    #[test]
    fn given_parameters_over_others_then_a_name_that_both_have_keeps_its_own_values_alone() {
        let others = QueryParams::parse("tag=a&tag=b&sort=due&q=x").unwrap();
        let both = QueryParams::parse("limit=1&tag=c&q=").unwrap().over(&others);
        assert_eq!(both, QueryParams::parse("limit=1&tag=c&q=&sort=due").unwrap());
        assert_eq!(QueryParams::default().over(&others), others);
        assert_eq!(others.without("tag"), QueryParams::parse("sort=due&q=x").unwrap());
    }
}
