//! A second start on the data of the first.

use std::time::Instant;

use tests::system::System;

use crate::report::{Limit, Report};

/// Stops and starts until `/readyz` says ready. Postgres keeps running meanwhile.
pub async fn figures(system: &mut System, report: &mut Report) -> anyhow::Result<()> {
    system.tasklog.stop().await;
    let started = Instant::now();
    system.tasklog.start().await;
    report.figure("restart", started.elapsed().as_secs_f64(), "s", Limit::AtMost(5.0));
    Ok(())
}
