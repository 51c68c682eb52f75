//! `kill -9` in the middle of concurrent writes.

use std::time::Duration;

use tests::http::Api;
use tests::system::{Broker, System};

use super::load::{Load, Report};
use crate::dump;

/// How often everything is killed, and after how many times the views are compared with a rebuild. `KILLED=200` and `COMPARED_EVERY=1` for
/// the long form.
const ROUNDS: usize = 20;
const COMPARED_EVERY: usize = 20;
const WRITES: usize = 2_000;
const CLIENTS: usize = 32;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_in_two_thousand_writes_nothing_acknowledged_is_lost() {
    let (rounds, every) = (number("KILLED", ROUNDS), number("COMPARED_EVERY", COMPARED_EVERY));
    let mut system = System::start(Broker::Embedded).await;
    let mut earlier: Vec<Report> = Vec::new();
    for round in 0..rounds {
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
        if round % every == every - 1 || round == rounds - 1 {
            equal_a_rebuild(&mut system, round).await;
        }
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
}

fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}

/// The views are what a rebuild from the log makes of it, byte for byte.
async fn equal_a_rebuild(system: &mut System, round: usize) {
    settled(&system.api()).await;
    let live = dump::views(system);
    dump::rebuild_offline(system).await;
    settled(&system.api()).await;
    assert!(live == dump::views(system), "round {round}: the views equal a rebuild");
}

/// Waits until every view has passed the whole log: at its end may stand what nobody was answered.
async fn settled(api: &Api) {
    tests::wait::until("the views pass the log", Duration::from_secs(60), async || {
        let page = api.get("/projections").send().await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        if !items.is_empty() && items.iter().all(|item| item["lag"] == 0) { Ok(()) } else { Err(page.to_string()) }
    })
    .await;
}
