//! `tasklog import` until every task is listed and searchable.

use std::path::Path;
use std::time::Instant;

use anyhow::ensure;
use tests::system::System;

use crate::report::{Limit, Report};

/// Imports `file` into an empty system.
pub fn figures(system: &System, file: &Path, broker: &str, limit: Limit, report: &mut Report) -> anyhow::Result<()> {
    let started = Instant::now();
    let output = system.tasklog.run(&[
        "import",
        &file.to_string_lossy(),
        "--url",
        &format!("http://{}", system.tasklog.address()),
    ]);
    let seconds = started.elapsed().as_secs_f64();
    ensure!(output.status.success(), "import: {}", String::from_utf8_lossy(&output.stderr));
    report.figure(&format!("import.{broker}"), seconds, "s", limit);
    Ok(())
}
