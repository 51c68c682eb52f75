//! Kafka goes away for ten seconds while people read and write.

use std::time::Duration;

use serde_json::json;
use tests::http::Api;
use tests::system::{Broker, System};

use super::load::Load;

const OUTAGE: Duration = Duration::from_secs(10);
/// The server's own limit on a request, and something for a busy machine.
const DEADLINE: Duration = Duration::from_secs(12);
const RECOVERS_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_dies_and_comes_back_costs_only_503s() {
    let mut system = System::start(Broker::RealKafka).await;
    outage(&mut system, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_freezes_and_thaws_costs_only_503s() {
    let mut system = System::start(Broker::RealKafka).await;
    outage(&mut system, false).await;
}

async fn outage(system: &mut System, dies: bool) {
    let api = system.api();
    let load = Load::start(&api, "through the outage", 8, 5, usize::MAX);
    load.reaches(100).await;

    let kafka = system.kafka.as_mut().unwrap();
    if dies {
        kafka.kill().await;
    } else {
        kafka.pause();
    }
    let since = std::time::Instant::now();
    while since.elapsed() < OUTAGE {
        for path in ["/tasks?limit=5", "/tasks?q=outage&limit=5", "/livez"] {
            api.get(path).send().await.expect(200);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    if dies {
        kafka.launch().await;
    } else {
        kafka.resume();
    }

    // Without a restart.
    let reached = load.acknowledged();
    tests::wait::until("writes are acknowledged again", RECOVERS_WITHIN, async || {
        let now = load.acknowledged();
        if now > reached + 100 { Ok(()) } else { Err(format!("{} since the outage", now - reached)) }
    })
    .await;
    let report = load.end().await;
    assert!(!report.refusals.is_empty(), "nobody noticed the outage: nothing was tested");
    for refusal in &report.refusals {
        assert_eq!(refusal.status, 503, "{}", refusal.text());
        assert!(refusal.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "no Retry-After");
        assert!(["unavailable", "outcome-unknown"].contains(&refusal.problem().as_str()), "{}", refusal.text());
    }
    assert!(report.slowest < DEADLINE, "an answer took {:?}", report.slowest);
    tests::wait::until("ready again", RECOVERS_WITHIN, async || {
        let answer = api.get("/readyz").send().await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text()) }
    })
    .await;
    report.check(&api).await;
    a_key_repeats_what_came_about(&api).await;
}

/// After all that a key still means once.
async fn a_key_repeats_what_came_about(api: &Api) {
    let task = json!({"title": "Asked for twice"});
    let first = api.post("/tasks", &task).key("after the outage").send().await.expect(201);
    let again = api.post("/tasks", &task).key("after the outage").send().await.expect(201);
    assert_eq!(first.json(), again.json());
}
