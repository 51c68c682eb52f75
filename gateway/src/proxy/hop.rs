//! Headers that end at a hop, and those that a hop adds (RFC 9110 section 7.6).

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use platform::telemetry;

/// What is about one connection.
const OF_A_CONNECTION: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What a Dapr sidecar goes by: who is asked, and who asks. No caller of ours has a say in that.
const OF_DAPR: &str = "dapr-";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Jaeger's own header. The span that the caller named in it is the parent of ours, which the upstream's is a child of.
const UBER_TRACE_ID: HeaderName = HeaderName::from_static("uber-trace-id");

/// Makes a caller's headers those of a request to an upstream.
pub(super) fn to_upstream(request: &mut Request) {
    let caller = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| *address);
    let headers = request.headers_mut();
    end(headers);
    let of_dapr: Vec<HeaderName> = headers.keys().filter(|name| name.as_str().starts_with(OF_DAPR)).cloned().collect();
    for name in &of_dapr {
        headers.remove(name);
    }
    forwarded(headers, caller);
    if let Some(span) = telemetry::current_traceparent().and_then(|span| HeaderValue::try_from(span).ok()) {
        headers.insert(TRACEPARENT, span);
        headers.remove(UBER_TRACE_ID);
    }
}

/// Makes an upstream's headers those of an answer to the caller.
pub(super) fn to_caller(mut response: Response) -> Response {
    end(response.headers_mut());
    response
}

/// Takes away what is about one connection: some headers always, others as `Connection` says.
fn end(headers: &mut HeaderMap) {
    let named = headers.get_all(header::CONNECTION).iter().filter_map(|line| line.to_str().ok());
    let named: Vec<HeaderName> =
        named.flat_map(|line| line.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    for name in OF_A_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
}

/// Says who the caller is and what it asked. Of several proxies the first one knows host and scheme.
fn forwarded(headers: &mut HeaderMap, caller: Option<SocketAddr>) {
    if let Some(caller) = caller {
        let before = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
        let all: Vec<String> = before.map(str::to_owned).chain([caller.ip().to_string()]).collect();
        if let Ok(all) = HeaderValue::try_from(all.join(", ")) {
            headers.insert(FORWARDED_FOR, all);
        }
    }
    // The client puts the upstream's own in its place.
    if let Some(host) = headers.remove(header::HOST) {
        headers.entry(FORWARDED_HOST).or_insert(host);
    }
    headers.entry(FORWARDED_PROTO).or_insert(HeaderValue::from_static("http"));
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn passed_on(lines: &[(&str, &str)], caller: Option<&str>) -> Vec<(String, String)> {
        let mut request = Request::get("/tasks");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        if let Some(caller) = caller {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(caller.parse().unwrap()));
        }
        to_upstream(&mut request);
        let headers = request.headers().iter();
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
    }

    fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
        headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn given_headers_of_a_connection_when_passed_on_then_they_end_here_and_the_others_do_not() {
        let lines = [
            ("connection", "close, X-Secret"),
            ("x-secret", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("upgrade", "websocket"),
            ("proxy-authorization", "Basic eA=="),
            ("dapr-app-id", "process"),
            ("authorization", "Bearer x"),
            ("idempotency-key", "k"),
        ];
        let headers = passed_on(&lines, None);
        for name in ["connection", "x-secret", "keep-alive", "te", "upgrade", "proxy-authorization", "dapr-app-id"] {
            assert_eq!(value(&headers, name), None, "{name}");
        }
        assert_eq!(
            (value(&headers, "authorization"), value(&headers, "idempotency-key")),
            (Some("Bearer x"), Some("k"))
        );
    }

    #[test]
    fn given_a_caller_when_passed_on_then_its_address_host_and_scheme_are_told() {
        let headers = passed_on(&[("host", "tasks.example")], Some("192.0.2.7:4711"));
        assert_eq!(value(&headers, "x-forwarded-for"), Some("192.0.2.7"));
        assert_eq!(value(&headers, "x-forwarded-host"), Some("tasks.example"));
        assert_eq!(value(&headers, "x-forwarded-proto"), Some("http"));
        assert_eq!(value(&headers, "host"), None);
    }

    #[test]
    fn given_a_proxy_before_this_one_when_passed_on_then_what_it_said_stays() {
        let lines = [
            ("host", "web:8080"),
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-host", "tasks.example"),
            ("x-forwarded-proto", "https"),
        ];
        let headers = passed_on(&lines, Some("[2001:db8::1]:80"));
        assert_eq!(value(&headers, "x-forwarded-for"), Some("203.0.113.9, 198.51.100.1, 2001:db8::1"));
        assert_eq!(value(&headers, "x-forwarded-host"), Some("tasks.example"));
        assert_eq!(value(&headers, "x-forwarded-proto"), Some("https"));
    }

    #[test]
    fn given_no_trace_of_our_own_when_passed_on_then_the_callers_is() {
        let lines =
            [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("uber-trace-id", "1:2:0:1")];
        let headers = passed_on(&lines, None);
        assert_eq!(
            (value(&headers, "traceparent"), value(&headers, "uber-trace-id")),
            (Some(lines[0].1), Some("1:2:0:1"))
        );
    }
}
