//! Everything is rebuilt while people work.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::routing::get;
use axum::{Json, Router};
use reqwest::Method;
use serde_json::{Value, json};
use tests::http::Api;
use tests::system::{Broker, System};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Writers and readers, each with a pause between two rounds.
const CLIENTS: usize = 16;
const PAUSE: Duration = Duration::from_millis(25);
const TASKS_BEFORE: usize = 2_000;

/// The long form, `REBUILD_UNDER=500`: more clients and more tasks, and then they write and read at least so often a second, from the first
/// rebuild to the end of the last one.
const CLIENTS_MANY: usize = 96;
const TASKS_MANY: usize = 20_000;
/// What one round of a client is.
const ROUND_WRITES: usize = 2;
const ROUND_READS: usize = 4;

const PROJECTIONS: [&str; 5] = ["tasks", "history", "reminders", "completed", "search"];

/// Writes, and reads every write with its token from a view of each kind, until told to stop. Gives how often.
async fn work(api: &Api, number: usize, stop: &watch::Sender<bool>) -> usize {
    let mut written = 0;
    while !*stop.borrow() {
        let word = format!("c{number}n{written}");
        let (task, token) = api.create(&json!({"title": format!("While rebuilt {word}")})).await;
        let id = task["id"].as_str().unwrap();
        let done = api.patch(&format!("/tasks/{id}"), &json!({"status": "completed"})).send().await.expect(200);
        let token = tests::http::merged(&[token, done.token()]);
        let get = async |path: &str| api.get(path).token(&token).send().await.expect(200).json();
        assert_eq!(get(&format!("/tasks/{id}")).await["version"], 2);
        assert_eq!(get(&format!("/tasks/{id}/history")).await["items"].as_array().unwrap().len(), 2);
        assert_eq!(get(&format!("/tasks?q={word}")).await["items"][0]["version"], 2);
        let counted = get("/stats/completed").await["items"].as_array().unwrap().last().cloned().unwrap_or_default();
        assert!(counted["count"].as_u64().unwrap_or_default() > written as u64, "{counted}");
        written += 1;
        tokio::time::sleep(PAUSE).await;
    }
    written
}

async fn projection(api: &Api, name: &str) -> Value {
    let page = api.get("/projections").send().await.expect(200).json();
    page["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap().clone()
}

/// Rebuilds one projection over the API and waits until the new generation serves.
async fn rebuild(api: &Api, name: &str) {
    let before = projection(api, name).await;
    api.call(Method::POST, &format!("/projections/{name}/rebuild")).send().await.expect(202);
    until_newer(api, name, &before).await;
}

/// Waits until a newer generation serves than in `before`.
async fn until_newer(api: &Api, name: &str, before: &Value) {
    tests::wait::until("a new generation serves", Duration::from_secs(120), async || {
        let now = projection(api, name).await;
        if now["generation"].as_u64() > before["generation"].as_u64() { Ok(()) } else { Err(now.to_string()) }
    })
    .await;
}

/// Imports `count` tasks, none of which another `batch` has.
async fn import(api: &Api, batch: usize, count: usize) {
    let lines: String = (0..count).map(|n| format!("{{\"title\":\"before {batch} {n}\"}}\n")).collect();
    let import = api.call(Method::POST, "/tasks/import").body("application/x-ndjson", lines.into_bytes());
    import.send().await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_writes_and_reads_every_projection_is_rebuilt_and_no_request_fails_or_is_stale() {
    let system = System::start(Broker::RealKafka).await;
    let api = system.api();
    let least = std::env::var("REBUILD_UNDER").ok().and_then(|least| least.parse::<f64>().ok());
    let (clients, tasks) = if least.is_some() { (CLIENTS_MANY, TASKS_MANY) } else { (CLIENTS, TASKS_BEFORE) };
    for batch in 0..tasks / 500 {
        import(&api, batch, 500).await;
    }
    let stop = watch::Sender::new(false);
    let rebuilding = async {
        for name in PROJECTIONS {
            rebuild(&api, name).await;
        }
        stop.send_replace(true);
    };
    let started = Instant::now();
    let clients = (0..clients).map(|number| work(&api, number, &stop));
    let (written, ()) = tokio::join!(futures::future::join_all(clients), rebuilding);
    assert!(written.iter().all(|count| *count > 0), "{written:?}");
    let rounds = written.iter().sum::<usize>() as f64 / started.elapsed().as_secs_f64();
    let [writes, reads] = [ROUND_WRITES, ROUND_READS].map(|calls| calls as f64 * rounds);
    assert!(least.is_none_or(|least| writes.min(reads) >= least), "{writes:.0} writes, {reads:.0} reads a second");
    let before = crate::dump::views(&system);
    crate::dump::rebuild_online(&system);
    assert!(before == crate::dump::views(&system), "the views equal another rebuild");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_was_killed_goes_on_with_the_next_start() {
    let mut system = System::start(Broker::RealKafka).await;
    let api = system.api();
    for batch in 0..20 {
        import(&api, batch, 1_000).await;
    }
    let before = projection(&api, "tasks").await;
    api.call(Method::POST, "/projections/tasks/rebuild").send().await.expect(202);
    system.tasklog.kill().await;
    system.tasklog.start().await;
    let api = system.api();
    until_newer(&api, "tasks", &before).await;
    let stored = projection(&api, "tasks").await["generations"].clone();
    let serving = stored.as_array().unwrap().iter().find(|one| one["role"] == "serving").unwrap();
    assert_eq!((&serving["compared"], &serving["differences"]), (&json!(20_000), &json!(0)), "{stored}");
}

/// A server whose `GET /projections` answers each of these in turn, and then the last one for ever.
async fn telling(answers: Vec<Value>) -> String {
    let left = Arc::new(Mutex::new(answers));
    let tell = move || {
        let mut left = left.lock().unwrap();
        let answer = if left.len() > 1 { left.remove(0) } else { left[0].clone() };
        async move { Json(answer) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/projections", get(tell));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_a_rebuild_of_the_search_index_that_fails_is_told_why_each_reason_once() {
    let system = System::start(Broker::Embedded).await;
    let search = |generation: u64, failed: Option<&str>| {
        let rebuild = json!({"read": 0, "total": 9, "failed": failed});
        json!({"items": [{"name": "search", "generation": generation, "rebuild": rebuild}]})
    };
    let (room, disk) = (Some("no room is left"), Some("the disk is gone"));
    let answers = [search(1, None), search(1, room), search(1, room), search(1, disk), search(2, None)];
    let mut command = system.tasklog.command();
    command.env("TASKLOG_URL", telling(answers.into()).await);
    let output = command.args(["rebuild", "search"]).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for reason in [room, disk].into_iter().flatten() {
        assert_eq!(said.matches(reason).count(), 1, "{said}");
    }
}
