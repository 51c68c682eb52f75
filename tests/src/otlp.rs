//! A collector that takes spans over OTLP/HTTP, as Jaeger does.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use prost::Message;

/// A span, with what the tests look at.
#[derive(Clone, Debug)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits, empty for a root.
    pub parent_id: String,
    /// The span's name.
    pub name: String,
    /// Text attributes.
    pub attributes: Vec<(String, String)>,
    /// The trace ids of its links.
    pub linked_traces: Vec<String>,
}

/// The running collector.
pub struct Collector {
    endpoint: String,
    spans: Arc<Mutex<Vec<Span>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Collector {
    /// Listens on a free loopback port.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn start() -> Self {
        let spans = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&spans);
        let router = Router::new().route(
            "/v1/traces",
            post(async move |body: Bytes| match ExportTraceServiceRequest::decode(body) {
                Ok(request) => {
                    taken.lock().unwrap().extend(spans_of(request));
                    StatusCode::OK
                }
                Err(_) => StatusCode::BAD_REQUEST,
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, spans, server }
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` says for this collector.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The spans of one trace that have come so far.
    ///
    /// # Panics
    /// Never: the lock is not held across a panic.
    #[must_use]
    pub fn trace(&self, trace_id: &str) -> Vec<Span> {
        self.spans.lock().unwrap().iter().filter(|span| span.trace_id == trace_id).cloned().collect()
    }

    /// All spans that have come so far.
    ///
    /// # Panics
    /// Never: the lock is not held across a panic.
    #[must_use]
    pub fn all(&self) -> Vec<Span> {
        self.spans.lock().unwrap().clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn spans_of(request: ExportTraceServiceRequest) -> Vec<Span> {
    let resources = request.resource_spans.into_iter();
    let spans = resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
    spans
        .map(|span| Span {
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_id: hex(&span.parent_span_id),
            name: span.name,
            attributes: span
                .attributes
                .into_iter()
                .filter_map(|attribute| match attribute.value?.value? {
                    any_value::Value::StringValue(text) => Some((attribute.key, text)),
                    _ => None,
                })
                .collect(),
            linked_traces: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
