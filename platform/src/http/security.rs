//! What a browser may do with a page of this origin, said with each of its files.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What no page has a use for.
const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
];

/// Adds them to an answer, with the page's own `Content-Security-Policy`.
pub fn secure(headers: &mut HeaderMap, content_security_policy: &'static str) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(content_security_policy));
    headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
}
