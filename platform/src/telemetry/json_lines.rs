//! One JSON object a log line, as log collectors read them.

use std::fmt;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::lines_trace;

/// Formats an event as `{"timestamp","severity","message",…fields,"target","span","trace_id","span_id"}`.
///
/// For a project of Google Cloud the trace and the span are there a second time, under the names by which Cloud Logging leads from a line to its
/// trace. Severities are called as it calls them.
///
/// Fields of the enclosing spans are included, inner ones winning, so that an identifier that was put
/// on a span is on each line inside it.
#[derive(Debug)]
pub(super) struct JsonLines {
    pub(super) google_project: Option<String>,
}

impl<S> FormatEvent<S, JsonFields> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut line = Map::new();
        line.insert("timestamp".into(), Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true).into());
        line.insert("severity".into(), severity(*metadata.level()).into());
        self.add_spans(ctx, event, &mut line);
        event.record(&mut Fields(&mut line));
        line.insert("target".into(), metadata.target().into());
        writeln!(writer, "{}", Value::Object(line))
    }
}

impl JsonLines {
    fn add_spans<S>(&self, ctx: &FmtContext<'_, S, JsonFields>, event: &Event<'_>, line: &mut Map<String, Value>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Some(leaf) = ctx.parent_span().filter(|_| !event.is_root()) else { return };
        for span in leaf.scope().from_root() {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<JsonFields>>();
            if let Some(Ok(Value::Object(fields))) = fields.map(|fields| serde_json::from_str(&fields.fields)) {
                line.extend(fields.into_iter().filter(|(name, _)| !name.starts_with("otel.")));
            }
        }
        line.insert("span".into(), leaf.name().into());
        if let Some((trace, span)) = lines_trace::of(ctx, event) {
            if let Some(project) = &self.google_project {
                line.insert("logging.googleapis.com/trace".into(), format!("projects/{project}/traces/{trace}").into());
                line.insert("logging.googleapis.com/spanId".into(), span.to_string().into());
            }
            line.insert("trace_id".into(), trace.to_string().into());
            line.insert("span_id".into(), span.to_string().into());
        }
    }
}

/// Cloud Logging does not know `TRACE` and `WARN`, and shows what it does not know as of no severity.
fn severity(level: Level) -> &'static str {
    match level {
        Level::TRACE | Level::DEBUG => "DEBUG",
        Level::INFO => "INFO",
        Level::WARN => "WARNING",
        Level::ERROR => "ERROR",
    }
}

/// Collects an event's own fields.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
