//! Which traces are sent: a share of them, chosen by their ids, and of all others what a process has seen of those that failed.
//!
//! Spans of a trace that is not chosen are recorded all the same, and held until the outermost of them in this process ends. Where one of them
//! has failed they are sent. What other processes did in the same trace is sent by the same rule: each sends its own failures.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{
    Link, SamplingDecision, SamplingResult, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, ShouldSample, Span, SpanData, SpanProcessor};

/// Traces that are held at a time; of more, the oldest is forgotten.
const TRACES_MAX: usize = 1_024;
/// Spans of one trace that are held; more of it are forgotten.
const SPANS_MAX: usize = 64;

/// Chooses traces by their ids, so that every process chooses the same ones; who has a caller does as that one. All others are recorded only.
#[derive(Debug, Clone)]
pub(super) struct Share(Sampler);

impl Share {
    /// This share of the traces: 1 is all of them.
    pub(super) fn of(ratio: f64) -> Self {
        Self(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
    }
}

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let chosen = self.0.should_sample(parent_context, trace_id, name, span_kind, attributes, links);
        let decision = match chosen.decision {
            SamplingDecision::Drop => SamplingDecision::RecordOnly,
            decision => decision,
        };
        SamplingResult { decision, ..chosen }
    }
}

/// Passes on what was chosen, and what has failed.
#[derive(Debug)]
pub(super) struct KeepFailures<P> {
    next: P,
    held: Mutex<Held>,
}

/// Spans that wait for the end of the outermost one.
#[derive(Debug, Default)]
struct Held {
    traces: HashMap<TraceId, Trace>,
    /// In the order in which they came.
    order: VecDeque<TraceId>,
}

#[derive(Debug, Default)]
struct Trace {
    spans: Vec<SpanData>,
    failed: bool,
}

impl<P> KeepFailures<P> {
    pub(super) fn before(next: P) -> Self {
        Self { next, held: Mutex::default() }
    }
}

impl Held {
    /// Takes a span that has ended; gives what is to be sent by now.
    fn take(&mut self, span: SpanData) -> Vec<SpanData> {
        let id = span.span_context.trace_id();
        let outermost = span.parent_span_is_remote || span.parent_span_id == SpanId::INVALID;
        if !self.traces.contains_key(&id) {
            self.make_room();
            self.order.push_back(id);
        }
        let trace = self.traces.entry(id).or_default();
        trace.failed |= matches!(span.status, Status::Error { .. });
        if trace.spans.len() < SPANS_MAX || outermost {
            trace.spans.push(span);
        }
        let ready = if trace.failed { std::mem::take(&mut trace.spans) } else { Vec::new() };
        if outermost {
            self.traces.remove(&id);
            self.order.retain(|known| *known != id);
        }
        ready
    }

    fn make_room(&mut self) {
        while self.order.len() >= TRACES_MAX {
            let Some(oldest) = self.order.pop_front() else { return };
            self.traces.remove(&oldest);
        }
    }
}

impl<P: SpanProcessor> SpanProcessor for KeepFailures<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            return self.next.on_end(span);
        }
        let ready = self.held.lock().unwrap_or_else(PoisonError::into_inner).take(span);
        ready.into_iter().map(chosen).for_each(|span| self.next.on_end(span));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

/// The span as one that was chosen: exporters and collectors leave out others.
fn chosen(span: SpanData) -> SpanData {
    let context = &span.span_context;
    let flags = context.trace_flags() | TraceFlags::SAMPLED;
    let span_context = SpanContext::new(
        context.trace_id(),
        context.span_id(),
        flags,
        context.is_remote(),
        context.trace_state().clone(),
    );
    SpanData { span_context, ..span }
}

#[cfg(test)]
mod tests;
