//! A JSON answer that says what it reflects.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::consistency::Reflects;

const TOKEN: HeaderName = HeaderName::from_static("consistency-token");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const STALE: HeaderName = HeaderName::from_static("stale");

/// 200 with a body, the consistency token it reflects, and the marks of a stale answer.
pub(super) struct Answer<T> {
    pub(super) body: T,
    pub(super) reflects: Reflects,
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        mark(&mut response, &self.reflects);
        response
    }
}

/// The same of a body that is JSON already.
pub(super) struct Written {
    pub(super) json: String,
    pub(super) reflects: Reflects,
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let mut response = ([(header::CONTENT_TYPE, JSON)], self.json).into_response();
        mark(&mut response, &self.reflects);
        response
    }
}

/// Adds the headers that say what an answer reflects.
pub(super) fn mark(response: &mut Response, reflects: &Reflects) {
    let headers = response.headers_mut();
    // Caches between us and the client would break what the token promises.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if !reflects.token.is_empty()
        && let Ok(token) = HeaderValue::from_str(&reflects.token)
    {
        headers.insert(TOKEN, token);
    }
    if reflects.stale {
        headers.insert(header::WARNING, HeaderValue::from_static("110 - \"Response is Stale\""));
        headers.insert(STALE, HeaderValue::from_static("true"));
    }
}
