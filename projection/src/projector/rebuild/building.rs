//! One rebuild: fill, index, compare, switch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_es::{ConsistencyToken, Position};
use platform::lifecycle::Shutdown;
use sqlx::{Postgres, Transaction};

use super::comparison::compare;
use super::feed::Feed;
use crate::database;
use crate::generations::{self, Generation, Role};
use crate::projections::Projection;
use crate::projector::checkpoint::{self, Checkpoint};
use crate::projector::dead_letters;
use crate::projector::lane::{Interrupted, Lane};
use crate::projector::rivals::Rivals;
use crate::projector::{BATCH_MAX_RECORDS, ProjectorOptions, REOPEN, pieces};
use crate::source::SourceError;

/// How long the serving generation may take to come as far as the new one, before they are left uncompared: it may have
/// stopped for good, which may be why there is a rebuild.
const ALIGN_PATIENCE: Duration = Duration::from_secs(5);
/// How long the serving generation is held where it is, at most, for the new one to come there.
const HOLD_MAX: Duration = Duration::from_secs(5);

/// Pause before a generation that may not take over is looked at again: perhaps somebody has mended what was wrong.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);

/// Builds one generation.
pub(super) struct Builder {
    projection: Arc<dyn Projection>,
    generation: Generation,
    options: ProjectorOptions,
    shutdown: Shutdown,
}

/// Why a rebuild did not come to its end this time.
enum Stop {
    /// Another process has moved its positions.
    Fenced,
    /// The log cannot be read.
    Source(SourceError),
    /// Postgres refused, or the serving generation could not be held long enough.
    Failed(String),
    /// It must not take over as it is.
    Refused(String),
    /// Another process has ended it.
    Gone,
    Shutdown,
}

impl From<Interrupted> for Stop {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Fenced => Self::Fenced,
            Interrupted::Shutdown => Self::Shutdown,
        }
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(format!("postgres: {error}"))
    }
}

impl Builder {
    pub(super) fn new(
        projection: Arc<dyn Projection>,
        generation: Generation,
        options: ProjectorOptions,
        shutdown: Shutdown,
    ) -> Self {
        Self { projection, generation, options, shutdown }
    }

    /// Works until the generation serves, or is not wanted any more. Dropping it stops it at any point.
    pub(super) async fn run(self) {
        let (name, number) = (self.projection.describe().name, self.generation.number);
        let (mut rivals, mut told) = (Rivals::new(), false);
        tracing::info!(projection = name, generation = number, "filling a new generation beside the one that serves");
        loop {
            let stop = match self.attempt().await {
                Ok(()) | Err(Stop::Gone | Stop::Shutdown) => return,
                Err(stop) => stop,
            };
            match stop {
                Stop::Fenced => tokio::time::sleep(rivals.lost(Instant::now()).0).await,
                Stop::Refused(reason) => {
                    if !told {
                        tracing::error!(
                            projection = name,
                            generation = number,
                            reason,
                            "the new generation is not put in the serving one's place: mend this, or cancel the rebuild"
                        );
                    }
                    told = true;
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
                stop => {
                    let reason = stop.reason();
                    if told {
                        tracing::debug!(projection = name, generation = number, reason, "the rebuild stands still");
                    } else {
                        tracing::warn!(
                            projection = name,
                            generation = number,
                            reason,
                            "the rebuild stands still, trying again"
                        );
                    }
                    told = true;
                    tokio::time::sleep(REOPEN).await;
                }
            }
        }
    }

    /// From where it was to its end.
    async fn attempt(&self) -> Result<(), Stop> {
        let mut lane = Lane::building(self.projection.clone(), self.generation, &self.options, &self.shutdown);
        lane.load(&self.ends().await?).await?;
        let topic = self.projection.describe().topic;
        let mut feed = Feed::open(&self.options.log, topic, lane.checkpoint(), BATCH_MAX_RECORDS).await?;
        self.fill(&mut lane, &mut feed).await?;
        generations::index(&self.options.pool, &*self.projection, self.generation).await?;
        self.check(&lane, self.serving().await?).await?;
        self.compare(&mut lane, &mut feed).await?;
        self.fill(&mut lane, &mut feed).await?;
        self.switch(&mut lane, &mut feed).await
    }

    /// The end of each partition.
    async fn ends(&self) -> Result<BTreeMap<i32, i64>, Stop> {
        let ends = self.options.log.end_offsets(&[self.projection.describe().topic]).await?;
        Ok(ends.into_iter().map(|((_, partition), end)| (partition, end)).collect())
    }

    /// Applies the log until little of it is left.
    async fn fill(&self, lane: &mut Lane, feed: &mut Feed) -> Result<(), Stop> {
        loop {
            let last: Checkpoint =
                self.ends().await?.into_iter().map(|(partition, end)| (partition, end - 1)).collect();
            let mut applied = 0;
            while !lane.has_reached(&last) {
                let batch = feed.next().await?;
                applied += batch.len();
                for piece in pieces(batch) {
                    lane.apply(&piece).await?;
                }
            }
            if applied < BATCH_MAX_RECORDS {
                return Ok(());
            }
        }
    }

    /// It must not know less than the one it is to replace.
    async fn check(&self, lane: &Lane, serving: Generation) -> Result<(), Stop> {
        if let Some(stops) = lane.stops() {
            return Err(Stop::Refused(stops));
        }
        let mut connection = self.options.pool.acquire().await?;
        match dead_letters::parked_only_in(&mut connection, self.generation, serving).await? {
            0 => Ok(()),
            parked => Err(Stop::Refused(format!(
                "{parked} records are parked in it that the serving generation has applied: see GET /dead-letters"
            ))),
        }
    }

    /// Compares it with the serving generation, both at the same positions, where that can be.
    async fn compare(&self, lane: &mut Lane, feed: &mut Feed) -> Result<(), Stop> {
        let serving = self.serving().await?;
        let name = self.projection.describe().name;
        let token = self.token(lane.checkpoint());
        if let Err(behind) = self.options.positions.wait_for(name, &token, ALIGN_PATIENCE).await {
            tracing::warn!(
                projection = name, generation = self.generation.number, %behind,
                "the new generation is not compared with the one that serves, which stands still"
            );
            return Ok(());
        }
        let (held, same) = self.meet(lane, feed, serving).await?;
        if !same {
            tracing::warn!(
                projection = name,
                generation = self.generation.number,
                "the new generation is not compared with the one that serves, which knows what the log has lost"
            );
            return Ok(());
        }
        let mut snapshot = database::begin(&self.options.pool).await?;
        for statement in ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT 1"] {
            sqlx::query(statement).execute(&mut *snapshot).await?;
        }
        held.rollback().await?;
        let compared = compare(&mut snapshot, &*self.projection, self.generation, serving).await?;
        snapshot.rollback().await?;
        generations::note_comparison(&self.options.pool, self.generation, compared).await?;
        if compared.differences > 0 {
            tracing::warn!(
                projection = name,
                generation = self.generation.number,
                rows = compared.rows,
                differences = compared.differences,
                "the new generation differs from the one that serves, which is kept"
            );
        }
        Ok(())
    }

