//! `tasklog process`: the process managers that make tasks recur and reminders ring, and take subtasks along.

use std::process::ExitCode;
use std::time::Duration;

use ::process::manager::Rush;
use platform::config::{DataArgs, HttpArgs, KafkaArgs, PostgresArgs};
use platform::data_dir::DataDir;

use super::managers::Managers;
use super::{Server, command, projector};
use crate::kafka;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    kafka: KafkaArgs,
    #[command(flatten)]
    postgres: PostgresArgs,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    clock: ClockArguments,
}

/// Who says that time has passed.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ClockArguments {
    /// Look for what is due without being told; if not, POST /cron/recurrence and /cron/reminders have to tell
    #[arg(long, env = "INTERNAL_CLOCK", default_value_t = true, action = clap::ArgAction::Set)]
    pub internal_clock: bool,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let kafka = kafka::required(&arguments.kafka)?;
    let pool = projector::connect(&arguments.postgres)?;
    let data = DataDir::open(&arguments.data.data_dir)?;
    let mut server = Server::bind(&arguments.http).await?;
    let stores = server.stage("event stores", Duration::from_secs(2));
    // Stops before the stores that it gives its commands through.
    let stage = server.stage("process managers", Duration::from_secs(2));
    let health = server.health.clone();
    let opening = async {
        kafka::check_topics(&kafka, &arguments.kafka).await?;
        let commands = command::open(&kafka, data.path(), &health, &stores).await?;
        let managers = Managers { commands, kafka, pool, rush: Rush::default() };
        managers.watch_timers(&stage);
        Ok(::process::router(managers.process(arguments.clock.internal_clock, &health, &stage)))
    };
    server.run(opening).await
}
