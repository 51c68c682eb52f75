//! A filter as an answer.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::filters::{Filter, FilterName};

/// What a segment of a path cannot hold as it is: all but RFC 3986's unreserved characters.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a filter is.
pub(super) fn path_of(name: &FilterName) -> String {
    format!("/filters/{}", utf8_percent_encode(name.as_str(), &ESCAPED))
}

/// A filter with its version, and where it is if it is new.
pub(in crate::api) struct FilterAnswer {
    status: StatusCode,
    filter: Filter,
}

impl FilterAnswer {
    /// 200.
    pub(super) fn ok(filter: Filter) -> Self {
        Self { status: StatusCode::OK, filter }
    }

    /// 201.
    pub(super) fn created(filter: Filter) -> Self {
        Self { status: StatusCode::CREATED, filter }
    }
}

impl IntoResponse for FilterAnswer {
    fn into_response(self) -> Response {
        // Cannot fail, neither of them: digits in quotes, and a path that is escaped.
        let etag = HeaderValue::from_str(&format!("\"{}\"", self.filter.version));
        let location = HeaderValue::from_str(&path_of(&self.filter.name));
        let mut response = (self.status, Json(self.filter)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        if let Ok(etag) = etag {
            headers.insert(header::ETAG, etag);
        }
        if let Ok(location) = location
            && self.status == StatusCode::CREATED
        {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_any_name_then_its_path_holds_it_in_one_segment() {
        for (name, path) in [
            ("today", "/filters/today"),
            ("a/b?c#d", "/filters/a%2Fb%3Fc%23d"),
            ("50% off", "/filters/50%25%20off"),
            ("Müller", "/filters/M%C3%BCller"),
            ("v1.2_~-", "/filters/v1.2_~-"),
        ] {
            assert_eq!(path_of(&FilterName::parse(name).unwrap()), path);
        }
    }
}
