//! What the page may do, said to the browser with each of its files.

use axum::http::HeaderMap;
use platform::http::secure;

/// Everything from this origin and nothing written into the HTML: a text that got into the page as HTML could run no script, load
/// nothing and send nothing elsewhere.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'";

/// Adds the headers to an answer.
pub(super) fn add(headers: &mut HeaderMap) {
    secure(headers, CONTENT_SECURITY_POLICY);
}
