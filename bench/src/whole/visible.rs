//! A write, and the list that shows it: from sending the create to having the page with the new task on it.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tests::system::System;

use crate::latency::Latencies;
use crate::report::{Limit, Report};

const ROUNDS: usize = 300;

/// One client that writes and reads its write, in the list and in the search.
pub async fn figures(system: &System, report: &mut Report) -> anyhow::Result<()> {
    let list = rounds(system, "/tasks?sort=-created_at&limit=1").await?;
    report.figure("visible.list.p50", list.millis(0.50), "ms", Limit::AtMost(50.0));
    report.figure("visible.list.p99", list.millis(0.99), "ms", Limit::None);
    let search = rounds(system, "/tasks?q=visible&sort=-created_at&limit=1").await?;
    report.figure("visible.search.p50", search.millis(0.50), "ms", Limit::None);
    report.figure("visible.search.p99", search.millis(0.99), "ms", Limit::None);
    Ok(())
}

async fn rounds(system: &System, path: &str) -> anyhow::Result<Latencies> {
    let client = reqwest::Client::new();
    let base = format!("http://{}", system.tasklog.address());
    let mut latencies = Latencies::default();
    for round in 0..ROUNDS {
        let title = format!("visible {round}");
        latencies
            .time(async {
                let created = client.post(format!("{base}/tasks")).json(&json!({"title": title})).send().await?;
                let token = created.headers().get("consistency-token").context("a token")?.clone();
                let created: Value = created.json().await?;
                let page: Value =
                    client.get(format!("{base}{path}")).header("consistency-token", token).send().await?.json().await?;
                ensure!(page["items"][0]["id"] == created["id"], "the page does not show the write: {page}");
                Ok(())
            })
            .await?;
    }
    Ok(latencies)
}
