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

use super::progress::Progress;
use crate::roles::{projector, query};
use crate::servers::{ServerArguments, Servers};

/// Starts what is needed on `folder`, rebuilds, and stops all of it.
pub async fn rebuild(names: &[String], arguments: &ServerArguments, folder: &Path) -> anyhow::Result<()> {
    let data = DataDir::open(folder)?;
    let mut supervisor = Supervisor::new()?;
    let health = Health::new();
    let result = match arguments.start(&data, &mut supervisor, &health).await {
        Ok(Some(servers)) => {
            let stage = supervisor.stage("projectors", Duration::from_millis(1500));
            supervisor.start(with_servers(names, servers, &data, &health, &stage)).await.unwrap_or(Ok(()))
        }
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    supervisor.stop().await;
    result
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
        let progress = Progress::new(name);
        match projections::all().into_iter().find(|projection| projection.name() == name) {
            Some(projection) => {
                let ends = log.end_offsets(&[projection.topic()]).await.context("the log cannot be read")?;
                progress.until_applied(name, &ends, &positions).await;
            }
            None => {
                let rebuilt = search.rebuild().await?;
                progress.done(rebuilt.documents);
            }
        }
    }
    Ok(())
}
