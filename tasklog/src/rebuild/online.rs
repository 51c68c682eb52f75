//! A rebuild beside running servers: the running projectors do it, and this command watches. Where nobody does, it does it itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use kafka_es::KafkaSettings;
use platform::data_dir::DataDir;
use platform::health::Health;
use platform::lifecycle::{Stage, Supervisor};
use projection::Positions;
use projection::projections::{self, Projection};
use projection::source::{KafkaLog, Log};
use sqlx::PgPool;

use super::progress::{self, Progress};
use crate::roles::projector;

mod search;

/// A running projector begins within moments. After this long without a record nobody does the work.
const NOBODY_AFTER: Duration = Duration::from_secs(5);

/// Rebuilds each projection in turn; `folder` holds the search index where no query API answers at `url`. `None` when a
/// signal came first.
pub async fn rebuild(
    names: &[String],
    kafka: KafkaSettings,
    pool: PgPool,
    url: &str,
    folder: &Path,
    supervisor: &mut Supervisor,
    health: &Health,
) -> anyhow::Result<Option<()>> {
    let stage = supervisor.stage("projectors", Duration::from_millis(1500));
    let positions = Positions::new();
    let log = Arc::new(KafkaLog::new(kafka));
    let mut work = Work { log, pool, positions, health, stage, own_projector: false, own_folder: None };
    let rebuilt = supervisor.start(work.all(names, url, folder)).await.transpose();
    // Before a folder that it holds is given back.
    supervisor.stop().await;
    rebuilt
}

/// What a rebuild needs.
struct Work<'a> {
    log: Arc<dyn Log>,
    pool: PgPool,
    positions: Positions,
    health: &'a Health,
    stage: Stage,
    /// The projector of this process runs.
    own_projector: bool,
    /// The folder whose search index this process has opened.
    own_folder: Option<DataDir>,
}

impl Work<'_> {
    async fn all(&mut self, names: &[String], url: &str, folder: &Path) -> anyhow::Result<()> {
        projection::migrate(&self.pool).await.context("Postgres cannot be used")?;
        let listening =
            self.positions.clone().listen(self.pool.clone(), self.health.component("positions"), self.stage.shutdown());
        self.stage.spawn("positions", listening);
        for name in names {
            match projections::all().into_iter().find(|projection| projection.name() == name) {
                Some(projection) => self.in_postgres(projection.as_ref()).await?,
                None => self.in_search(url, folder).await?,
            }
        }
        Ok(())
    }

    /// Empties a projection and waits until it is where the log ends now.
    async fn in_postgres(&mut self, projection: &dyn Projection) -> anyhow::Result<()> {
        let name = projection.name();
        let ends = self.log.end_offsets(&[projection.topic()]).await.context("the log cannot be read")?;
        let mut progress = Progress::new(name);
        projection::rebuild(&self.pool, name).await?;
        self.positions.load(&self.pool).await?;
        let patience = if self.own_projector { progress::STUCK_AFTER } else { NOBODY_AFTER };
        let mut applied = progress.until_applied(name, &ends, &self.positions, patience).await;
        if !applied && !self.own_projector {
            self.own_projector = true;
            progress.say("no projector does it, so this command does");
            // Should one begin after all, they do each other no harm: a position moves by compare-and-set.
            let (pool, log, positions) = (self.pool.clone(), self.log.clone(), self.positions.clone());
            projector::start(pool, log, positions, self.health, &self.stage);
            applied = progress.until_applied(name, &ends, &self.positions, progress::STUCK_AFTER).await;
        }
        progress.end(applied, &ends)
    }
}
