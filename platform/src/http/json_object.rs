//! The body of a write: one JSON object.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use super::body::{read_body, require_content_type};
use super::strict_json::parse_object;
use crate::problem::Problem;

/// Extracts a JSON object from the body.
///
/// Answers 415 for another `Content-Type` than `application/json` or `application/merge-patch+json`,
/// 413 over 1 MiB, 400 for what is not UTF-8 or not JSON (with line and column), and 422 for JSON this
/// API refuses: see [`parse_object`]. It knows no fields; those are the handler's to judge.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonObject(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_content_type(request.headers(), &["application/json", "application/merge-patch+json"])?;
        let body = read_body(request.into_body()).await?;
        parse_object(&body).map(Self)
    }
}
