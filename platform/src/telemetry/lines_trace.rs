//! The trace that a log line belongs to.

use opentelemetry::{SpanId, TraceId};
use tracing::{Event, Subscriber};
use tracing_opentelemetry::OtelData;
use tracing_subscriber::fmt::{FmtContext, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The trace and the span of `event`: those of the innermost span around it that has ids.
pub(super) fn of<S, N>(ctx: &FmtContext<'_, S, N>, event: &Event<'_>) -> Option<(TraceId, SpanId)>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    let leaf = ctx.parent_span().filter(|_| !event.is_root())?;
    leaf.scope().find_map(|span| {
        let extensions = span.extensions();
        let data = extensions.get::<OtelData>()?;
        data.trace_id().zip(data.span_id())
    })
}

#[cfg(test)]
mod tests;
