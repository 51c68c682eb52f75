//! The published contract is the served one.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::http::Api;
use tests::system::{Broker, System};

/// Every call of the design.
const CALLS: [&str; 55] = [
    "POST /tasks",
    "GET /tasks",
    "GET /tasks.ics",
    "GET /tasks/export",
    "POST /tasks/import",
    "POST /tasks/bulk",
    "GET /tasks/{id}",
    "PATCH /tasks/{id}",
    "DELETE /tasks/{id}",
    "POST /tasks/{id}/restore",
    "POST /tasks/{id}/undo",
    "GET /tasks/{id}/history",
    "GET /tasks/{id}/subtasks",
    "POST /tasks/{id}/reminders",
    "GET /tasks/{id}/reminders",
    "GET /reminders",
    "GET /reminders/{id}",
    "PATCH /reminders/{id}",
    "DELETE /reminders/{id}",
    "POST /reminders/{id}/snooze",
    "GET /events",
    "GET /tags",
    "GET /stats/completed",
    "GET /projections",
    "POST /projections/{id}/rebuild",
    "DELETE /projections/{id}/rebuild",
    "POST /projections/{id}/rollback",
    "GET /dead-letters",
    "DELETE /dead-letters/{id}",
    "POST /dead-letters/{id}/retry",
    "POST /cron/recurrence",
    "POST /cron/reminders",
    "POST /tasks/{id}/skip",
    "POST /tasks/quick",
    "POST /tasks/quick/parse",
    "POST /recurrences/preview",
    "GET /notification-settings",
    "PUT /notification-settings",
    "GET /reminders/{id}/deliveries",
    "GET /deliveries",
    "GET /timers",
    "GET /page-settings",
    "POST /tags/{id}/rename",
    "GET /tag-renames",
    "GET /tag-renames/{id}",
    "GET /livez",
    "GET /readyz",
    "GET /metrics",
    "GET /openapi.json",
    "GET /docs",
    "GET /filters",
    "POST /filters",
    "GET /filters/{id}",
    "PATCH /filters/{id}",
    "DELETE /filters/{id}",
];
/// Served, and not part of the document: the document itself and the page that shows it.
const ABOUT_THE_DOCUMENT: [&str; 2] = ["GET /openapi.json", "GET /docs"];

async fn document(api: &Api) -> Value {
    api.get("/openapi.json").send().await.expect(200).json()
}

