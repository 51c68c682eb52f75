//! `tasklog process`: the process managers, which make tasks recur and reminders ring.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ::command::CommandState;
use ::process::ProcessState;
use ::process::commands::StoreCommands;
use ::process::manager::{Alarm, Options, ProcessManager, Timed, keep_time, run as run_manager};
use ::process::recurrence::Recurrence;
use ::process::reminders::Reminders;
use kafka_es::{KafkaSettings, LogEnds, check_topics};
use platform::clock::Clock;
use platform::config::{DataArgs, HttpArgs, KafkaArgs, PostgresArgs};
use platform::data_dir::DataDir;
use platform::health::Health;
use platform::lifecycle::Stage;
use platform::postgres::MigrateError;
use sqlx::PgPool;

use super::{Server, command, projector, schema};
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
    internal_clock: bool,
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
        check_topics(&kafka, &kafka::topics(&kafka, &arguments.kafka)).await?;
        let commands = command::open(&kafka, data.path(), &health, &stores).await?;
        Ok(::process::router(Managers { commands, kafka, pool, clock: arguments.clock }.start(&health, &stage)))
    };
    server.run(opening).await
}

/// What the process managers work with.
pub struct Managers {
    /// The event stores through which they give their commands.
    pub commands: CommandState,
    /// Where they read events.
    pub kafka: KafkaSettings,
    /// Where their rows are.
    pub pool: PgPool,
    /// Who says that time has passed.
    pub clock: ClockArguments,
}

impl Managers {
    /// Starts them as tasks of `stage`.
    pub fn start(self, health: &Health, stage: &Stage) -> ProcessState {
        ::process::metric_definitions::describe();
        let clock = Clock::system();
        let CommandState { tasks, reminders, .. } = self.commands.clone();
        let ends = Arc::new(LogEnds::new(self.kafka.clone()));
        let commands = Arc::new(StoreCommands { tasks, reminders, ends, clock: clock.clone() });
        let recurrence = Arc::new(Recurrence::new(commands.clone(), self.pool.clone(), clock.clone()));
        let reminders = Arc::new(Reminders::new(commands, self.pool.clone(), clock.clone()));
        self.spawn(recurrence.clone(), recurrence.alarm(), &clock, health, stage);
        self.spawn(reminders.clone(), reminders.alarm(), &clock, health, stage);
        ProcessState { recurrence, reminders, clock }
    }

    fn spawn<M: ProcessManager + Timed>(
        &self,
        manager: Arc<M>,
        alarm: Alarm,
        clock: &Clock,
        health: &Health,
        stage: &Stage,
    ) {
        let name = format!("process/{}", ProcessManager::name(&*manager));
        let component = health.component(name.as_str());
        let options = Options { pool: self.pool.clone(), kafka: self.kafka.clone(), health: component.clone() };
        let ticks = self.clock.internal_clock.then(|| health.component(format!("{name}/clock")));
        let (clock, shutdown) = (clock.clone(), stage.shutdown());
        stage.spawn(name, async move {
            if !schema::ready(|| ::process::migrate(&options.pool), &component, &shutdown).await? {
                return Ok(());
            }
            let keeping = async {
                if let Some(component) = ticks {
                    let Ok(()) = keep_time(manager.clone(), clock, alarm, component, shutdown.clone()).await;
                }
            };
            let (Ok(()), ()) = tokio::join!(run_manager(manager.clone(), options.clone(), shutdown.clone()), keeping);
            Ok::<_, MigrateError>(())
        });
    }
}
