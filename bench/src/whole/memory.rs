//! Resident memory of `tasklog up` while nothing happens.

use std::time::Duration;

use tests::system::System;

use crate::machine::resident_mib;
use crate::processor::cpu_seconds;
use crate::report::{Limit, Report};

/// After this long without a request caches are full and buffers are given back.
const IDLE: Duration = Duration::from_secs(20);

/// The process with the embedded broker, the projectors and the index; Postgres is a process of its own.
pub async fn figures(system: &mut System, report: &mut Report) -> anyhow::Result<()> {
    tokio::time::sleep(IDLE).await;
    let pid = system.tasklog.running().pid();
    let before = cpu_seconds(pid)?;
    tokio::time::sleep(IDLE).await;
    report.figure("memory.idle", resident_mib(pid)?, "MiB", Limit::AtMost(400.0));
    let busy = (cpu_seconds(pid)? - before) / IDLE.as_secs_f64() * 100.0;
    report.figure("processor.idle", busy, "%-of-a-core", Limit::None);
    Ok(())
}
