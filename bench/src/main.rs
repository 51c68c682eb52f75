//! Benchmarks of Tasklog: `make bench NAME=whole`.
//!
//! Each prints one line a figure, `<name> <value> <unit> limit <op> <value> holds|short`, writes them with the machine, the
//! commit and the command to `bench/results/`, and ends with exit code 1 when a figure is short of its limit.
//! Everything is measured from outside, against the release binary and real servers, all on this machine.
#![expect(unreachable_pub, reason = "a binary exports nothing; pub says what a module offers to the others")]

mod connection;
mod data;
mod event_store;
mod latency;
mod machine;
mod process;
mod report;
mod whole;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

/// The one of the binary: both sides of a comparison have it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs one benchmark.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which one.
    #[arg(value_enum)]
    name: Name,
    /// Tasks to run on: JSON Lines, also gzip. Without it 50,000 tasks are made up, the same ones each time.
    #[arg(long, env = "BENCH_DATA")]
    data: Option<PathBuf>,
    /// Only these parts of the benchmark; their results are printed, not written.
    #[arg(long)]
    only: Vec<String>,
    /// Where the results go.
    #[arg(long, default_value = "bench/results")]
    results: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    /// The event store beside bare rdkafka and postgres-es: latency, rates, a hot stream, replay, many streams, HTTP.
    EventStore,
    /// The whole system: append, import, list, search, read your write, memory, restart.
    Whole,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let (name, report) = match arguments.name {
        Name::EventStore => ("event-store", event_store::run(&arguments.only).await?),
        Name::Whole => {
            let folder = tests::system::folder();
            let file = match &arguments.data {
                Some(file) => file.canonicalize()?,
                None => data::make(folder.path())?,
            };
            ("whole", whole::run(&file).await?)
        }
    };
    if arguments.only.is_empty() {
        report.write(&arguments.results.join(format!("{name}.md")), name, arguments.data.is_some())?;
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
