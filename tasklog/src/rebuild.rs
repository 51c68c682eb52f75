//! `tasklog rebuild`: throws projections away and builds them from the log.
//!
//! Where a Tasklog runs, its own projectors do the work and this command watches; where the servers are there and nobody does
//! the work, this command does. Where no servers are, it starts them, does the work and stops them.

mod offline;
mod online;
mod progress;

use std::process::ExitCode;

use anyhow::{anyhow, ensure};
use platform::config::DataArgs;
use platform::data_dir::Runtime;
use platform::health::Health;
use platform::lifecycle::Supervisor;
use projection::{projections, search};

use crate::api_client;
use crate::servers::ServerArguments;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Names of projections: tasks, history, reminders, search
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "NAME")]
    names: Vec<String>,
    /// All of them
    #[arg(long, env = "TASKLOG_ALL")]
    all: bool,
    #[command(flatten)]
    api: api_client::ServerArguments,
    #[command(flatten)]
    servers: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let names = names(&arguments)?;
    let folder = &arguments.data.data_dir;
    let running = arguments.servers.running(Runtime::read(folder).as_ref())?;
    let mut supervisor = Supervisor::new()?;
    let health = Health::new();
    let rebuilt = match running {
        Some((kafka, pool)) => {
            let url = arguments.api.url(folder);
            online::rebuild(&names, kafka, pool, &url, folder, &mut supervisor, &health).await
        }
        None => offline::rebuild(&names, &arguments.servers, folder, &mut supervisor, &health).await,
    };
    supervisor.stop().await;
    // What is emptied stays so until a projector has been there.
    rebuilt?.ok_or_else(|| {
        anyhow!("interrupted before the end; the next `tasklog up` or `tasklog projector` builds the rest")
    })?;
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
