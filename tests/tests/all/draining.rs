//! What SIGTERM does to those who come right after it: without `DRAIN_SECONDS` they are refused, with it they are served.

use std::time::Duration;

use reqwest::Error;
use serde_json::json;
use tests::process::Signal;
use tests::system::{Broker, System};
use tests::tasklog::Tasklog;
use tests::wait::until;

const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than any test: what ends the wait is the second signal.
const DRAIN_SECONDS: &str = "3600";

/// The status that somebody is answered who comes by a connection of its own.
async fn create(tasklog: &Tasklog) -> Result<u16, Error> {
    let call = tasklog.api().post("/tasks", &json!({"title": "Right after SIGTERM"}));
    Ok(call.try_send().await?.status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_drain_whoever_comes_after_sigterm_is_refused() {
    let mut system = System::start(Broker::Embedded).await;
    system.tasklog.running().signal(Signal::TERM);
    until("nobody is let in any more", PATIENCE, async || match create(&system.tasklog).await {
        Err(error) if error.is_connect() => Ok(()),
        answer => Err(format!("{answer:?}")),
    })
    .await;
    let (status, output) = system.tasklog.ended(PATIENCE).await;
    assert!(status.success(), "{output}");
    assert!(create(&system.tasklog).await.is_err_and(|error| error.is_connect()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_drain_it_is_not_ready_and_serves_whoever_comes_until_it_is_over() {
    let mut system = System::start_with(Broker::Embedded, &[("DRAIN_SECONDS", DRAIN_SECONDS)]).await;
    system.tasklog.running().signal(Signal::TERM);
    until("it says that it is to end", PATIENCE, async || {
        let answer = system.api().get("/readyz").send().await;
        let says_so = answer.status == 503 && answer.json()["components"]["process"] == "shutting down";
        if says_so { Ok(()) } else { Err(answer.text()) }
    })
    .await;
    assert_eq!(create(&system.tasklog).await.ok(), Some(201));
    system.api().get("/tasks").send().await.expect(200);
    assert_eq!(system.tasklog.running().exit_status(), None);
    // Whoever does not want to wait says so again.
    system.tasklog.running().signal(Signal::TERM);
    let (status, output) = system.tasklog.ended(PATIENCE).await;
    assert!(status.success(), "{output}");
    assert!(create(&system.tasklog).await.is_err_and(|error| error.is_connect()));
}
