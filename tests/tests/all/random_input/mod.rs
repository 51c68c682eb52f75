//! Random requests to every route: whatever comes in, an answer goes out, and never "our fault".

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use tests::http::Api;
use tests::system::{Broker, System};

/// Requests to each operation.
const REQUESTS: usize = 60;
/// Of so many requests to a write, one has a body without any plan; the others have fields that the write knows.
const ONE_WITHOUT_PLAN: usize = 3;
/// No answer within this is a hang; it is longer than the server's own deadline.
const HANGS_AFTER: Duration = Duration::from_secs(15);

/// Words that readers of our API look for, so that random requests get past the first check.
const WORDS: [&str; 40] = [
    "title",
    "description",
    "status",
    "priority",
    "tags",
    "due_date",
    "due_at",
    "time_zone",
    "recurrence_pattern",
    "parent_id",
    "rank",
    "rrule",
    "from",
    "generate",
    "missed",
    "remind_at",
    "before_due",
    "for",
    "until",
    "pending",
    "completed",
    "high",
    "UTC",
    "Europe/Berlin",
    "2026-12-01",
    "2026-12-01T09:00:00",
    "PT30M",
    "FREQ=DAILY",
    "q",
    "tag",
    "sort",
    "limit",
    "cursor",
    "due_from",
    "overdue",
    "total",
    "filter",
    "mine",
    "occurrences",
    "this",
];

/// The task that a create with the key `k1` makes, and one that is nowhere.
const PARENTS: [&str; 2] = ["b7bbc4d3-7a79-52a5-a3d0-adcee93f0c22", "01890000-0000-7000-8000-000000000000"];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => "[ -~]{0,40}",
        1 => Just("\u{0}".to_owned()),
        1 => Just("\"(*:~^-+AND OR NOT [a TO b] \\".to_owned()),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    proptest::collection::btree_map(text(), json_value(), 0..8).prop_map(|map| {
        let mut object: serde_json::Map<String, Value> = map.into_iter().collect();
        object.entry("title").or_insert_with(|| json!("Random"));
        Value::Object(object)
    })
}

/// An object with known fields, each with a value that it might have, or a wrong one now and then. What of it belongs
/// together is left to chance, so some of these are accepted.
fn plausible(call: &str) -> BoxedStrategy<Value> {
    if call == "POST /tasks/bulk" {
        let operations = proptest::collection::vec(operation(), 1..6);
        return operations.prop_map(|operations| json!({"operations": operations})).boxed();
    }
    if call.starts_with("POST /tasks/quick") {
        let texts =
            ["pay rent every month on the 1st 9am #home !high", "x", "call Ann tomorrow remind me 1 hour before"];
        return one_of(&texts).prop_map(|text| json!({"text": text})).boxed();
    }
    if call == "POST /tags/{tag}/rename" {
        return one_of(&["home", "work", " work", ""]).prop_map(|to| json!({"to": to})).boxed();
    }
    if call == "PUT /notification-settings" {
        let targets = ["ann@example.com", "nobody", "https://example.com/hook", "http://127.0.0.1/hook"];
        return proptest::collection::vec(one_of(&targets).prop_map(channel), 0..4)
            .prop_map(|channels| json!({"channels": channels}))
            .boxed();
    }
    if call.ends_with("/filters") || call.ends_with("/filters/{id}") {
        return filter(call.starts_with("POST"));
    }
    let (date, zone) = (["2090-12-01", "2091-02-28", "2026-02-30"], ["UTC", "Europe/Berlin", "Asia/Tokyo", "Nowhere"]);
    let wall = ["2090-12-01T09:00:00", "2090-03-26T02:30:00", "2090-12-01"];
    if call == "POST /recurrences/preview" {
        let day = one_of(&date).prop_map(|date| json!({"due_date": date}));
        let at = (one_of(&wall), one_of(&zone)).prop_map(|(at, zone)| json!({"due_at": at, "time_zone": zone}));
        let previewed = |(pattern, mut body): (Value, Value)| {
            body["recurrence_pattern"] = pattern;
            body
        };
        return (recurrence(), prop_oneof![day, at]).prop_map(previewed).boxed();
    }
    let length = ["PT30M", "P1D", "PT0S", "P400D"];
    let fields: Vec<(&'static str, BoxedStrategy<Value>)> = match call {
        "POST /tasks" | "PATCH /tasks/{id}" | "POST /tasks/import" => vec![
            ("title", prop_oneof!["[a-zäöü ]{1,20}x", any::<String>()].prop_map(Value::from).boxed()),
            ("description", any::<String>().prop_map(Value::from).boxed()),
            ("status", one_of(&["pending", "in_progress", "completed", "cancelled", "done"])),
            ("priority", one_of(&["none", "low", "medium", "high", "urgent", "hot"])),
            ("tags", proptest::collection::vec("[a-c]{1,2}", 0..3).prop_map(Value::from).boxed()),
            ("due_date", one_of(&date)),
            ("due_at", one_of(&wall)),
            ("time_zone", one_of(&zone)),
            ("recurrence_pattern", recurrence()),
            ("parent_id", one_of(&PARENTS)),
            ("rank", one_of(&["a0", "Zz", "a b", ""])),
        ],
        "POST /reminders/{id}/snooze" => {
            vec![("for", one_of(&length)), ("until", one_of(&wall)), ("time_zone", one_of(&zone))]
        }
        _ => vec![("before_due", one_of(&length)), ("remind_at", one_of(&wall)), ("time_zone", one_of(&zone))],
    };
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let needed = call.ends_with("tasks") || call.ends_with("import");
    // Few of many fields, so that what is wrong with one does not hide the others.
    let share = if names.len() > 3 { 0.3 } else { 0.5 };
    let given = proptest::collection::vec(proptest::bool::weighted(share), names.len());
    (values, given)
        .prop_map(move |(values, given)| {
            let fields = names.iter().zip(values).zip(given);
            let given = fields.filter(|((name, _), given)| *given || needed && **name == "title");
            Value::Object(given.map(|((name, value), _)| ((*name).to_owned(), value)).collect())
        })
        .boxed()
}

