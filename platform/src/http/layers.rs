//! What surrounds every request: its span, its metrics, its deadline, the net under its panics, the
//! compression of its answer, and problems where axum has plain texts.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::{Instrument, Span};

use super::compression;
use super::counts::{Counts, InFlight};
use crate::lifecycle::Shutdown;
use crate::problem::{Kind, Problem};
use crate::telemetry;

/// Tells the caller the trace of its request.
const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// What the layers go by.
pub(super) struct Around {
    deadline: Duration,
    counts: Arc<Counts>,
    draining: Shutdown,
}

impl Around {
    /// Once `draining` is requested, each answer is the last one on its connection.
    pub(super) fn new(deadline: Duration, draining: Shutdown) -> Self {
        Self { deadline, counts: Arc::new(Counts::new()), draining }
    }
}

pub(super) fn around(routes: Router, fallback: Option<Router>, around: Around) -> Router {
    let around = Arc::new(around);
    let routes = routes.method_not_allowed_fallback(method_not_allowed);
    let routes = match fallback {
        Some(fallback) => routes.fallback_service(fallback),
        None => routes.fallback(async |uri: Uri| no_such_path(&uri)),
    };
    let observed = from_fn(move |request: Request, next: Next| observe(request, next, around.clone()));
    routes.layer((observed, compression::layer()))
}

/// What metrics and traces call an answer for which there is no route, or one that says too little: put into its extensions. One of a few
/// words, never the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnsweredAs(pub &'static str);

/// Of an answer that nobody has named.
const UNMATCHED: AnsweredAs = AnsweredAs("unmatched");

/// 404: no route leads there.
pub fn no_such_path(uri: &Uri) -> Problem {
    Problem::not_found(format!("there is no path {}", uri.path()))
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    Problem::method_not_allowed(format!("{} does not take {method}", uri.path()))
}

/// Runs one request inside its span and counts it.
async fn observe(request: Request, next: Next, around: Arc<Around>) -> Response {
    let method = method_label(request.method());
    // The route's pattern, never the path: labels stay few whatever clients ask for.
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map(MatchedPath::as_str);
    let span = request_span(&request, method, route);
    // Asked for now, because the ids are chosen then: lines of this request need them.
    let trace = telemetry::trace_id(&span);
    let in_flight = InFlight::begin(&around.counts);
    let started = Instant::now();
    let mut response = guarded(request, next, around.deadline).instrument(span.clone()).await;
    drop(in_flight);
    let named = response.extensions().get::<AnsweredAs>().copied();
    if route.is_none() {
        span.record("http.route", named.unwrap_or(UNMATCHED).0);
    }
    let route = named.map(|AnsweredAs(name)| name).or(route).unwrap_or(UNMATCHED.0);
    around.counts.answered(method, route, response.status(), started.elapsed());
    finish_span(&span, &response);
    if let Some(value) = trace.and_then(|id| HeaderValue::try_from(id).ok()) {
        response.headers_mut().insert(TRACE_ID, value);
    }
    if around.draining.is_requested() {
        // The caller's next request comes by a new connection, which whoever balances the load leads to another process. On this one it
        // would be under way when the process ends.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn request_span(request: &Request, method: &'static str, route: Option<&str>) -> Span {
    let span = tracing::info_span!(
        "http",
        otel.name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}")),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        url.path = request.uri().path(),
        otel.status_code = tracing::field::Empty,
        problem = tracing::field::Empty,
    );
    telemetry::join_caller(&span, request.headers());
    span
}

/// The answer, or the problem that stands for a panic or an answer that took too long.
async fn guarded(request: Request, next: Next, deadline: Duration) -> Response {
    let safe = request.method().is_safe();
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(deadline, answer).await {
        Ok(Ok(response)) => response,
        // The panic hook has logged it, inside this request's span.
        Ok(Err(_panic)) => Problem::internal("the server failed on this request; the fault is logged").into_response(),
        Err(_) => {
            tracing::warn!(deadline_s = deadline.as_secs(), "a request was cut: no answer within the deadline");
            late(safe, deadline)
        }
    }
}

/// A read may be asked for again; of a write nobody knows what it did.
fn late(safe: bool, deadline: Duration) -> Response {
    let late = format!("no answer within {} s", deadline.as_secs());
    if safe {
        Problem::unavailable(late).into_response()
    } else {
        Problem::outcome_unknown(format!("{late}; retry with the same Idempotency-Key")).into_response()
    }
}

fn finish_span(span: &Span, response: &Response) {
    let status = response.status();
    // Lines are written before this: to record it as a field would have all fields of the span read and written anew for nobody.
    telemetry::set_attribute(span, "http.response.status_code", status.as_u16().into());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    if let Some(kind) = response.extensions().get::<Kind>() {
        span.record("problem", kind.slug());
    }
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
