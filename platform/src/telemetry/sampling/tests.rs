use std::sync::Arc;

use opentelemetry::trace::{Span as _, TraceContextExt as _, TraceState, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::*;

/// Keeps the names of the spans that reach it.
#[derive(Debug, Clone, Default)]
struct Sent(Arc<Mutex<Vec<String>>>);

impl SpanProcessor for Sent {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        assert!(span.span_context.is_sampled(), "others than chosen ones are left out on the way");
        self.0.lock().unwrap().push(span.name.into_owned());
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What is sent of a request and the work inside it, where this share of the traces is chosen and the part `fails`, if one does.
fn sent(share: f64, fails: Option<&str>) -> Vec<String> {
    let sent = Sent::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(Share::of(share))
        .with_span_processor(KeepFailures::before(sent.clone()))
        .build();
    let tracer = provider.tracer("test");
    let failed = || Status::error("it failed");
    let mut request = tracer.start("request");
    if fails == Some("request") {
        request.set_status(failed());
    }
    let context = Context::new().with_span(request);
    for part in ["decide", "produce"] {
        let mut span = tracer.start_with_context(part, &context);
        if fails == Some(part) {
            span.set_status(failed());
        }
        span.end();
    }
    context.span().end();
    let names = sent.0.lock().unwrap();
    names.clone()
}

#[test]
fn given_all_traces_are_chosen_then_all_spans_are_sent() {
    assert_eq!(sent(1.0, None), ["decide", "produce", "request"]);
}

#[test]
fn given_no_trace_is_chosen_when_nothing_fails_then_nothing_is_sent() {
    assert!(sent(0.0, None).is_empty());
}

#[test]
fn given_no_trace_is_chosen_when_a_part_of_a_request_fails_then_the_whole_of_it_is_sent() {
    for part in ["request", "decide", "produce"] {
        let mut sent = sent(0.0, Some(part));
        sent.sort_unstable();
        assert_eq!(sent, ["decide", "produce", "request"], "{part}");
    }
}

#[test]
fn given_a_caller_who_has_chosen_or_not_then_it_is_done_as_he_does() {
    for (flags, decision) in [
        (TraceFlags::SAMPLED, SamplingDecision::RecordAndSample),
        (TraceFlags::NOT_SAMPLED, SamplingDecision::RecordOnly),
    ] {
        let caller = SpanContext::new(TraceId::from(1_u128), SpanId::from(1_u64), flags, true, TraceState::default());
        let context = Context::new().with_remote_span_context(caller);
        for share in [0.0, 1.0] {
            let result =
                Share::of(share).should_sample(Some(&context), TraceId::from(1_u128), "a", &SpanKind::Server, &[], &[]);
            assert_eq!(result.decision, decision, "{share}");
        }
    }
}

#[test]
fn given_more_traces_than_are_held_then_the_oldest_is_forgotten() {
    let provider = SdkTracerProvider::builder().with_sampler(Share::of(0.0)).build();
    let tracer = provider.tracer("test");
    let processor = KeepFailures::before(Sent::default());
    for _ in 0..=TRACES_MAX {
        let outer = Context::new().with_span(tracer.start("outer"));
        let inner = tracer.start_with_context("inner", &outer);
        let context = inner.span_context().clone();
        processor.on_end(SpanData {
            span_context: context,
            parent_span_id: outer.span().span_context().span_id(),
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "inner".into(),
            start_time: std::time::UNIX_EPOCH,
            end_time: std::time::UNIX_EPOCH,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: opentelemetry_sdk::trace::SpanEvents::default(),
            links: opentelemetry_sdk::trace::SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: opentelemetry::InstrumentationScope::default(),
        });
    }
    let held = processor.held.lock().unwrap();
    assert_eq!((held.traces.len(), held.order.len()), (TRACES_MAX, TRACES_MAX));
}
