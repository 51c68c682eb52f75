//! The projector's part of a change's trace: a span for each record that carries one, child of the write that made it.

use kafka_es::LogRecord;
use platform::telemetry::set_parent;
use tracing::{Span, info_span};

/// Spans for one batch: a catch-up is no one's request, and its spans would only cost.
const SPANS_MAX: usize = 256;

/// Starts a span for each record whose trace is recorded; they end when dropped.
pub(crate) fn start<'a>(projection: &'static str, records: impl IntoIterator<Item = &'a LogRecord>) -> Vec<Span> {
    let traced = records.into_iter().filter_map(|record| Some((record, traceparent(record)?)));
    traced
        .take(SPANS_MAX)
        .map(|(record, traceparent)| {
            let name = format!("project {projection}");
            let span = info_span!("project", otel.name = name, projection, position = %record.position);
            set_parent(&span, traceparent);
            span
        })
        .collect()
}

/// The record's trace, if someone records it: the last flag of a traceparent says so.
pub(crate) fn traceparent(record: &LogRecord) -> Option<&str> {
    let header = record.traceparent.as_deref();
    let traceparent = header.or_else(|| record.content.as_ref().ok()?.first()?.traceparent.as_deref())?;
    let flags = u8::from_str_radix(traceparent.rsplit_once('-')?.1, 16).ok()?;
    (flags & 1 == 1).then_some(traceparent)
}
