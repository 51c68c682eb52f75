//! The answer at `/` where the build has no page.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::{accept, security};

const FOR_BROWSERS: &str = "<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Tasklog</title></head>
<body>
<h1>Tasklog</h1>
<p>The API runs. <a href=\"/docs/\">Its documentation</a> is here, and so is <a href=\"/openapi.json\">its contract</a>.</p>
<p>This program was built without the web page. To have it, install Node.js 20.19 or later with npm, and run <code>make run</code> again.</p>
</body>
</html>
";

const FOR_OTHERS: &str = "Tasklog: the API runs. Its documentation is at /docs/, its contract at /openapi.json.
This program was built without the web page. To have it, install Node.js 20.19 or later with npm, and run `make run` again.
";

/// HTML for who asks for it by name, else plain text.
pub(super) fn answer(asked: &HeaderMap) -> Response {
    let mut response =
        if accept::names_html(asked) { Html(FOR_BROWSERS).into_response() } else { FOR_OTHERS.into_response() };
    let headers = response.headers_mut();
    security::add(headers);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    response
}
