//! One request, passed on; and what is said where there is no answer.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use platform::lifecycle::Shutdown;
use platform::problem::Problem;

use super::hop;
use super::upstream::{Failure, Upstream};
use crate::metric_definitions;

/// The upstream's answer, or the problem that stands for it.
pub(super) async fn forward(upstream: Upstream, shutdown: Shutdown, mut request: Request) -> Response {
    hop::to_upstream(&mut request);
    *request.uri_mut() = upstream.uri(request.uri());
    *request.version_mut() = Version::HTTP_11;
    let safe = request.method().is_safe();
    let again = repeated(&request);
    let mut sent = upstream.send(request).await;
    if matches!(sent, Err(Failure::Broken(_)))
        && let Some(again) = again
    {
        sent = upstream.send(again).await;
    }
    match sent {
        Ok(response) => ending(hop::to_caller(response), shutdown),
        Err(failure) => told(&failure, upstream.name(), safe).into_response(),
    }
}

/// The same request once more, where that does no harm: a read that was sent on a connection that the upstream was just closing.
fn repeated(request: &Request) -> Option<Request> {
    let harmless = request.method().is_safe() && request.body().is_end_stream();
    harmless.then(|| {
        let mut again = Request::new(Body::empty());
        *again.method_mut() = request.method().clone();
        *again.uri_mut() = request.uri().clone();
        *again.headers_mut() = request.headers().clone();
        again
    })
}

/// An answer that goes on for ever ends when the process is to stop; the client then asks the next one.
fn ending(response: Response, shutdown: Shutdown) -> Response {
    let media_type = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !media_type.is_some_and(|media_type| media_type.starts_with(b"text/event-stream")) {
        return response;
    }
    let stopped = async move { shutdown.requested().await };
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(stopped)))
}

/// What the caller is told of a failure, and what is written down of it.
fn told(failure: &Failure, upstream: &'static str, safe: bool) -> Problem {
    let error = failure as &dyn std::error::Error;
    let cause = match failure {
        Failure::Body(_) => return Problem::malformed("the body cannot be read"),
        Failure::Away(_) => {
            metric_definitions::failed(upstream, "away");
            // Whoever watches the upstreams has said it once, and not for each request.
            tracing::debug!(upstream, error, "an upstream cannot be reached");
            return Problem::unavailable(format!("the service {upstream} cannot be reached; nothing was done"));
        }
        Failure::Broken(_) => "broken",
        Failure::Late => "late",
    };
    metric_definitions::failed(upstream, cause);
    tracing::warn!(upstream, error, "an upstream has not answered");
    let detail = format!("the service {upstream} has not answered");
    if safe {
        Problem::unavailable(detail)
    } else {
        Problem::outcome_unknown(format!("{detail}; retry with the same Idempotency-Key"))
    }
}
