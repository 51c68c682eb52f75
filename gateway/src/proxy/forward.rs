//! One request, passed on; and what is said where there is no answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, Version, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use platform::lifecycle::Shutdown;
use platform::problem::Problem;

use super::again::Again;
use super::hop;
use super::upstream::{Failure, Upstream};
use crate::metric_definitions;

/// A write with it has the same outcome however often it comes, where the call takes it.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Before a request is repeated: whoever ends has ended by then, or is known to, and another process is asked.
const PAUSE: Duration = Duration::from_millis(100);

/// The upstream's answer, or the problem that stands for it. Of the call's methods, `keyed` take an `Idempotency-Key`.
///
/// What failed for want of a connection, or because it ended, is sent once more where that does no harm: an upstream that is replaced by
/// another process costs nobody an answer.
pub(super) async fn forward(
    upstream: Upstream,
    shutdown: Shutdown,
    keyed: Arc<[Method]>,
    mut request: Request,
) -> Response {
    hop::to_upstream(&mut request);
    *request.uri_mut() = upstream.uri(request.uri());
    *request.version_mut() = Version::HTTP_11;
    let safe = request.method().is_safe();
    let has_key = request.headers().contains_key(IDEMPOTENCY_KEY);
    let harmless = safe || (has_key && keyed.contains(request.method()));
    let (request, again) = match Again::keep(request, harmless).await {
        Ok(both) => both,
        Err(problem) => return problem.into_response(),
    };
    let mut sent = upstream.send(request).await;
    let repeats = sent.as_ref().is_err_and(|failure| failure.may_be_repeated(harmless));
    if repeats && let Some(again) = again.request() {
        metric_definitions::repeated(upstream.name());
        tokio::time::sleep(PAUSE).await;
        sent = upstream.send(again).await;
    }
    match sent {
        Ok(response) => ending(hop::to_caller(response), shutdown),
        Err(failure) => told(&failure, upstream.name(), safe).into_response(),
    }
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
        Failure::Sidecar(_) => "sidecar",
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
