//! Trace context into and out of spans. Without an OTLP endpoint there are ids all the same, for requests, and their flags say
//! that nobody records them.

use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_jaeger_propagator::Propagator as JaegerPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";
const UBER_TRACE_ID: &str = "uber-trace-id";

/// The W3C `traceparent` of the current span, to send along with what it causes; `None` outside of
/// a trace.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8()))
}

/// The trace id of `span`, 32 hex digits; `None` outside of a trace.
#[must_use]
pub fn trace_id(span: &Span) -> Option<String> {
    let context = span.context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| span.trace_id().to_string())
}

/// Says of `span` what only who records traces is to know: no log line inside it has it.
pub fn set_attribute(span: &Span, name: &'static str, value: i64) {
    OpenTelemetrySpanExt::set_attribute(span, name, value);
}

/// Makes the new `span` a child of the span that `traceparent` names. Call it before the span is
/// entered. A traceparent nobody can read is ignored: the trace is cut there, the work goes on.
pub fn set_parent(span: &Span, traceparent: &str) {
    if let Some(parent) = parse(traceparent) {
        adopt(span, Context::new().with_remote_span_context(parent));
    }
}

/// Makes a request's new `span` part of its caller's trace: `traceparent` (W3C), else `uber-trace-id`
/// (Jaeger's own header).
pub fn join_caller(span: &Span, headers: &HeaderMap) {
    let headers_of = HeaderExtractor(headers);
    let parent = if headers.contains_key(TRACEPARENT) {
        TraceContextPropagator::new().extract_with_context(&Context::new(), &headers_of)
    } else if headers.contains_key(UBER_TRACE_ID) {
        JaegerPropagator::new().extract_with_context(&Context::new(), &headers_of)
    } else {
        return;
    };
    if parent.span().span_context().is_valid() {
        adopt(span, parent);
    }
}

fn adopt(span: &Span, parent: Context) {
    // Refused where there is no OpenTelemetry layer, the span is filtered out or was entered already:
    // then there is nothing to join.
    if let Err(error) = span.set_parent(parent) {
        tracing::trace!(?error, "span without a parent");
    }
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &OneHeader(traceparent));
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

struct OneHeader<'a>(&'a str);

impl Extractor for OneHeader<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

struct HeaderExtractor<'a>(&'a HeaderMap);

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests;
