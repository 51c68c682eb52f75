//! Resident memory of `tasklog up` while nothing happens.

use std::time::Duration;

use anyhow::Context;
use tests::system::System;

use crate::report::{Limit, Report};

/// After this long without a request caches are full and buffers are given back.
const IDLE: Duration = Duration::from_secs(20);

/// The process with the embedded broker, the projectors and the index; Postgres is a process of its own.
pub async fn figures(system: &mut System, report: &mut Report) -> anyhow::Result<()> {
    tokio::time::sleep(IDLE).await;
    let pid = system.tasklog.running().pid();
    let before = cpu_ticks(pid)?;
    tokio::time::sleep(IDLE).await;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let resident_kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("VmRSS")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    report.figure("memory.idle", resident_kib / 1024.0, "MiB", Limit::AtMost(400.0));
    // Linux counts processor time in ticks of 10 ms.
    let busy = (cpu_ticks(pid)? - before) / 100.0 / IDLE.as_secs_f64() * 100.0;
    report.figure("processor.idle", busy, "%-of-a-core", Limit::None);
    Ok(())
}

fn cpu_ticks(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // proc(5): after the command in parentheses come state and so on; utime and stime are the 12th and 13th of those.
    let fields: Vec<&str> = stat.rsplit_once(')').context("a command in parentheses")?.1.split_whitespace().collect();
    Ok(fields[11].parse::<f64>()? + fields[12].parse::<f64>()?)
}
