//! Random requests to every route: whatever comes in, an answer goes out, and never "our fault".

mod plausible;
mod values;

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use tests::http::Api;
use tests::system::{Broker, System};

use plausible::plausible;
use values::{json_value, text};

/// Requests to each operation.
const REQUESTS: usize = 60;
/// Of so many requests to a write, one has a body without any plan; the others have fields that the write knows.
const ONE_WITHOUT_PLAN: usize = 3;
/// No answer within this is a hang; it is longer than the server's own deadline.
const HANGS_AFTER: Duration = Duration::from_secs(15);

fn object() -> impl Strategy<Value = Value> {
    proptest::collection::btree_map(text(), json_value(), 0..8).prop_map(|map| {
        let mut object: serde_json::Map<String, Value> = map.into_iter().collect();
        object.entry("title").or_insert_with(|| json!("Random"));
        Value::Object(object)
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        5 => object().prop_map(|value| value.to_string().into_bytes()),
        2 => json_value().prop_map(|value| value.to_string().into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn query() -> impl Strategy<Value = String> {
    let pair = (text(), text()).prop_map(|(name, value)| format!("{}={}", percent(&name), percent(&value)));
    prop_oneof![
        6 => proptest::collection::vec(pair, 0..5).prop_map(|pairs| pairs.join("&")),
        1 => "[!$-;=?-Z_a-z~%&]{0,60}",
    ]
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = [
        "if-match",
        "idempotency-key",
        "consistency-token",
        "prefer",
        "last-event-id",
        "accept",
        "traceparent",
        "uber-trace-id",
    ];
    let values = prop_oneof![
        Just("\"1\"".to_owned()),
        Just("task-events/0@1".to_owned()),
        Just("wait=1, handling=lenient".to_owned()),
        "[ -~]{0,60}",
    ];
    proptest::collection::vec((proptest::sample::select(names.to_vec()).prop_map(str::to_owned), values), 0..3)
}

#[derive(Debug)]
struct Random {
    path_text: String,
    query: String,
    body: Vec<u8>,
    media_type: String,
    headers: Vec<(String, String)>,
}

fn random() -> impl Strategy<Value = Random> {
    let media_types =
        ["application/json", "application/json", "application/merge-patch+json", "application/x-ndjson", "text/plain"];
    (text(), query(), body(), proptest::sample::select(media_types.to_vec()), headers()).prop_map(
        |(path_text, query, body, media_type, headers)| Random {
            path_text,
            query,
            body,
            media_type: media_type.to_owned(),
            headers,
        },
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_requests_to_every_route_never_find_a_fault_of_ours() {
    let mut system = System::start(Broker::Embedded).await;
    let api = system.api();
    let (task, _) = api.create(&json!({"title": "For the paths", "due_date": "2026-12-01"})).await;
    let rule = json!({"rrule": "FREQ=DAILY"});
    let (daily, _) =
        api.create(&json!({"title": "To skip", "due_date": "2026-12-01", "recurrence_pattern": rule})).await;
    let of_task = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let reminder = api.post(&of_task, &json!({"before_due": "PT5M"})).send().await.expect(201).json();
    api.post("/filters", &json!({"name": "mine", "query": {"status": ["pending"]}})).send().await.expect(201);
    let document = api.get("/openapi.json").send().await.expect(200).json();

    // Repeatable: the same requests on every run.
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let strategy = random();
    let mut faults = Vec::new();
    for (method, template) in operations(&document) {
        let id = match &template {
            template if template.starts_with("/reminders") => reminder["id"].clone(),
            template if template.starts_with("/projections") => "reminders".into(),
            template if template.starts_with("/filters") => "mine".into(),
            template if template.ends_with("/skip") => daily["id"].clone(),
            _ => task["id"].clone(),
        };
        let call = format!("{method} {template}");
        let plausible = plausible(&call);
        let mut accepted = 0;
        for number in 0..REQUESTS {
            let mut random = strategy.new_tree(&mut runner).unwrap().current();
            let plausible = plausible.new_tree(&mut runner).unwrap().current();
            if method != Method::GET {
                random = at_the_handler(random, number, &call, &plausible);
            }
            // Mostly the id of something that is there.
            let segment = if number % 4 == 0 { percent(&random.path_text) } else { id.as_str().unwrap().to_owned() };
            let path = template
                .split('/')
                .map(|part| if part.starts_with('{') { segment.as_str() } else { part })
                .collect::<Vec<_>>()
                .join("/");
            match ask(&api, &method, &path, &random).await {
                Ok(status) => accepted += usize::from(status < 300),
                Err(fault) => faults.push(format!("{call}: {fault}: {random:?}")),
            }
        }
        // Else a write's own work was never reached.
        let nothing_to_do = template.starts_with("/dead-letters")
            || template.ends_with("/rollback")
            || (template.ends_with("/rebuild") && method == Method::DELETE);
        assert!(accepted > 0 || method == Method::GET || nothing_to_do, "{call}: all {REQUESTS} requests are refused");
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults[..faults.len().min(10)].join("\n"));
    api.get("/readyz").send().await.expect(200);
    api.create(&json!({"title": "Alive"})).await;
    let output = system.tasklog.output();
    assert!(!output.contains("panicked"), "a panic:\n{}", system.tasklog.running().output_end());
}

/// The operations of the document, those that delete last: what is asked of a thing that is gone finds nothing.
fn operations(document: &Value) -> Vec<(Method, String)> {
    let mut operations = Vec::new();
    for (template, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys();
        let methods = methods.filter_map(|method| Method::from_bytes(method.to_uppercase().as_bytes()).ok());
        operations.extend(methods.map(|method| (method, template.clone())));
    }
    // A task after its reminders, which are found by it.
    operations.sort_by_key(|(method, template)| (method == Method::DELETE, template.starts_with("/tasks")));
    operations
}

/// The request to a write, made so that it mostly comes as far as the write's own work: few parameters, as hardly a
/// write takes one, and in two of three requests a body with fields that it knows.
fn at_the_handler(mut random: Random, number: usize, call: &str, plausible: &Value) -> Random {
    if !number.is_multiple_of(5) {
        random.query.clear();
    }
    if call == "PATCH /tasks/{id}" && number % 5 == 1 {
        "occurrences=this".clone_into(&mut random.query);
    }
    if !number.is_multiple_of(ONE_WITHOUT_PLAN) {
        random.body = plausible.to_string().into_bytes();
        let media_type = if call.ends_with("import") { "application/x-ndjson" } else { "application/json" };
        media_type.clone_into(&mut random.media_type);
        random.headers.retain(|(name, _)| name != "if-match" && name != "idempotency-key");
        if call.ends_with("restore") || call.ends_with("undo") {
            random.body.clear();
        }
    }
    random
}

/// The status of an answer that is in order.
async fn ask(api: &Api, method: &Method, path: &str, random: &Random) -> Result<u16, String> {
    let mut call = api.call(method.clone(), &format!("{path}?{}", random.query));
    if method != Method::GET {
        call = call.body(&random.media_type, random.body.clone());
    }
    for (name, value) in &random.headers {
        call = call.header(name, value);
    }
    // Only the head: an event stream has no end.
    let response = tokio::time::timeout(HANGS_AFTER, call.open()).await.map_err(|_| "a hang".to_owned())?;
    let response = response.map_err(|error| format!("no answer: {error:?}"))?;
    let status = response.status().as_u16();
    // A token from the future is answered 503 when the patience is over; nothing else is out of order here.
    let behind =
        status == 503 && random.headers.iter().any(|(name, _)| name == "consistency-token" || name == "last-event-id");
    if status >= 500 && !behind {
        return Err(format!("{status} {}", response.text().await.unwrap_or_default()));
    }
    if status >= 400 {
        let media_type =
            response.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if media_type != "application/problem+json" {
            return Err(format!("{status} as {media_type:?}"));
        }
    }
    Ok(status)
}
