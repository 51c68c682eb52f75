//! Logs, traces and the trace context that joins them over HTTP and Kafka.

mod asked;
mod context;
mod export;
mod json_lines;
mod setup;

pub use context::{add_link, current_traceparent, join_caller, set_parent, span_from_traceparent, trace_id};
pub use setup::{LogFormat, Options, Telemetry, TelemetryError, init};
