//! A rebuild beside running servers: the running projectors do it, and this command watches. Where nobody does, it does it itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use kafka_es::KafkaSettings;
use platform::data_dir::DataDir;
use platform::health::Health;
use platform::lifecycle::{Stage, Supervisor};
use projection::generations::{self, Ended};
use projection::search::{self, Request};
use projection::source::{KafkaLog, Log};
use projection::{Positions, projections};
use sqlx::PgPool;

use super::Wish;
use super::progress::{self, Outcome, Progress};
use crate::roles::projector;
use crate::stdout;

mod in_search;

/// A running projector begins within moments. After this long without a record nobody does the work.
const NOBODY_AFTER: Duration = Duration::from_secs(5);

/// Where it happens.
pub struct Place<'a> {
    /// The log.
    pub kafka: KafkaSettings,
    /// The read models.
    pub pool: PgPool,
    /// Where a query API may answer.
    pub url: &'a str,
    /// Holds the search index where no query API answers.
    pub folder: &'a Path,
}

/// Does what is wished to each projection in turn. `None` when a signal came first.
pub async fn rebuild(
    names: &[String],
    wish: Wish,
    place: Place<'_>,
    supervisor: &mut Supervisor,
    health: &Health,
) -> anyhow::Result<Option<()>> {
    let stage = supervisor.stage("projectors", Duration::from_millis(1500));
    let positions = Positions::new();
    let log = Arc::new(KafkaLog::new(place.kafka));
    let mut work =
        Work { log, pool: place.pool, positions, health, stage, wish, own_projector: false, own_folder: None };
    let rebuilt = supervisor.start(work.all(names, place.url, place.folder)).await.transpose();
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
    wish: Wish,
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
            match (projections::find(name), self.wish) {
                (Some(_), Wish::Cancel) => self.cancel(name).await?,
                (Some(_), Wish::Rebuild | Wish::RollBack) => self.in_postgres(name).await?,
                (None, Wish::Cancel) => search::request(&self.pool, Request::Cancel).await?,
                (None, Wish::Rebuild | Wish::RollBack) => self.in_search(url, folder).await?,
            }
        }
        Ok(())
    }

    async fn cancel(&self, name: &str) -> anyhow::Result<()> {
        let ended = match generations::cancel_rebuild(&self.pool, name).await? {
            Ended::Done(_) => "the rebuild is given up",
            Ended::Nothing => "no rebuild runs",
        };
        Ok(stdout::print(&format!("{name}: {ended}\n"))?)
    }

    /// The generation that is to serve.
    async fn begin(&self, name: &str) -> anyhow::Result<i32> {
        if self.wish == Wish::Rebuild {
            return Ok(generations::begin_rebuild(&self.pool, name).await?.generation.number);
        }
        match generations::roll_back(&self.pool, name).await? {
            Ended::Done(kept) => Ok(kept.number),
            Ended::Nothing => bail!("{name} has no generation that served before, or a rebuild of it runs"),
        }
    }

    /// Lets a generation catch up and waits until it serves.
    async fn in_postgres(&mut self, name: &str) -> anyhow::Result<()> {
        let mut progress = Progress::new(name, self.wish);
        let number = self.begin(name).await?;
        self.positions.load(&self.pool).await?;
        let patience = if self.own_projector { progress::STUCK_AFTER } else { NOBODY_AFTER };
        let mut outcome = progress.until_serving(name, number, &self.positions, patience).await;
        if outcome == Outcome::Stuck && !self.own_projector {
            self.own_projector = true;
            progress.say("no projector does it, so this command does");
            // Should one begin after all, they do each other no harm: a position moves by compare-and-set.
            let (pool, log, positions) = (self.pool.clone(), self.log.clone(), self.positions.clone());
            projector::start(pool, log, positions, self.health, &self.stage, false);
            outcome = progress.until_serving(name, number, &self.positions, progress::STUCK_AFTER).await;
        }
        progress.end(outcome, &self.pool, number).await
    }
}
