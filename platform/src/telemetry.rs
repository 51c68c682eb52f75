//! Logs, traces and the trace context that joins them over HTTP and Kafka.

mod asked;
mod context;
mod export;
mod json_lines;
mod lines_trace;
mod pretty_lines;
mod sampling;
mod setup;

pub use context::{current_traceparent, join_caller, set_attribute, set_parent, trace_id};
pub use setup::{LogFormat, Options, Telemetry, TelemetryError, init};
