//! Spans to a collector over OTLP/HTTP.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};

use super::TelemetryError;
use super::sampling::{KeepFailures, Share};

/// How long spans wait for company before they are sent.
const BATCH_DELAY: Duration = Duration::from_millis(1000);
/// How long a collector may take for one batch.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// Spans kept while the collector does not take them; more are dropped rather than kept in memory.
const QUEUE_MAX_SPANS: usize = 8192;

/// A provider that sends batches to `endpoint`, the collector's base URL (as in the specification,
/// `/v1/traces` is added), from a thread of its own: of this share of the traces all spans, of the others what has failed.
pub(super) fn provider(endpoint: &str, role: &str, share: f64) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(traces_url(endpoint))
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(|error| TelemetryError::Exporter { endpoint: endpoint.to_owned(), cause: error.to_string() })?;
    let batch =
        BatchConfigBuilder::default().with_scheduled_delay(BATCH_DELAY).with_max_queue_size(QUEUE_MAX_SPANS).build();
    let resource = Resource::builder()
        .with_service_name(format!("tasklog-{role}"))
        .with_attribute(KeyValue::new("service.namespace", "tasklog"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let batches = BatchSpanProcessor::builder(exporter).with_batch_config(batch).build();
    Ok(SdkTracerProvider::builder()
        .with_sampler(Share::of(share))
        .with_span_processor(KeepFailures::before(batches))
        .with_resource(resource)
        .build())
}

/// A provider for processes without a collector: spans have ids, and nothing of them is kept. The flags of a traceparent say
/// so to whoever it is passed on to.
pub(super) fn ids_only() -> SdkTracerProvider {
    SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build()
}

fn traces_url(endpoint: &str) -> String {
    let base = endpoint.trim_end_matches('/');
    if base.ends_with("/v1/traces") { base.to_owned() } else { format!("{base}/v1/traces") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_base_url_then_the_traces_path_is_added_once() {
        for endpoint in ["http://c:4318", "http://c:4318/", "http://c:4318/v1/traces"] {
            assert_eq!(traces_url(endpoint), "http://c:4318/v1/traces");
        }
    }
}
