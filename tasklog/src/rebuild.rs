//! `tasklog rebuild`: throws projections away and builds them from the log.
//!
//! Where a Tasklog runs, its own projectors do the work and this command watches. Where none does, this command starts the
//! servers, does the work itself and stops them.

mod offline;
mod online;
mod progress;

use std::process::ExitCode;

use anyhow::ensure;
use platform::config::DataArgs;
use platform::data_dir::Runtime;
use projection::{projections, search};

use crate::servers::ServerArguments;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Names of projections: tasks, history, reminders, search
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "NAME")]
    names: Vec<String>,
    /// All of them
    #[arg(long)]
    all: bool,
    /// The running API, asked how far the search index is
    #[arg(long, env = "TASKLOG_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    url: String,
    #[command(flatten)]
    servers: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let names = names(&arguments)?;
    let runtime = Runtime::read(&arguments.data.data_dir);
    match arguments.servers.running(runtime.as_ref())? {
        Some((kafka, pool)) => {
            let url = runtime.and_then(|runtime| runtime.api_url).unwrap_or(arguments.url);
            online::rebuild(&names, kafka, pool, &url).await?;
        }
        None => offline::rebuild(&names, &arguments.servers, &arguments.data.data_dir).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn names(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let known: Vec<&str> = projections::NAMES.iter().copied().chain([search::NAME]).collect();
    if arguments.all {
        return Ok(known.into_iter().map(str::to_owned).collect());
    }
    for name in &arguments.names {
        ensure!(known.contains(&name.as_str()), "there is no projection {name:?}; there are {}", known.join(", "));
    }
    Ok(arguments.names.clone())
}
