//! A rebuild where no Tasklog runs: the servers are started for it and stopped after it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use platform::data_dir::DataDir;
use platform::health::Health;
use platform::lifecycle::{Stage, Supervisor};
use projection::source::{KafkaLog, Log};
use projection::{generations, projections};

use super::Wish;
use super::progress::{self, Progress};
use crate::roles::{projector, query, schema};
use crate::servers::{ServerArguments, Servers};

/// Starts what is needed on `folder` as stages of `supervisor` and rebuilds. `None` when a signal came first.
pub async fn rebuild(
    names: &[String],
    arguments: &ServerArguments,
    folder: &Path,
    supervisor: &mut Supervisor,
    health: &Health,
) -> anyhow::Result<Option<()>> {
    let data = DataDir::open(folder)?;
    let rebuilt = match arguments.start(&data, supervisor, health).await {
        Ok(Some(servers)) => {
            let stage = supervisor.stage("projectors", Duration::from_millis(1500));
            supervisor.start(with_servers(names, servers, &data, health, &stage)).await.transpose()
        }
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    // The folder is ours until its servers have stopped.
    supervisor.stop().await;
    rebuilt
}

async fn with_servers(
    names: &[String],
    servers: Servers,
    data: &DataDir,
    health: &Health,
    stage: &Stage,
) -> anyhow::Result<()> {
    let positions = projection::Positions::new();
    let log: Arc<dyn Log> = Arc::new(KafkaLog::new(servers.kafka));
    projection::migrate(&servers.pool).await.context("Postgres cannot be used")?;
    schema::listen(&positions, &servers.pool, health, stage);
    projector::start(servers.pool.clone(), log.clone(), positions.clone(), health, stage, false);
    let search = query::open_search(log.clone(), positions.clone(), data.path(), health, stage).await?;
    for name in names {
        let mut progress = Progress::new(name, Wish::Rebuild);
        match projections::find(name) {
            Some(_) => {
                let begun = generations::begin_rebuild(&servers.pool, name).await?;
                let number = begun.generation.number;
                positions.load(&servers.pool).await?;
                let outcome = progress.until_serving(name, number, &positions, progress::STUCK_AFTER).await;
                progress.end(outcome, &servers.pool, number).await?;
            }
            None => {
                search.rebuild().await?;
                progress.done()?;
            }
        }
    }
    Ok(())
}
