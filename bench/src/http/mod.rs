//! What event sourcing costs: Tasklog beside a plain CRUD twin, on the same Postgres server, with the same tasks and the same calls.
//!
//! One system is under load at a time, and which one goes first alternates. Calls that only read come first: what is written
//! afterwards would make the faster system's tables the larger ones.

mod bed;
mod load;
mod outcome;
mod targets;
pub mod twin;

use std::path::Path;

use clap::Args;

use crate::phase::Pace;
use crate::report::Report;
use bed::Bed;
use load::Workload;

/// How much is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Tasks that are there before: one round each.
    #[arg(long, env = "BENCH_TASKS", value_delimiter = ',', default_values_t = [20_000, 200_000])]
    tasks: Vec<usize>,
    /// Clients at a time: one load each.
    #[arg(long, env = "BENCH_CLIENTS", value_delimiter = ',', default_values_t = [1, 16, 64])]
    clients: Vec<usize>,
    #[command(flatten)]
    pace: Pace,
}

impl Options {
    fn tell(&self, report: &mut Report) {
        report.numbers("BENCH_TASKS", &self.tasks);
        report.numbers("BENCH_CLIENTS", &self.clients);
        self.pace.tell(report);
    }
}

/// Measures every load, or those that `only` names, and reports them.
///
/// # Errors
/// When a system does not start, or answers no call of a load well.
pub async fn run(options: &Options, file: &Path, only: &[String]) -> anyhow::Result<Report> {
    let mut report = Report::default();
    options.tell(&mut report);
    let mut outcomes = Vec::new();
    for &tasks in &options.tasks {
        let mut bed = Bed::start(file, tasks).await?;
        for workload in Workload::ALL {
            if !only.is_empty() && !only.iter().any(|name| name == workload.name()) {
                continue;
            }
            for &clients in &options.clients {
                let outcome = bed.measure(workload, clients, options.pace).await?;
                println!("{}", outcome.line());
                outcomes.push(outcome);
            }
        }
        bed.stop().await;
    }
    outcome::report(&outcomes, &mut report);
    Ok(report)
}
