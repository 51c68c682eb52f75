//! `kill -9` in the middle of concurrent writes.

use tests::system::{Broker, System};

use super::load::{Load, Report};
use crate::dump;

const ROUNDS: usize = 20;
const WRITES: usize = 2_000;
const CLIENTS: usize = 32;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_in_two_thousand_writes_nothing_acknowledged_is_lost() {
    let mut system = System::start(Broker::Embedded).await;
    let mut earlier: Vec<Report> = Vec::new();
    for round in 0..ROUNDS {
        let load = Load::start(&system.api(), &format!("round {round}"), CLIENTS, 3, WRITES);
        // Somewhere in the middle, elsewhere in each round.
        load.reaches(200 + round * 613 % 1_500).await;
        if round % 2 == 0 {
            system.tasklog.kill().await;
        } else {
            system.tasklog.kill_family().await;
        }
        let report = load.end().await;
        assert!(report.acknowledged < WRITES, "round {round}: the kill came after the load");
        assert!(report.refusals.is_empty(), "round {round}: {:?}", report.refusals.first());
        system.tasklog.start().await;
        report.check(&system.api()).await;
        earlier.push(report);
    }
    let api = system.api();
    for report in &earlier {
        report.check(&api).await;
    }
    // Creates without an answer: there as a whole, in every view, or nowhere.
    let known: usize = earlier.iter().map(|report| report.accounts.len()).sum();
    let lost: Vec<&String> = earlier.iter().flat_map(|report| &report.lost_creates).collect();
    let listed = api.all_items("/tasks?limit=200", "").await;
    let half_known: Vec<_> =
        listed.iter().filter(|task| lost.iter().any(|title| task["title"] == title.as_str())).collect();
    assert_eq!(listed.len(), known + half_known.len(), "tasks that nobody asked for, or one twice");
    for task in half_known {
        let path = format!("/tasks/{}", task["id"].as_str().unwrap());
        assert_eq!(&api.get(&path).send().await.expect(200).json(), task);
        assert_eq!(api.all_items(&format!("{path}/history?limit=50"), "").await.len(), 1);
    }
    let before = dump::views(&system);
    dump::rebuild_offline(&mut system).await;
    assert!(before == dump::views(&system), "the views equal a rebuild");
}
