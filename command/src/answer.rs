//! What a write that went through answers: the resource, its `ETag`, and the `Consistency-Token` that a
//! query takes to see it.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kafka_es::{Committed, ConsistencyToken, Position};
use serde::Serialize;

/// The header that says from where on queries show a write.
pub const CONSISTENCY_TOKEN: HeaderName = HeaderName::from_static("consistency-token");

/// 201 with `Location`, or 200, or 204, for a committed command.
#[derive(Debug)]
pub struct Answer<T> {
    status: StatusCode,
    location: Option<String>,
    version: u64,
    token: ConsistencyToken,
    body: Option<T>,
}

impl<T> Answer<T> {
    /// 201: `body` was created and is at `location`.
    pub fn created<A>(committed: &Committed<A>, location: String, body: T) -> Self {
        Self { location: Some(location), ..Self::new(StatusCode::CREATED, committed, Some(body)) }
    }

    /// 200: `body` is the resource as it is after the command.
    pub fn ok<A>(committed: &Committed<A>, body: T) -> Self {
        Self::new(StatusCode::OK, committed, Some(body))
    }

    /// 204: the resource is gone.
    pub fn no_content<A>(committed: &Committed<A>) -> Self {
        Self::new(StatusCode::NO_CONTENT, committed, None)
    }

    /// Whoever sends the token sees what stands at these positions as well.
    #[must_use]
    pub fn and_at(mut self, positions: &[Position]) -> Self {
        positions.iter().for_each(|position| self.token.insert(position));
        self
    }

    fn new<A>(status: StatusCode, committed: &Committed<A>, body: Option<T>) -> Self {
        Self {
            status,
            location: None,
            version: committed.sequence,
            token: ConsistencyToken::from(committed.position.clone()),
            body,
        }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, text(&format!("\"{}\"", self.version)));
        headers.insert(CONSISTENCY_TOKEN, text(&self.token.to_string()));
        if let Some(location) = &self.location {
            headers.insert(header::LOCATION, text(location));
        }
        match self.body {
            Some(body) => (self.status, headers, Json(body)).into_response(),
            None => (self.status, headers).into_response(),
        }
    }
}

/// The `Consistency-Token` of an answer that has no other header.
pub type TokenHeader = [(HeaderName, HeaderValue); 1];

/// The one token of many writes, to see them all; nothing where nothing was written.
pub fn token_of_all(tokens: impl IntoIterator<Item = ConsistencyToken>) -> Option<TokenHeader> {
    let all = tokens.into_iter().reduce(|mut all, token| {
        all.merge(&token);
        all
    })?;
    Some([(CONSISTENCY_TOKEN, text(&all.to_string()))])
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("versions, tokens and paths of ours are visible ASCII")
}