/// `METHOD /path` of each operation, parameters named as in [`CALLS`].
fn operations(document: &Value) -> Vec<(String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let segments: Vec<&str> =
                path.split('/').map(|segment| if segment.starts_with('{') { "{id}" } else { segment }).collect();
            if ["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                operations.push((format!("{} {}", method.to_uppercase(), segments.join("/")), operation.clone()));
            }
        }
    }
    operations
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_lists_exactly_the_served_calls() {
    let system = System::start(Broker::Embedded).await;
    let api = system.api();
    let document = document(&api).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let listed: BTreeSet<String> = operations(&document).into_iter().map(|(call, _)| call).collect();
    let expected: BTreeSet<String> =
        CALLS.iter().filter(|call| !ABOUT_THE_DOCUMENT.contains(call)).map(|call| (*call).to_owned()).collect();
    let undocumented: Vec<&String> = expected.difference(&listed).collect();
    let unexpected: Vec<&String> = listed.difference(&expected).collect();
    assert!(
        undocumented.is_empty() && unexpected.is_empty(),
        "not in the document: {undocumented:?}; not in the design: {unexpected:?}"
    );

    for (call, operation) in operations(&document).iter().filter(|(call, _)| call.starts_with("PATCH ")) {
        let types: Vec<&String> = operation["requestBody"]["content"].as_object().unwrap().keys().collect();
        assert_eq!(types, ["application/merge-patch+json"], "{call}");
    }

    // Served or not, whatever the document says.
    let (task, _) = api.create(&json!({"title": "For the paths"})).await;
    for call in CALLS {
        let (method, path) = call.split_once(' ').unwrap();
        let path = path.replace("{id}", task["id"].as_str().unwrap());
        let response = api.call(Method::from_bytes(method.as_bytes()).unwrap(), &path).open().await.unwrap();
        let status = response.status().as_u16();
        assert_ne!(status, 405, "{call} is served");
        // A resource that is not there says so by its name; only a path that is not there says "path".
        if status == 404 {
            let text = response.text().await.unwrap();
            assert!(!text.contains("there is no path"), "{call} is served: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_in_the_repository_is_the_served_one() {
    let system = System::start(Broker::Embedded).await;
    let file = tests::root().join("schemas/openapi.json");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("schemas/openapi.json")).unwrap();
    let served = document(&system.api()).await;
    assert!(written == served, "run `make schemas` and review the change");
    let printed: Value = serde_json::from_str(&system.tasklog.run_well(&["openapi"])).unwrap();
    assert!(printed == served, "`tasklog openapi` prints another document than is served");
}

/// What each operation is called with to succeed; those that are not here are called with nothing.
fn good_body(call: &str) -> Option<Value> {
    Some(match call {
        "POST /tasks" => json!({"title": "Good"}),
        // One is refused, so that a problem is among the results.
        "POST /tasks/bulk" => {
            json!({"operations": [{"op": "create", "task": {"title": "Good"}}, {"op": "complete"}]})
        }
        "PATCH /tasks/{id}" => json!({"title": "Better"}),
        "POST /tasks/{id}/reminders" => {
            json!({"remind_at": "2090-01-01T08:00:00", "time_zone": "UTC"})
        }
        "PATCH /reminders/{id}" => json!({"time_zone": "Europe/Berlin"}),
        "POST /reminders/{id}/snooze" => json!({"for": "PT5M"}),
        "POST /tasks/quick" | "POST /tasks/quick/parse" => {
            json!({"text": "pay rent every month on the 1st 9am #home !high"})
        }
        "POST /recurrences/preview" => {
            json!({"recurrence_pattern": {"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1"}, "due_date": "2026-12-31"})
        }
        "POST /tags/{id}/rename" => json!({"to": "better"}),
        "PUT /notification-settings" => json!({"channels": [{"type": "email", "address": "ann@example.com"}]}),
        "POST /filters" => json!({"name": "Good", "query": {"status": ["pending"], "overdue": true, "sort": "due"}}),
        "PATCH /filters/{id}" => json!({"query": {"tag": ["home"], "due_from": "2026-12-01"}}),
        _ => return None,
    })
}

/// Name of the filter that paths lead to.
const FILTER: &str = "mine";

async fn save_filter(api: &Api) {
    api.post("/filters", &json!({"name": FILTER, "query": {"q": "milk"}})).send().await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_served_call_answers_as_the_document_says() {
    let system = System::start(Broker::Embedded).await;
    let api = system.api();
    let document = document(&api).await;
    let pattern = json!({"rrule": "FREQ=DAILY"});
    let task = json!({"title": "For the paths", "due_date": "2090-12-01", "recurrence_pattern": pattern});
    let (task, _) = api.create(&task).await;
    let of_task = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let reminder = api.post(&of_task, &good_body("POST /tasks/{id}/reminders").unwrap()).send().await.expect(201);
    let token = reminder.token();
    let rename = api.post("/tags/for-the-paths/rename", &json!({"to": "good"})).send().await.expect(202).json();
    save_filter(&api).await;
    let mut operations = operations(&document);
    // What deletes comes last.
    operations.sort_by_key(|(call, _)| (call.starts_with("DELETE"), call.clone()));
    for (call, operation) in &operations {
        assert!(operation["summary"].is_string() || operation["description"].is_string(), "{call} is described");
        let (method, path) = call.split_once(' ').unwrap();
        let id = match path {
            path if path.starts_with("/reminders") => reminder.json()["id"].clone(),
            path if path.starts_with("/projections") => "history".into(),
            path if path.starts_with("/tag-renames") => rename["id"].clone(),
            path if path.starts_with("/filters") => FILTER.into(),
            _ => task["id"].clone(),
        };
        let path = path.replace("{id}", id.as_str().unwrap());
        let mut request = api.call(Method::from_bytes(method.as_bytes()).unwrap(), &path);
        if method == "GET" && !["/livez", "/readyz", "/metrics", "/events"].contains(&path.as_str()) {
            request = request.token(&token);
        }
        if call == "POST /tasks/import" {
            request = request.body("application/x-ndjson", b"{\"title\":\"Imported\"}\n".to_vec());
        } else if let Some(body) = good_body(call) {
            request = request.json("application/json", &body);
        }
        let response = request.open().await.unwrap();
        let status = response.status().as_u16();
        assert!(status < 300 || OF_OPERATORS.iter().any(|path| call.contains(path)), "{call} answers {status}");
        is_declared(call, operation, &document, response).await;
    }
}

/// Calls of operators, which are no commands. Whether they find something to do depends on what else there is.
const OF_OPERATORS: [&str; 2] = ["/dead-letters/", "/projections/"];

/// Writes that are no commands: they have no version and no key.
const NO_COMMANDS: [&str; 4] = ["/cron/", "/notification-settings", "/tasks/quick/parse", "/recurrences/preview"];

/// Writes that are many commands: no version is that of all.
const MANY_COMMANDS: [&str; 3] = ["POST /tasks/import", "POST /tasks/bulk", "POST /tags/{id}/rename"];

/// Headers that an answer says something with, beside those of every HTTP server.
const TELLING: [&str; 4] = ["etag", "consistency-token", "location", "retry-after"];

/// The answer is one that the document declares for the call: its status, its headers, its media type, its body.
async fn is_declared(call: &str, operation: &Value, document: &Value, response: reqwest::Response) {
    let status = response.status().as_u16();
    let declared = &operation["responses"][status.to_string()];
    assert!(declared.is_object(), "{call} answers {status}, which the document does not know");
    if call.split_once(' ').is_some_and(|(method, _)| method != "GET") {
        let names = declared["headers"].as_object().into_iter().flat_map(|headers| headers.keys());
        let names: BTreeSet<String> = names.map(|name| name.to_lowercase()).collect();
        for name in TELLING {
            let sent = response.headers().contains_key(name);
            assert_eq!(sent, names.contains(name), "{call} {status}: {name} is sent or declared, not both");
        }
    }
    let Some(content) = declared["content"].as_object() else {
        return;
    };
    let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    let media_type = media_type.split(';').next().unwrap();
    assert!(content.contains_key(media_type), "{call} answers {media_type}, which the document does not know");
    if media_type.ends_with("/json") || media_type.ends_with("+json") {
        let body: Value = response.json().await.unwrap();
        let mut schema = content[media_type]["schema"].clone();
        schema["components"] = document["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&body).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{call}: {errors:#?}");
    }
}

/// Where nothing is.
const ABSENT: &str = "01890000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_refuses_as_the_document_says() {
    let system = System::start(Broker::Embedded).await;
    let api = system.api();
    let document = document(&api).await;
    let (task, _) = api.create(&json!({"title": "For the paths"})).await;
    let of_task = format!("/tasks/{}/reminders", task["id"].as_str().unwrap());
    let reminder =
        api.post(&of_task, &good_body("POST /tasks/{id}/reminders").unwrap()).send().await.expect(201).json();
    save_filter(&api).await;
    let mut seen = BTreeSet::new();
    for (call, operation) in operations(&document) {
        let (method, template) = call.split_once(' ').unwrap();
        if method == "GET" || OF_OPERATORS.iter().any(|path| call.contains(path)) {
            continue;
        }
        let id = match template {
            template if template.starts_with("/reminders") => reminder["id"].as_str().unwrap(),
            template if template.starts_with("/filters") => FILTER,
            _ => task["id"].as_str().unwrap(),
        };
        let to = |id: &str| api.call(Method::from_bytes(method.as_bytes()).unwrap(), &template.replace("{id}", id));
        let here = |query: &str| {
            let path = format!("{}{query}", template.replace("{id}", id));
            api.call(Method::from_bytes(method.as_bytes()).unwrap(), &path)
        };
        let good = |request: tests::http::Call| match good_body(&call) {
            Some(body) => request.json("application/json", &body),
            None if call == "POST /tasks/import" => request.body("application/x-ndjson", b"{\"title\":\"x\"}".to_vec()),
            None => request,
        };
        let mut refused = vec![(400, good(here("?a=%"))), (422, good(here("?unknown=1")))];
        let is_command = !NO_COMMANDS.iter().any(|path| template.starts_with(path));
        if is_command {
            refused.push((400, good(here("")).key("")));
        }
        if is_command && !MANY_COMMANDS.contains(&call.as_str()) {
            refused.push((400, good(here("")).header("if-match", "7")));
            refused.push((412, good(here("")).if_match(7)));
        }
        // Any text may be a tag.
        if template.contains("{id}") && !template.starts_with("/tags/") {
            refused.push((404, good(to(ABSENT))));
            refused.push((404, good(to(ABSENT)).if_match(7)));
        }
        if operation["requestBody"].is_object() {
            refused.push((415, here("").body("text/plain", b"x".to_vec())));
            let media_type = if call == "POST /tasks/import" { "application/x-ndjson" } else { "application/json" };
            refused.push((413, here("").body(media_type, vec![b' '; 1_100_000])));
        }
        for (status, request) in refused {
            let response = request.open().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{call}");
            is_declared(&call, &operation, &document, response).await;
            seen.insert(status);
        }
    }
    assert_eq!(seen, [400, 404, 412, 413, 415, 422].into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_about_the_api_needs_no_other_origin() {
    let system = System::start(Broker::Embedded).await;
    let api = system.api();
    let page = api.get("/docs/").send().await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let html = page.text();
    let mut assets = 0;
    for attribute in ["src=\"", "href=\""] {
        for target in html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(!target.contains("//"), "the page loads {target}");
            if target.ends_with(".js") || target.ends_with(".css") {
                let path = format!("/docs/{}", target.trim_start_matches("./").trim_start_matches("/docs/"));
                let asset = api.get(&path).send().await.expect(200);
                assert!(asset.body.len() > 50, "{path}");
                assets += 1;
            }
        }
    }
    assert!(assets >= 3, "a page with scripts and styles: {html}");
}
