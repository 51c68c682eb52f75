//! One client that lists and searches.

use anyhow::ensure;
use tests::system::System;

use crate::latency::Latencies;
use crate::report::{Limit, Report};

const ROUNDS: usize = 100;

const LISTS: [&str; 8] = [
    "/tasks",
    "/tasks?sort=due&status=pending",
    "/tasks?sort=-priority",
    "/tasks?sort=title&limit=20",
    "/tasks?sort=-updated_at&status=completed",
    "/tasks?priority=high&priority=urgent&sort=-due",
    "/tasks?overdue=true&sort=due",
    "/tasks?due_from=2016-01-01&due_to=2019-12-31&sort=created_at",
];

const SEARCHES: [&str; 8] = [
    "/tasks?q=login",
    "/tasks?q=fix%20tests",
    "/tasks?q=data",
    "/tasks?q=upda",
    "/tasks?q=serch%20index",
    "/tasks?q=add%20the&sort=-created_at",
    "/tasks?q=release&status=completed&sort=due",
    "/tasks?q=a",
];

/// Both kinds of query, 50 tasks a page.
pub async fn figures(system: &System, report: &mut Report) -> anyhow::Result<()> {
    for (name, paths) in [("list", LISTS), ("search", SEARCHES)] {
        let latencies = one_client(system, &paths).await?;
        report.figure(&format!("{name}.p50"), latencies.millis(0.50), "ms", Limit::AtMost(5.0));
        report.figure(&format!("{name}.p99"), latencies.millis(0.99), "ms", Limit::AtMost(20.0));
    }
    Ok(())
}

async fn one_client(system: &System, paths: &[&str]) -> anyhow::Result<Latencies> {
    // As in the other loads, answers come as they are: what is measured is the reading.
    let client = reqwest::Client::builder().no_gzip().build()?;
    let mut latencies = Latencies::default();
    for round in 0..ROUNDS + 3 {
        let mut scratch = Latencies::default();
        // The first rounds warm caches and connections.
        let kept = if round < 3 { &mut scratch } else { &mut latencies };
        for path in paths {
            let url = format!("http://{}{path}", system.tasklog.address());
            let status = kept
                .time(async {
                    let answer = client.get(&url).send().await?;
                    let status = answer.status();
                    answer.bytes().await?;
                    Ok::<_, reqwest::Error>(status)
                })
                .await?;
            ensure!(status.is_success(), "{path}: {status}");
        }
    }
    Ok(latencies)
}
