//! Postgres goes away for ten seconds while people read and write.

use std::time::Duration;

use tests::postgres::Postgres;
use tests::system::{Broker, System};

use super::load::Load;

const OUTAGE: Duration = Duration::from_secs(10);
const RECOVERS_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postgres_writes_go_on_and_the_projector_catches_up_by_itself() {
    let mut system = System::prepare(Broker::RealKafka).await;
    let mut postgres = Postgres::start(&system.folder().join("postgres")).await;
    system.tasklog.set("DATABASE_URL", &postgres.url());
    system.tasklog.start().await;
    let api = system.api();
    let load = Load::start(&api, "without Postgres", 8, 5, usize::MAX);
    load.reaches(100).await;

    postgres.stop().await;
    let before = load.acknowledged();
    let since = std::time::Instant::now();
    let mut unavailable = 0;
    while since.elapsed() < OUTAGE {
        let answer = api.get("/tasks?limit=5").send().await;
        assert_eq!(answer.status, 503, "a query without its database: {}", answer.text());
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "no Retry-After");
        assert_eq!(answer.problem(), "unavailable");
        unavailable += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(unavailable > 0);
    assert!(load.acknowledged() > before + 100, "writes need no Postgres");
    postgres.launch().await;

    let report = load.end().await;
    assert!(report.refusals.is_empty(), "a write was refused: {}", report.refusals[0].text());
    tests::wait::until("queries are answered again", RECOVERS_WITHIN, async || {
        let answer = api.get("/tasks?limit=1").token(&report.token).send().await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text()) }
    })
    .await;
    report.check(&api).await;
}
