//! The long form of the cluster under chaos: `make chaos`. `CHAOS_MINUTES` sets how long (30), `SEED` repeats a schedule.
//!
//! Prints every fault as it happens and a report at the end; exit code 1 when something is wrong, with the evidence in a
//! folder whose name it prints.

use std::process::ExitCode;
use std::time::Duration;

use tests::chaos::{Plan, run};

const MINUTES: u64 = 30;

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let number = |name: &str| {
        let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
        Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
    };
    let seed = number("SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 % 1_000_000_000);
    let minutes = number("CHAOS_MINUTES").unwrap_or(MINUTES);
    println!("seed {seed}, {minutes} minutes; make chaos SEED={seed} repeats its schedule");
    let recorded = run(&Plan::storm(seed, Duration::from_secs(60 * minutes))).await;
    let report = recorded.judge();
    print!("{report}");
    if report.violations.is_empty() {
        return ExitCode::SUCCESS;
    }
    match recorded.keep(&report) {
        Ok(folder) => println!("evidence: {}", folder.display()),
        Err(error) => println!("the evidence could not be written: {error}"),
    }
    ExitCode::FAILURE
}
