use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::health::Health;
use crate::http::App;
use crate::metrics::Metrics;
use crate::telemetry::LogFormat;
use crate::telemetry::export;
use crate::telemetry::setup::{lines, log_filter, traces};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Where the lines go.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[utoipa::path(get, path = "/warned", responses((status = 200, description = "Warned")))]
async fn warned() {
    let _inner = tracing::info_span!(target: "command", "inner").entered();
    tracing::warn!("not as it should be");
}

#[utoipa::path(get, path = "/slow", responses((status = 200, description = "Never")))]
async fn slow() {
    std::future::pending().await
}

/// The lines of one request without an exporter, and what the answer says its trace is.
async fn request(path: &str, traceparent: Option<&str>, format: LogFormat, filter: &str) -> (String, String) {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::registry().with(traces(&export::ids_only(), false)).with(lines(
        format,
        Some("a-project".to_owned()),
        log_filter(filter).unwrap(),
        false,
        move || writer.clone(),
    ));
    let _default = tracing::subscriber::set_default(subscriber);
    let api = OpenApiRouter::new().routes(routes!(warned)).routes(routes!(slow));
    let app = App::new(Health::new(), Metrics::install()).router(api);
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    if let Some(traceparent) = traceparent {
        request.headers_mut().insert("traceparent", traceparent.parse().unwrap());
    }
    let answer = app.oneshot(request).await.unwrap();
    let trace = answer.headers()["x-trace-id"].to_str().unwrap().to_owned();
    let lines = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    (lines, trace)
}

#[tokio::test]
async fn given_a_callers_trace_when_a_request_warns_then_the_line_carries_it_whatever_the_filter() {
    for filter in ["info", "warn"] {
        let (lines, trace) = request("/warned", Some(PARENT), LogFormat::Json, filter).await;
        assert_eq!(trace, TRACE);
        let line: Value = serde_json::from_str(&lines).unwrap_or_else(|error| panic!("{error}: {lines}"));
        assert_eq!((&line["trace_id"], &line["http.route"]), (&TRACE.into(), &"/warned".into()), "{lines}");
        assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
        let at_google = [&line["logging.googleapis.com/trace"], &line["logging.googleapis.com/spanId"]];
        assert_eq!(at_google, [&format!("projects/a-project/traces/{TRACE}").into(), &line["span_id"]]);
        let (lines, _) = request("/warned", Some(PARENT), LogFormat::Pretty, filter).await;
        assert!(lines.contains("not as it should be") && lines.ends_with(&format!(" trace_id={TRACE}\n")), "{lines}");
    }
}

#[tokio::test]
async fn given_no_caller_when_a_request_warns_then_the_line_carries_the_trace_that_the_answer_tells() {
    let (lines, trace) = request("/warned", None, LogFormat::Pretty, "info").await;
    assert!(trace.len() == 32 && trace != TRACE && lines.contains(&trace), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn given_a_request_that_is_cut_at_the_deadline_then_a_line_says_so() {
    let (lines, _) = request("/slow", Some(PARENT), LogFormat::Json, "info").await;
    let line: Value = serde_json::from_str(&lines).unwrap_or_else(|error| panic!("{error}: {lines}"));
    assert_eq!((&line["severity"], &line["trace_id"]), (&"WARNING".into(), &TRACE.into()), "{lines}");
    assert_eq!(line["http.route"], "/slow");
}
