//! Benchmarks of Tasklog: `make bench NAME=whole`, `event-store`, `http`, `read-side`, `process`, `web` or `relevance`.
//!
//! Each prints one line a figure, `<name> <value> <unit> limit <op> <value> holds|short`, writes them with the machine, the
//! commit and the command to `bench/results/`, and ends with exit code 1 when a figure is short of its limit.
//! Everything is measured from outside, against the release binary and real servers, all on this machine; but for recurrence rules,
//! which are a function.
#![expect(unreachable_pub, reason = "a binary exports nothing; pub says what a module offers to the others")]

mod connection;
mod data;
mod event_store;
mod filled;
mod http;
mod latency;
mod machine;
mod phase;
mod process;
mod processor;
mod quiet;
mod read_side;
mod relevance;
mod report;
mod vocabulary;
mod warm_up;
mod web;
mod whole;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// The one of the binary: both sides of a comparison have it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs one benchmark.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which one.
    #[command(subcommand)]
    name: Name,
    /// Tasks to run on: JSON Lines, also gzip. Without it 50,000 tasks are made up, the same ones each time.
    #[arg(long, env = "BENCH_DATA", global = true)]
    data: Option<PathBuf>,
    /// Only these parts of the benchmark; their results are printed, not written.
    #[arg(long, global = true)]
    only: Vec<String>,
    /// Where the results go.
    #[arg(long, default_value = "bench/results", global = true)]
    results: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Name {
    /// The event store beside bare rdkafka and postgres-es: latency, rates, a hot stream, replay, many streams, HTTP.
    EventStore,
    /// How well search finds what people mean, beside Postgres full-text search and BM25. Needs the tasks that were judged.
    Relevance,
    /// The read side as tasks grow in number: catch-up and rebuilds beside postgres-es, COPY and a bare Tantivy; lists, searches, how soon a
    /// write is seen, memory, the live stream with many listeners.
    ReadSide(read_side::Options),
    /// Process managers: the next task of a series, reminders that ring in the same second, also when killed in the midst of it, very many
    /// series, very many reminders that wait.
    Process(process::Options),
    /// The page in a real browser: first list, keys, search, two windows, scrolling, Lighthouse. Needs Node.js and Chromium.
    Web(web::Options),
    /// The whole system: append, import, list, search, read your write, memory, restart.
    Whole,
    /// What event sourcing costs: get, list, search, change and create, beside a plain CRUD service on the same Postgres.
    Http(http::Options),
    /// That service, which `http` starts.
    #[command(hide = true)]
    Twin(http::twin::Arguments),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let given = arguments.data.as_deref();
    let (name, report) = match &arguments.name {
        Name::EventStore => ("event-store", event_store::run(&arguments.only).await?),
        Name::Relevance => {
            let file = given.context("relevance was judged on the 50,000 tasks: give BENCH_DATA=FILE")?;
            let mut report = report::Report::default();
            relevance::run(&file.canonicalize()?, &mut report).await?;
            ("relevance", report)
        }
        Name::Whole => {
            let folder = tests::system::folder();
            ("whole", whole::run(&data_file(given, folder.path())?).await?)
        }
        Name::Http(options) => {
            let folder = tests::system::folder();
            ("http", http::run(options, &data_file(given, folder.path())?, &arguments.only).await?)
        }
        Name::ReadSide(options) => {
            let folder = tests::system::folder();
            ("read-side", read_side::run(options, &data_file(given, folder.path())?, &arguments.only).await?)
        }
        Name::Web(options) => {
            let folder = tests::system::folder();
            ("web", web::run(options, &data_file(given, folder.path())?, &arguments.only).await?)
        }
        Name::Process(options) => ("process", process::run(options, &arguments.only).await?),
        Name::Twin(arguments) => {
            http::twin::serve(arguments).await?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    if arguments.only.is_empty() {
        report.write(&arguments.results.join(format!("{name}.md")), name, given.is_some())?;
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The file that was given, or one that is made in `folder`.
fn data_file(given: Option<&Path>, folder: &Path) -> anyhow::Result<PathBuf> {
    Ok(match given {
        Some(file) => file.canonicalize()?,
        None => data::make(folder)?,
    })
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod command_line {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn given_the_command_line_when_checked_then_it_has_no_fault() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn given_sizes_when_named_then_they_are_read() {
        let arguments = Arguments::try_parse_from(["bench", "read-side", "--tasks", "50000,200000"]).unwrap();
        assert!(matches!(arguments.name, Name::ReadSide(_)));
        assert!(Arguments::try_parse_from(["bench", "read-side", "--tasks", "50k"]).is_err());
    }

    #[test]
    fn given_parts_when_named_before_or_after_the_benchmark_then_they_are_known() {
        for line in [["bench", "--only", "get", "http"], ["bench", "http", "--only", "get"]] {
            let arguments = Arguments::try_parse_from(line).unwrap();
            assert!(matches!(arguments.name, Name::Http(_)));
            assert_eq!(arguments.only, ["get"]);
        }
    }
}