    /// Puts it in the serving generation's place.
    async fn switch(&self, lane: &mut Lane, feed: &mut Feed) -> Result<(), Stop> {
        let serving = self.serving().await?;
        let (mut held, _) = self.meet(lane, feed, serving).await?;
        self.check(lane, serving).await?;
        if !generations::switch(&mut held, self.generation, serving).await? {
            return Err(Stop::Gone);
        }
        held.commit().await?;
        tracing::info!(
            projection = self.projection.describe().name,
            generation = self.generation.number,
            kept = serving.number,
            "the new generation serves"
        );
        Ok(())
    }

    /// Holds the serving generation where it is and brings the new one there: exactly, if it was not beyond. False beside it when
    /// the log does not reach so far any more; then the new one is brought to its end.
    async fn meet(
        &self,
        lane: &mut Lane,
        feed: &mut Feed,
        serving: Generation,
    ) -> Result<(Transaction<'static, Postgres>, bool), Stop> {
        let mut held = database::begin(&self.options.pool).await?;
        let wanted = checkpoint::hold(&mut held, serving, self.projection.describe().topic).await?;
        let ends = self.ends().await?;
        let within = |(partition, at): (&i32, &i64)| {
            let last = ends.get(partition).map_or(-1, |end| end - 1);
            (*partition, last.min(*at))
        };
        let at: Checkpoint = wanted.iter().map(within).collect();
        let reach = async {
            while !lane.has_reached(&at) {
                for piece in pieces(feed.next_up_to(&at).await?) {
                    lane.apply(&piece).await?;
                }
            }
            Ok::<_, Stop>(())
        };
        match tokio::time::timeout(HOLD_MAX, reach).await {
            Ok(reached) => reached?,
            Err(_) => {
                return Err(Stop::Failed("it did not come to where the serving generation is in time".to_owned()));
            }
        }
        Ok((held, at == wanted))
    }

    async fn serving(&self) -> Result<Generation, Stop> {
        let mut connection = self.options.pool.acquire().await?;
        let serving = generations::find(&mut connection, &*self.projection, Role::Serving).await?;
        serving.ok_or(Stop::Gone)
    }

    fn token(&self, applied: &Checkpoint) -> ConsistencyToken {
        let topic = self.projection.describe().topic;
        let passed = applied.iter().filter(|(_, offset)| **offset >= 0);
        passed
            .map(|(partition, offset)| Position { topic: topic.to_owned(), partition: *partition, offset: *offset })
            .collect()
    }
}

impl Stop {
    fn reason(&self) -> String {
        match self {
            Self::Source(error) => error.to_string(),
            Self::Failed(reason) | Self::Refused(reason) => reason.clone(),
            Self::Fenced => "another process builds it too".to_owned(),
            Self::Gone | Self::Shutdown => "it has ended".to_owned(),
        }
    }
}
