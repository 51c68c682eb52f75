//! Errors as RFC 9457 `application/problem+json`.
//!
//! Every error answer of every role is a [`Problem`]. Its `type` is one of the stable URIs of
//! [`Kind`]: clients may branch on it, so a URI is never reused for another meaning.

mod kind;

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

pub use kind::{Kind, TYPE_BASE};

/// The media type of every error answer.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// One violated rule: where, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Path of the member, parameter or header: `recurrence_pattern.rrule`, `tags[3]`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub detail: String,
}

impl FieldError {
    /// A violation of `field`.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}

/// The JSON document of a problem, as RFC 9457 defines it, plus `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Stable URI of the kind of problem: what clients branch on.
    #[serde(rename = "type")]
    pub type_uri: Cow<'static, str>,
    /// The kind in a few words; the same for every problem of the kind.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Every violated rule with its field path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// An error answer.
///
/// `503` always carries `Retry-After`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    retry_after_secs: Option<u32>,
}

/// Seconds a client is asked to wait where nothing better is known.
const RETRY_AFTER_SECS: u32 = 1;

impl Problem {
    /// A problem of `kind`; `detail` says what happened this time, in a sentence.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let retry_after_secs = (kind.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECS);
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after_secs }
    }

    /// Asks the client to wait so long where the problem is a 503.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_secs: self.retry_after_secs.map(|_| seconds), ..self }
    }

    /// 400: the request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, detail)
    }

    /// 422: the request was read and breaks rules; one entry each.
    pub fn invalid(errors: impl IntoIterator<Item = FieldError>) -> Self {
        let errors: Vec<FieldError> = errors.into_iter().collect();
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", only.field, only.detail),
            many => format!("{} fields are not valid", many.len()),
        };
        Self { errors, ..Self::new(Kind::Invalid, detail) }
    }

    /// 422 for one field.
    pub fn invalid_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid([FieldError::new(field, detail)])
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// 405: the path exists, the method does not.
    pub fn method_not_allowed(detail: impl Into<String>) -> Self {
        Self::new(Kind::MethodNotAllowed, detail)
    }

    /// 409: the request loses against the present state or a concurrent write.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, detail)
    }

    /// 412: `If-Match` names another version than the current one.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(Kind::WrongVersion, detail)
    }

    /// 422: the `Idempotency-Key` was used with another payload.
    pub fn idempotency_key_reused(detail: impl Into<String>) -> Self {
        Self {
            errors: vec![FieldError::new("Idempotency-Key", "was used before with another payload")],
            ..Self::new(Kind::IdempotencyKeyReused, detail)
        }
    }

    /// 413.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(Kind::PayloadTooLarge, detail)
    }

    /// 415.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(Kind::UnsupportedMediaType, detail)
    }

    /// 503: a part this request needs is not there; nothing was done.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, detail)
    }

    /// 503: the write may or may not have happened; retry with the same `Idempotency-Key`.
    pub fn outcome_unknown(detail: impl Into<String>) -> Self {
        Self::new(Kind::OutcomeUnknown, detail)
    }

    /// 503: the read side has not reached the request's consistency token within its patience.
    pub fn projection_behind(detail: impl Into<String>) -> Self {
        Self::new(Kind::ProjectionBehind, detail)
    }

    /// 503: this stream waits for an operator.
    pub fn stream_blocked(detail: impl Into<String>) -> Self {
        Self::new(Kind::StreamBlocked, detail)
    }

    /// 500: a fault of ours. `detail` goes to the client, so it names no internals; log those.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(Kind::Internal, detail)
    }

    /// Adds a violated rule: for kinds other than [`Problem::invalid`] that can name the field or header too.
    #[must_use]
    pub fn with_error(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError::new(field, detail));
        self
    }

    /// The same problem where its fields go by other names: those of a part of a request, in the whole of it.
    #[must_use]
    pub fn rename_fields(self, name: impl Fn(&str) -> String) -> Self {
        let Self { kind, detail, errors, retry_after_secs } = self;
        let errors: Vec<FieldError> =
            errors.into_iter().map(|error| FieldError::new(name(&error.field), error.detail)).collect();
        if kind == Kind::Invalid {
            // Its detail names the field too.
            return Self::invalid(errors);
        }
        Self { kind, detail, errors, retry_after_secs }
    }

    /// The kind, which decides status, title and type.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The violated rules.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The document that is sent.
    #[must_use]
    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            type_uri: self.kind.uri().into(),
            title: self.kind.title().into(),
            status: self.status().as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.kind.title(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body().serialize(serializer)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).expect("a problem is strings and numbers, which always serialize");
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if let Some(seconds) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // For the request log and metrics, which would otherwise have to read the body.
        response.extensions_mut().insert(self.kind);
        response
    }
}

#[cfg(test)]
mod tests;
