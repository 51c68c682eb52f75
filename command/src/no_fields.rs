//! The body of a write that takes no fields.

use axum::extract::{FromRequest, Request};
use platform::http::{parse_object, read_body};
use platform::problem::{FieldError, Problem};

/// No body, or an empty JSON object, which some clients always send.
///
/// A member that is there is refused, never ignored: whoever sends it expects something of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoFields;

impl<S: Send + Sync> FromRequest<S> for NoFields {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        read(&read_body(request.into_body()).await?)
    }
}

fn read(body: &[u8]) -> Result<NoFields, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(NoFields);
    }
    let object = parse_object(body)?;
    if object.is_empty() {
        return Ok(NoFields);
    }
    // Enough to see what is wrong.
    const REPORTED_MAX: usize = 10;
    let unknown = object.keys().take(REPORTED_MAX);
    Err(Problem::invalid(unknown.map(|name| FieldError::new(name, "is not a field here; this call takes none"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_nothing_or_an_empty_object_then_it_is_taken() {
        for body in ["", " \n", "{}", " { } "] {
            assert_eq!(read(body.as_bytes()), Ok(NoFields), "{body:?}");
        }
    }

    #[test]
    fn given_anything_else_then_it_is_refused() {
        for (body, status) in [("{", 400), ("x", 400), ("null", 422), ("[]", 422), ("{\"title\":\"a\"}", 422)] {
            assert_eq!(read(body.as_bytes()).unwrap_err().status().as_u16(), status, "{body}");
        }
        let fields: Vec<String> =
            read(b"{\"a\":1,\"b\":2}").unwrap_err().errors().iter().map(|error| error.field.clone()).collect();
        assert_eq!(fields, ["a", "b"]);
    }
}
