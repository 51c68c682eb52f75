//! `tasklog rebuild`: builds projections from the log again, beside those that serve, and puts them in their place.
//!
//! Where a Tasklog runs, its own projectors do the work and this command watches; where the servers are there and nobody does
//! the work, this command does. Where no servers are, it starts them, does the work and stops them.

mod offline;
mod online;
mod progress;

use std::process::ExitCode;

use anyhow::{anyhow, ensure};
use platform::config::DataArgs;
use platform::health::Health;
use platform::lifecycle::Supervisor;
use projection::{projections, search};

use crate::servers::ServerArguments;
use crate::{api_client, place};

const COMMAND: &str = "rebuild";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Names of projections: tasks, history, reminders, completed, search
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "NAME")]
    names: Vec<String>,
    /// All of them
    #[arg(long, env = "TASKLOG_ALL")]
    all: bool,
    /// Give up the rebuild that runs; what serves goes on serving
    #[arg(long, conflicts_with = "rollback", env = "TASKLOG_CANCEL")]
    cancel: bool,
    /// Let the generation that served before serve again, once it has caught up
    #[arg(long, env = "TASKLOG_ROLLBACK")]
    rollback: bool,
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
    let running = arguments.servers.running(COMMAND, folder)?;
    let wish = match (arguments.cancel, arguments.rollback) {
        (true, _) => Wish::Cancel,
        (_, true) => Wish::RollBack,
        _ => Wish::Rebuild,
    };
    ensure!(
        running.is_some() || wish == Wish::Rebuild,
        "--cancel and --rollback need the Tasklog that runs: set KAFKA_BROKERS and DATABASE_URL, or --data-dir"
    );
    let mut supervisor = Supervisor::new()?;
    let health = Health::new();
    let rebuilt = match running {
        Some((kafka, pool)) => {
            let url = arguments.api.url(folder);
            let place = online::Place { kafka, pool, url: &url, folder };
            online::rebuild(&names, wish, place, &mut supervisor, &health).await
        }
        None => {
            place::say(COMMAND, place::resting(folder));
            offline::rebuild(&names, &arguments.servers, folder, &mut supervisor, &health).await
        }
    };
    supervisor.stop().await;
    rebuilt?.ok_or_else(|| {
        anyhow!("interrupted before the end; a `tasklog up` or `tasklog projector` that runs, or the next one, builds the rest")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What is to happen to a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Rebuild,
    Cancel,
    RollBack,
}

fn names(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let known: Vec<&str> = projections::names().into_iter().chain([search::NAME]).collect();
    if arguments.all {
        return Ok(known.into_iter().map(str::to_owned).collect());
    }
    for name in &arguments.names {
        ensure!(known.contains(&name.as_str()), "there is no projection {name:?}; there are {}", known.join(", "));
    }
    Ok(arguments.names.clone())
}
