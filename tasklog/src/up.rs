//! `tasklog up`: everything in one process group, with a broker and a database of its own where none are configured.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ::process::delivery::Channels;
use ::process::manager::Rush;
use gateway::Page;
use platform::config::{DataArgs, HttpArgs};
use platform::data_dir::{DataDir, Runtime};
use projection::Positions;
use projection::source::{KafkaLog, Log};

use crate::roles::managers::Managers;
use crate::roles::notify::ChannelArguments;
use crate::roles::process::ClockArguments;
use crate::roles::web::PageArguments;
use crate::roles::{Server, command, projector, query};
use crate::servers::{ServerArguments, Servers};
use crate::stdout;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    servers: ServerArguments,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    clock: ClockArguments,
    #[command(flatten)]
    channels: ChannelArguments,
    #[command(flatten)]
    page: PageArguments,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (channels, page) = (arguments.channels.channels()?, arguments.page.page()?);
    let data = DataDir::open(&arguments.data.data_dir)?;
    let mut server = Server::bind(&arguments.http).await?;
    let health = server.health.clone();
    let started = arguments.servers.start(&data, &mut server.supervisor, &health).await;
    match started {
        Ok(Some(servers)) => serve(server, servers, &data, (arguments.clock, channels, page)).await,
        stopped => {
            server.supervisor.stop().await;
            stopped.map(|_| ExitCode::SUCCESS)
        }
    }
}

async fn serve(
    mut server: Server,
    servers: Servers,
    data: &DataDir,
    (clock, channels, page): (ClockArguments, Channels, Page),
) -> anyhow::Result<ExitCode> {
    let stage = server.stage("roles", Duration::from_secs(1));
    // Stops before the event stores that it gives its commands through.
    let managing = server.stage("process managers", Duration::from_secs(1));
    let log: Arc<dyn Log> = Arc::new(KafkaLog::new(servers.kafka.clone()));
    let positions = Positions::new();
    let (health, address) = (server.health.clone(), server.address()?);
    server.fallback = Some(page.fallback());
    projector::start(servers.pool.clone(), log.clone(), positions.clone(), &health, &stage, true);
    let opening = async {
        // What is due does not wait for the search index.
        let commanding = async {
            let commands = command::open(&servers.kafka, data.path(), &health, &stage).await?;
            let (kafka, pool) = (servers.kafka.clone(), servers.pool.clone());
            let managers = Managers { commands: commands.clone(), kafka, pool, rush: Rush::default() };
            managers.watch_timers(&managing);
            let processes = managers.process(clock.internal_clock, &health, &managing);
            let notify = managers.notify((channels, None), true, &health, &managing);
            Ok((commands, ::process::router(processes).merge(::process::notify_router(notify))))
        };
        let querying = query::open(servers.pool.clone(), log, positions, data.path(), &health, &stage);
        let ((commands, processes), queries) = tokio::try_join!(commanding, querying)?;
        announce(data, address, &servers, page.is_built())?;
        // One origin: commands and queries share paths, split by method, and the page has the others.
        let api = ::command::router(commands).merge(projection::router(queries)).merge(processes);
        Ok(api.merge(page.routes()))
    };
    server.run(opening).await
}

/// Says, once, where everything is.
fn announce(data: &DataDir, address: SocketAddr, servers: &Servers, has_page: bool) -> anyhow::Result<()> {
    let url = format!("http://{address}");
    data.write_runtime(&Runtime { api_url: Some(url.clone()), ..servers.runtime.clone() })?;
    let (version, brokers, folder) = (env!("CARGO_PKG_VERSION"), &servers.kafka.brokers, data.path().display());
    let [tasks, reminders] = [domain::topics::TASKS, domain::topics::REMINDERS];
    let page = if has_page { format!("  Page  {url}\n") } else { String::new() };
    stdout::print(&format!(
        "Tasklog {version}\n{page}  \
           API   {url}\n  \
           Docs  {url}/docs\n  \
           Log   Kafka at {brokers}, topics {tasks} and {reminders}\n  \
           Data  {folder}\n\
         Stop with Ctrl-C.\n"
    ))?;
    Ok(())
}
