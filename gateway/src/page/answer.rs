//! A file as an answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use headers::{HeaderMapExt, IfNoneMatch};
use platform::http::AnsweredAs;

use super::files::File;
use super::security;

/// What the page is called in metrics, at whichever of its paths it was asked for.
const PAGE: &str = "page";
/// What every other file is called there.
const ASSET: &str = "asset";

/// The file in the form that the client would like best; 304 where it has that already. To `HEAD` without a body.
pub(super) fn file(file: &File, method: &Method, asked: &HeaderMap) -> Response {
    let form = file.form(asked);
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(AnsweredAs(if file.is_page { PAGE } else { ASSET }));
    let headers = response.headers_mut();
    security::add(headers);
    headers.typed_insert(form.etag.clone());
    headers.insert(header::CACHE_CONTROL, file.cache_control.clone());
    headers.insert(header::VARY, file.vary.clone());
    if asked.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(&form.etag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, file.content_type.clone());
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(form.body.len()));
    headers.extend(form.content_encoding());
    if *method != Method::HEAD {
        *response.body_mut() = Body::from(form.body.clone());
    }
    response
}
