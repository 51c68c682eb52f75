//! One change is one trace, from the request to every view; over real OTLP.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde_json::{Value, json};
use tests::otlp::{Collector, Span};
use tests::prometheus::Scrape;
use tests::system::{Broker, System};
use tests::wait;

/// The spans that one create must have.
const PARTS: [&str; 5] = ["POST /tasks", "decide", "kafka.produce", "project tasks", "project search"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_is_one_trace_from_the_request_to_both_projectors() {
    for broker in [Broker::Embedded, Broker::RealKafka] {
        let collector = Collector::start().await;
        let system = System::start_with(broker, &[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())]).await;
        let api = system.api();

        let by_w3c = "4bf92f3577b34da6a3ce929d0e0e4736";
        let caller = format!("00-{by_w3c}-00f067aa0ba902b7-01");
        api.post("/tasks", &json!({"title": "Traced"})).header("traceparent", &caller).send().await.expect(201);
        whole(&collector, by_w3c, "00f067aa0ba902b7").await;

        let by_jaeger = "5af7183fb1d4cf5f6b1a2c3d4e5f6071";
        let caller = format!("{by_jaeger}:53ce929d0e0e4736:0:1");
        api.post("/tasks", &json!({"title": "Traced by Jaeger"}))
            .header("uber-trace-id", &caller)
            .send()
            .await
            .expect(201);
        whole(&collector, by_jaeger, "53ce929d0e0e4736").await;

        let answer = api.post("/tasks", &json!({"title": "Traced by ourselves"})).send().await.expect(201);
        let own = answer.header("x-trace-id");
        assert_eq!(own.len(), 32, "an answer tells its trace");
        whole(&collector, own, "").await;
    }
}

/// Waits until the trace has all parts, and checks that they hang together below the caller's span.
async fn whole(collector: &Collector, trace_id: &str, caller: &str) {
    let spans = wait::until("the trace is whole", Duration::from_secs(30), async || {
        let spans = collector.trace(trace_id);
        let missing: Vec<&str> =
            PARTS.into_iter().filter(|part| !spans.iter().any(|span| span.name == *part)).collect();
        let seen: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
        if missing.is_empty() { Ok(spans) } else { Err(format!("no {missing:?} among {seen:?}")) }
    })
    .await;
    let ids: BTreeSet<&str> = spans.iter().map(|span| span.span_id.as_str()).chain([caller]).collect();
    let loose: Vec<&Span> = spans.iter().filter(|span| !ids.contains(span.parent_id.as_str())).collect();
    assert!(loose.is_empty(), "spans whose parent is not in the trace: {loose:#?}");
    assert_eq!(spans.iter().filter(|span| span.parent_id == caller).count(), 1, "one root: {spans:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_and_logs_tell_what_happens() {
    let mut system = System::start(Broker::Embedded).await;
    let api = system.api();
    let answer = api.post("/tasks", &json!({"title": "Counted"})).send().await.expect(201);
    api.get("/tasks").token(&answer.token()).send().await.expect(200);
    api.get("/tasks/none").send().await.expect(404);
    let scrape = Scrape::of(&api).await;
    assert_eq!(
        scrape.sum("http_requests_total", &["method=\"POST\"", "route=\"/tasks\"", "status=\"2xx\""]),
        Some(1.0)
    );
    assert!(scrape.sum("http_requests_total", &["status=\"4xx\""]) >= Some(1.0));
    assert!(scrape.sum("http_request_duration_seconds_count", &[]) >= Some(3.0), "{:?}", scrape.names_with("duration"));
    for part in ["projection", "kafka", "process"] {
        assert!(!scrape.names_with(part).is_empty(), "metrics of {part}");
    }

    // Those that are looked at from time to time.
    for name in ["tasklog_projection_lag_seconds", "tasklog_timers_late_seconds", "postgres_pool_connections_max"] {
        wait::until(&format!("there is {name}"), Duration::from_secs(60), async || {
            Scrape::of(&api).await.sum(name, &[]).ok_or_else(|| "not yet".to_owned())
        })
        .await;
    }

    // Not in a terminal: one JSON object a line.
    system.tasklog.stop().await;
    let output = system.tasklog.output();
    let logged: Vec<Value> = output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(!logged.is_empty(), "no line of JSON among:\n{output}");
    for line in &logged {
        assert!(line["severity"].is_string() && line["timestamp"].is_string(), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_a_request_carries_its_trace_without_any_collector() {
    // The driver of the database logs what it is asked, within the request that asks. Tasks would come from memory.
    let variables = [("LOG_FORMAT", "json"), ("RUST_LOG", "warn,sqlx::query=debug")];
    let mut system = System::start_with(Broker::Embedded, &variables).await;
    for format in ["json", "pretty"] {
        if format == "pretty" {
            system.tasklog.set("LOG_FORMAT", format);
            system.restart().await;
        }
        let trace = uuid::Uuid::new_v4().simple().to_string();
        let caller = format!("00-{trace}-00f067aa0ba902b7-01");
        let answer = system.api().get("/reminders?limit=1").header("traceparent", &caller).send().await.expect(200);
        assert_eq!(answer.header("x-trace-id"), trace);
        let output = system.tasklog.output();
        let line = output.lines().find(|line| line.contains(&trace)).unwrap_or_else(|| panic!("{format}:\n{output}"));
        match format {
            "json" => {
                let line: Value = serde_json::from_str(line).unwrap();
                assert_eq!((&line["trace_id"], &line["http.route"]), (&json!(trace), &json!("/reminders")), "{line}");
            }
            _ => assert!(line.ends_with(&format!(" trace_id={trace}")), "{line}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_its_time_is_counted_once_in_a_process_with_all_the_managers() {
    let variables = [("LOG_FORMAT", "json"), ("RUST_LOG", "warn,sqlx::query=debug")];
    let system = System::start_with(Broker::Embedded, &variables).await;
    let asked = || -> Vec<DateTime<FixedOffset>> {
        let output = system.tasklog.output();
        let counts =
            output.lines().filter(|line| line.contains("tasklog_process.series WHERE fires_at IS NOT NULL ORDER BY"));
        let lines = counts.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.map(|line| DateTime::parse_from_rfc3339(line["timestamp"].as_str().unwrap()).unwrap()).collect()
    };
    wait::until("they are counted", Duration::from_secs(60), async || {
        if asked().is_empty() { Err("not yet".to_owned()) } else { Ok(()) }
    })
    .await;
    // Whoever was started beside that one counts at nearly the same time.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = asked();
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] > TimeDelta::seconds(3)), "{asked:?}");
}
