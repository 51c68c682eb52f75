//! The role `web` before another process: the page, and every call passed on.

use std::fs;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::http::Api;
use tests::otlp::Collector;
use tests::page;
use tests::prometheus::Scrape;
use tests::sse::Events;
use tests::system::{Broker, System};
use tests::tasklog::Tasklog;
use tests::wait::until;

/// Longer than the start of an upstream on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The role `web` before a system that is all the others.
pub(super) fn before(system: &System) -> Tasklog {
    let folder = system.folder().join("web");
    fs::create_dir(&folder).unwrap();
    let mut web = Tasklog::role("web", &folder);
    for variable in ["COMMAND_URL", "QUERY_URL", "PROCESS_URL"] {
        web.set(variable, &format!("http://{}", system.tasklog.address()));
    }
    web
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_gateway_passes_on_is_as_if_it_had_been_asked_itself() {
    let system = System::start(Broker::Embedded).await;
    let mut web = before(&system);
    web.set("JAEGER_UI_URL", "http://127.0.0.1:16686/");
    web.start().await;
    let api = web.api();
    page::check(&api).await;
    for (api, url) in [(&api, "http://127.0.0.1:16686"), (&system.api(), "")] {
        let settings = api.get("/page-settings").send().await.expect(200).json();
        assert_eq!(settings, json!({"jaeger_ui_url": url}), "each tells what it was told itself");
    }
    page::never_instead_of_the_api(&api).await;
    let [ours, theirs] = [&api, &system.api()].map(|api| api.get("/openapi.json"));
    assert_eq!(ours.send().await.expect(200).json(), theirs.send().await.expect(200).json());

    let mut live = Events::open(&api, None).await;
    let created = api.post("/tasks", &json!({"title": "By the gateway"})).key("once").send().await.expect(201);
    let (task, token) = (created.json(), created.token());
    let path = created.header("location").to_owned();
    assert_eq!(live.next().await.data["subject"], task["id"]);
    let again = api.post("/tasks", &json!({"title": "By the gateway"})).key("once").send().await.expect(201);
    assert_eq!(again.json(), task, "the key arrives");
    assert_eq!(api.get(&path).token(&token).send().await.expect(200).json(), task);
    assert_eq!(api.get("/tasks?q=gateway").token(&token).send().await.expect(200).json()["items"][0]["id"], task["id"]);
    let head = api.call(Method::HEAD, "/tasks").send().await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(
        api.patch(&path, &json!({"title": "x"})).if_match(7).send().await.expect(412).problem(),
        "wrong-version"
    );
    assert_eq!(api.patch("/tasks", &json!({})).send().await.expect(405).problem(), "method-not-allowed");
    api.get("/notification-settings").send().await.expect(200);
    api.call(Method::POST, "/cron/recurrence").send().await.expect(200);
    let large = vec![b' '; 1_100_000];
    let large = api.call(Method::POST, "/tasks").body("application/json", large).send().await;
    assert_eq!(large.expect(413).problem(), "payload-too-large");

    let scrape = Scrape::of(&api).await;
    assert_eq!(scrape.sum("tasklog_gateway_upstream_ready", &["upstream=\"query\""]), Some(1.0));
    assert!(scrape.sum("http_requests_total", &["method=\"POST\"", "route=\"/tasks\"", "status=\"2xx\""]) >= Some(2.0));
    // An open stream does not keep it from stopping.
    web.stop().await;
    live.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_is_killed_is_a_problem_until_it_is_back() {
    let mut system = System::start(Broker::Embedded).await;
    let mut web = before(&system);
    web.start().await;
    let api = web.api();
    let (task, _) = api.create(&json!({"title": "Before"})).await;
    let mut live = Events::open(&api, None).await;
    system.tasklog.kill().await;
    live.ended().await;
    until("the gateway says that it is not ready", PATIENCE, async || {
        let answer = api.get("/readyz").send().await;
        if answer.status == 503 { Ok(()) } else { Err(answer.text()) }
    })
    .await;
    for call in [api.get("/tasks"), api.post("/tasks", &json!({"title": "Meanwhile"}))] {
        let answer = call.send().await.expect(503);
        assert_eq!(answer.problem(), "unavailable");
        assert!(!answer.header("retry-after").is_empty());
    }
    api.get("/livez").send().await.expect(200);
    page::check(&api).await;

    system.tasklog.start().await;
    until("the gateway is ready again", PATIENCE, async || {
        let answer = api.get("/readyz").send().await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text()) }
    })
    .await;
    let (_, token) = api.create(&json!({"title": "After"})).await;
    let path = format!("/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(api.get(&path).token(&token).send().await.expect(200).json(), task);
    web.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_through_the_gateway_is_one_trace() {
    let collector = Collector::start().await;
    let exporter = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    let system = System::start_with(Broker::Embedded, &[exporter]).await;
    let mut web = before(&system);
    web.set(exporter.0, exporter.1);
    web.start().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = |api: Api| api.post("/tasks", &json!({"title": "Traced"}));
    let caller = format!("00-{trace}-00f067aa0ba902b7-01");
    let answer = traced(web.api()).header("traceparent", &caller).send().await.expect(201);
    assert_eq!(answer.header("x-trace-id"), trace);
    until("both processes have sent their spans", PATIENCE, async || {
        let spans = collector.trace(trace);
        let requests: Vec<_> = spans.iter().filter(|span| span.name == "POST /tasks").collect();
        let gateway = requests.iter().find(|span| span.parent_id == "00f067aa0ba902b7");
        let below = gateway.is_some_and(|gateway| requests.iter().any(|span| span.parent_id == gateway.span_id));
        if below { Ok(()) } else { Err(format!("{spans:#?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_nobody_named_is_one_clear_line() {
    let folder = tests::system::folder();
    let mut web = Tasklog::role("web", folder.path());
    web.set("COMMAND_URL", "http://127.0.0.1:1");
    web.launch();
    let (status, output) = web.ended(PATIENCE).await;
    assert!(!status.success());
    assert_eq!(output.lines().filter(|line| !line.trim().is_empty()).count(), 1, "{output}");
    assert!(output.contains("QUERY_URL"), "{output}");
}
