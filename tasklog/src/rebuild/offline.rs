//! A rebuild where no Tasklog runs: the servers are started for it and stopped after it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use platform::data_dir::DataDir;
use platform::health::Health;
use platform::lifecycle::{Stage, Supervisor};
use projection::projections;
use projection::source::{KafkaLog, Log};

use super::progress::{self, Progress};
use crate::roles::{projector, query};
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
    for name in names.iter().filter(|name| projections::NAMES.contains(&name.as_str())) {
        projection::rebuild(&servers.pool, name).await?;
    }
    projector::start(servers.pool.clone(), log.clone(), positions.clone(), health, stage);
    let search = query::open_search(log.clone(), positions.clone(), data.path(), health, stage).await?;
    for name in names {
        let mut progress = Progress::new(name);
        match projections::all().into_iter().find(|projection| projection.name() == name) {
            Some(projection) => {
                let ends = log.end_offsets(&[projection.topic()]).await.context("the log cannot be read")?;
                let applied = progress.until_applied(name, &ends, &positions, progress::STUCK_AFTER).await;
                progress.end(applied, &ends)?;
            }
            None => {
                let rebuilt = search.rebuild().await?;
                progress.done(rebuilt.documents);
            }
        }
    }
    Ok(())
}