/// One operation of a bulk request, on a task that such operations make or on one that is nowhere.
fn operation() -> impl Strategy<Value = Value> {
    let ops = ["create", "create", "update", "delete", "restore", "skip", "undo", "complete"];
    let ids = PARENTS;
    let occurrences = proptest::option::of(one_of(&["this", "following"]));
    let options = (proptest::option::of(1..4_u64), proptest::option::of(Just("k1")), occurrences);
    (one_of(&ops), one_of(&ids), plausible("POST /tasks"), plausible("PATCH /tasks/{id}"), options).prop_map(
        |(op, id, task, patch, (if_match, key, occurrences))| {
            let mut operation = json!({"op": op});
            if op == "create" {
                operation["task"] = task;
            } else {
                operation["id"] = id;
            }
            if op == "update" {
                operation["patch"] = patch;
                if let Some(occurrences) = occurrences {
                    operation["occurrences"] = occurrences;
                }
            }
            if let Some(version) = if_match {
                operation["if_match"] = json!(version);
            }
            if let Some(key) = key {
                operation["idempotency_key"] = json!(key);
            }
            operation
        },
    )
}

/// A filter, or a change of one that leaves its name as it is, so that the next request finds it.
fn filter(named: bool) -> BoxedStrategy<Value> {
    let list = |words: &[&'static str]| proptest::collection::vec(one_of(words), 0..3).prop_map(Value::from).boxed();
    let parameters: Vec<(&'static str, BoxedStrategy<Value>)> = vec![
        ("q", one_of(&["milk", "tag:home", "due:broken"])),
        ("status", list(&["pending", "completed", "done"])),
        ("priority", list(&["high", "hot"])),
        ("tag", list(&["home", "work"])),
        ("due_from", one_of(&["2026-12-01", "2026-02-30"])),
        ("overdue", prop_oneof![3 => any::<bool>().prop_map(Value::from), 1 => json_value()].boxed()),
        ("due", one_of(&["none", "any", "soon"])),
        ("sort", one_of(&["due", "-title", "relevance"])),
    ];
    let (names, values): (Vec<_>, Vec<_>) = parameters.into_iter().unzip();
    let given = proptest::collection::vec(proptest::bool::weighted(0.3), names.len());
    ("[a-z/ ]{0,8}x", values, given)
        .prop_map(move |(name, values, given)| {
            let all = names.iter().zip(values).zip(given).filter(|(_, given)| *given);
            let query: serde_json::Map<String, Value> =
                all.map(|((name, value), _)| ((*name).to_owned(), value)).collect();
            if named { json!({"name": name, "query": query}) } else { json!({"query": query}) }
        })
        .boxed()
}

fn channel(target: Value) -> Value {
    match target.as_str() {
        Some(url) if url.starts_with("http") => {
            json!({"type": "webhook", "url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
        }
        _ => json!({"type": "email", "address": target}),
    }
}

/// One of the words, or `null`, or anything at all.
fn one_of(words: &[&'static str]) -> BoxedStrategy<Value> {
    prop_oneof![
        12 => proptest::sample::select(words.to_vec()).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => json_value(),
    ]
    .boxed()
}

fn recurrence() -> BoxedStrategy<Value> {
    let rules =
        ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=HOURLY", "FREQ=WEEKLY;BYDAY=2MO"];
    (one_of(&rules), proptest::option::of(one_of(&["due", "completion"])))
        .prop_map(|(rrule, from)| match from {
            Some(from) => json!({"rrule": rrule, "from": from}),
            None => json!({"rrule": rrule}),
        })
        .boxed()
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
