//! What clients see of replicas that are started, restarted one after the other, killed and stopped: how long a write takes
//! until some replica has acknowledged it, refusals and cut connections included.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::json;
use tests::kafka::KafkaNode;
use tests::replicas::{Clients, Replicas, Seen};

use crate::latency::Latencies;
use crate::report::{Limit, Report};

const REPLICAS: usize = 3;
const CLIENTS: usize = 16;
const SHARED: usize = 8;
const QUIET: Duration = Duration::from_secs(10);

/// Quantiles of the writes that began in each phase, the calls cut off in it, and what was refused in all.
pub async fn figures(report: &mut Report) -> anyhow::Result<()> {
    let folder = tests::system::folder();
    let kafka = KafkaNode::start_for_benchmarks(&folder.path().join("kafka")).await;
    let mut replicas = Replicas::start(folder.path(), &kafka.bootstrap(), REPLICAS).await;
    let mut shared = Vec::new();
    for n in 0..SHARED {
        let (task, _) = replicas.routes.any().create(&json!({"title": format!("shared {n}")})).await;
        shared.push(task["id"].as_str().context("an id")?.to_owned());
    }

    let clients = Clients::start(&replicas.routes, CLIENTS, &shared);
    // Java compiles what is hot.
    tokio::time::sleep(QUIET).await;
    let mut phases = vec![("one-replica", Instant::now())];
    tokio::time::sleep(QUIET).await;
    phases.push(("scale-up", Instant::now()));
    replicas.scale_up().await;
    phases.push(("three-replicas", Instant::now()));
    tokio::time::sleep(QUIET).await;
    phases.push(("rolling-restart", Instant::now()));
    replicas.restart_each().await;
    phases.push(("scale-down", Instant::now()));
    replicas.scale_down().await;
    phases.push(("one-again", Instant::now()));
    replicas.scale_up().await;
    phases.push(("rolling-restart-unannounced", Instant::now()));
    replicas.restart_each_unannounced().await;
    phases.push(("kill", Instant::now()));
    replicas.kill_last().await;
    phases.push(("end", Instant::now()));
    let seen = clients.end().await;

    ensure!(seen.wrong.is_empty(), "answered neither well nor with 503: {:?}", seen.wrong.first());
    for pair in phases.windows(2) {
        let [(name, from), (_, to)] = pair else { continue };
        phase(report, name, &seen, *from..*to)?;
    }
    report.figure("scaling.writes", seen.written.len() as f64, "writes", Limit::None);
    report.figure("scaling.refused", seen.refused as f64, "answers 503", Limit::None);
    Ok(())
}

fn phase(report: &mut Report, name: &str, seen: &Seen, time: Range<Instant>) -> anyhow::Result<()> {
    let mut latencies = Latencies::default();
    seen.written.iter().filter(|write| time.contains(&write.began)).for_each(|write| latencies.add(write.took));
    ensure!(latencies.count() > 0, "no write began in the phase {name}");
    for (quantile, q) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        report.figure(&format!("scaling.{name}.{quantile}"), latencies.millis(q), "ms", Limit::None);
    }
    let cut_off = seen.unanswered.iter().filter(|at| time.contains(*at)).count();
    report.figure(&format!("scaling.{name}.cut-off"), cut_off as f64, "calls", Limit::None);
    Ok(())
}
