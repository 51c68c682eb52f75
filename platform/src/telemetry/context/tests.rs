use axum::http::HeaderValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;

use super::*;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn with_traces(test: impl FnOnce()) {
    let provider = SdkTracerProvider::builder().build();
    let subscriber =
        tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")));
    tracing::subscriber::with_default(subscriber, test);
}

#[test]
fn given_no_trace_then_there_is_no_traceparent() {
    assert_eq!(current_traceparent(), None);
    assert_eq!(trace_id(&Span::current()), None);
}

#[test]
fn given_a_parent_when_inside_the_span_then_the_trace_goes_on_with_a_new_span() {
    with_traces(|| {
        let span = tracing::info_span!("project");
        set_parent(&span, PARENT);
        assert_eq!(trace_id(&span).as_deref(), Some(TRACE));
        let _entered = span.enter();
        let sent = current_traceparent().unwrap();
        assert!(sent.starts_with(&format!("00-{TRACE}-")) && sent.ends_with("-01") && sent != PARENT, "{sent}");
    });
}

#[test]
fn given_callers_headers_when_joined_then_w3c_or_jaeger_is_taken() {
    with_traces(|| {
        let cases =
            [("traceparent", PARENT), ("uber-trace-id", "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1")];
        for (name, value) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            let span = tracing::info_span!("http");
            join_caller(&span, &headers);
            assert_eq!(trace_id(&span).as_deref(), Some(TRACE), "{name}");
        }
    });
}

#[test]
fn given_nonsense_when_joined_then_a_trace_of_its_own_begins() {
    with_traces(|| {
        let span = tracing::info_span!("project");
        set_parent(&span, "00-zz-yy-01");
        assert!(trace_id(&span).is_some_and(|id| id != TRACE));
    });
}
