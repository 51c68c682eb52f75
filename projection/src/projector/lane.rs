//! One generation of a projection on its way through the log: its checkpoint, and one transaction for each batch.

mod transaction;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use kafka_es::LogRecord;
use platform::clock::Clock;
use platform::health::{Component, Health};
use platform::lifecycle::Shutdown;
use sqlx::{PgConnection, PgPool};
use tokio::sync::mpsc;

use super::batch::{Gap, Record};
use super::checkpoint::{self, Checkpoint, Loaded};
use super::failure::{ApplyError, Remedy, remedy};
use crate::database;
use crate::generations::{self, Generation, Role};
use crate::metrics_definitions as metric;
use crate::positions::Positions;
use crate::projections::{Description, Projection};
use transaction::{Failed, How};

/// One generation's way through the log.
pub(super) struct Lane {
    pub(super) projection: Arc<dyn Projection>,
    /// Known once it is loaded: the one that serves may change while the log is not read.
    generation: Generation,
    role: Role,
    /// What the database is known to hold.
    checkpoint: Checkpoint,
    /// Where it has to be before it answers.
    goals: BTreeMap<i32, i64>,
    /// Partitions in which nothing is applied any more, and why.
    stopped: BTreeMap<i32, Gap>,
    pool: PgPool,
    /// For its transactions, between two of them, and when the last one ended.
    connection: Option<(PgConnection, Instant)>,
    positions: Positions,
    health: Component,
    /// Postgres takes what it writes; told when that changes.
    healthy: bool,
    /// It has been where it must be before it answers; told when that changes.
    filled: bool,
    clock: Clock,
    shutdown: Shutdown,
}

/// Why a lane did not apply a batch to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Interrupted {
    /// The checkpoint in the database is not ours any more: load it and read on from there.
    Fenced,
    /// The process stops.
    Shutdown,
}

impl Lane {
    /// Of the generation that serves.
    pub(super) fn serving(
        projection: Arc<dyn Projection>,
        options: &super::ProjectorOptions,
        shutdown: &Shutdown,
    ) -> Self {
        let name = projection.describe().name;
        let health = options.health.component(format!("projection {name}"));
        let generation = Generation { projection: name, number: 0 };
        Self::new(projection, generation, Role::Serving, health, options, shutdown)
    }

    /// Of one that is filled beside it: what stands in its way makes no process unready.
    pub(super) fn building(
        projection: Arc<dyn Projection>,
        generation: Generation,
        options: &super::ProjectorOptions,
        shutdown: &Shutdown,
    ) -> Self {
        let health = Health::new().component("rebuild");
        Self::new(projection, generation, Role::Building, health, options, shutdown)
    }

    fn new(
        projection: Arc<dyn Projection>,
        generation: Generation,
        role: Role,
        health: Component,
        options: &super::ProjectorOptions,
        shutdown: &Shutdown,
    ) -> Self {
        Self {
            projection,
            generation,
            role,
            checkpoint: Checkpoint::new(),
            goals: BTreeMap::new(),
            stopped: BTreeMap::new(),
            pool: options.pool.clone(),
            connection: None,
            positions: options.positions.clone(),
            health,
            healthy: false,
            filled: false,
            clock: options.clock.clone(),
            shutdown: shutdown.clone(),
        }
    }

    /// The offsets to read from. Loads the checkpoint, which forgets stops; `ends` are the log's, by partition.
    pub(super) async fn load(&mut self, ends: &BTreeMap<i32, i64>) -> Result<&Checkpoint, Interrupted> {
        let mut backoff = patience();
        let (generation, loaded) = loop {
            match self.read_checkpoint(ends).await {
                Ok(read) => break read,
                Err(error) => self.pause(&mut backoff, &error.to_string()).await?,
            }
        };
        self.generation = generation;
        self.stopped.clear();
        let Description { name, topic, .. } = *self.projection.describe();
        let placed = |offsets: &BTreeMap<i32, i64>| {
            offsets.iter().map(|(partition, offset)| ((topic.to_owned(), *partition), *offset)).collect()
        };
        match self.role {
            Role::Building => self.positions.set_building(name, Some((generation.number, placed(&loaded.checkpoint)))),
            Role::Serving | Role::Kept => {
                metric::stopped(name, 0);
                self.positions.begin(name, generation.number, placed(&loaded.checkpoint), placed(&loaded.goals));
            }
        }
        self.checkpoint = loaded.checkpoint;
        self.goals = loaded.goals;
        self.set_healthy();
        Ok(&self.checkpoint)
    }

    async fn read_checkpoint(&self, ends: &BTreeMap<i32, i64>) -> Result<(Generation, Loaded), sqlx::Error> {
        let generation = match self.role {
            Role::Building => self.generation,
            Role::Serving | Role::Kept => generations::serving(&self.pool, &*self.projection).await?,
        };
        // One that is built takes the serving one's place only when it is as far: nothing else has to wait for it.
        let goal = |end: i64| if self.role == Role::Building { -1 } else { end - 1 };
        let goals = ends.iter().map(|(partition, end)| (*partition, goal(*end))).collect();
        let mut transaction = database::begin(&self.pool).await?;
        let loaded = checkpoint::load(&mut transaction, generation, self.projection.describe().topic, &goals).await?;
        if self.role != Role::Building && loaded.is_filled() {
            generations::index_filled(&mut transaction, &*self.projection, generation).await?;
        }
        transaction.commit().await?;
        Ok((generation, loaded))
    }

    /// What it has applied.
    pub(super) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// It has applied everything up to these offsets, or will never.
    pub(super) fn has_reached(&self, offsets: &Checkpoint) -> bool {
        offsets.iter().all(|(partition, offset)| {
            self.stopped.contains_key(partition) || self.checkpoint.get(partition).is_some_and(|at| at >= offset)
        })
    }

    /// Why it has stopped in some partitions, if it has.
    pub(super) fn stops(&self) -> Option<String> {
        let stops = || self.stopped.values().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        (!self.stopped.is_empty()).then(stops)
    }

    /// Applies what comes until nothing more does or something is in the way, which it tells `stops`.
    pub(super) async fn run(
        mut self,
        mut pieces: mpsc::Receiver<Arc<Vec<Record>>>,
        stops: mpsc::Sender<Interrupted>,
    ) -> Self {
        while let Some(piece) = pieces.recv().await {
            if let Err(interrupted) = self.apply(&piece).await {
                // Full: another lane has said so already.
                let _ = stops.try_send(interrupted);
                break;
            }
        }
        self
    }

    /// Applies the records of its topic that it has not applied yet.
    pub(super) async fn apply(&mut self, records: &[Record]) -> Result<(), Interrupted> {
        // Halves are taken apart only where a value cannot be stored; nearly always this is one piece.
        let fresh: Vec<&Record> = records.iter().filter(|record| self.wants(&record.log)).collect();
        let mut pieces: Vec<Vec<&Record>> = vec![fresh];
        let mut backoff = patience();
        while let Some(mut piece) = pieces.pop() {
            piece.retain(|record| self.wants(&record.log));
            if piece.is_empty() {
                continue;
            }
            let mut done = self.attempt(&piece, How::Assuming).await;
            if let Err(Failed::Apply(error)) = &done
                && error.may_be_of_an_assumption()
            {
                done = self.attempt(&piece, How::Looking).await;
            }
            match done {
                Ok(()) => {
                    backoff = patience();
                    self.set_healthy();
                }
                Err(Failed::Fenced) => return Err(self.fenced()),
                Err(Failed::Apply(ApplyError::Gap(gap))) => {
                    self.stop(*gap).await?;
                    pieces.push(piece);
                }
                Err(Failed::Apply(ApplyError::Postgres(error))) if remedy(&error) == Remedy::Isolate => {
                    if piece.len() > 1 {
                        let later = piece.split_off(piece.len() / 2);
                        pieces.push(later);
                        pieces.push(piece);
                        continue;
                    }
                    match self.attempt(&piece, How::Parking(error.to_string())).await {
                        Ok(()) => {}
                        Err(Failed::Fenced) => return Err(self.fenced()),
                        Err(_) => {
                            self.pause(&mut backoff, &error.to_string()).await?;
                            pieces.push(piece);
                        }
                    }
                }
                Err(Failed::Apply(error)) => {
                    self.pause(&mut backoff, &error.to_string()).await?;
                    pieces.push(piece);
                }
                Err(Failed::Index(error)) => {
                    self.pause(&mut backoff, &format!("indexes: {error}")).await?;
                    pieces.push(piece);
                }
                Err(Failed::TimedOut) => {
                    self.pause(&mut backoff, "postgres does not answer").await?;
                    pieces.push(piece);
                }
            }
        }
        Ok(())
    }

    fn fenced(&self) -> Interrupted {
        metric::fenced(self.projection.describe().name);
        Interrupted::Fenced
    }

    fn wants(&self, record: &LogRecord) -> bool {
        let partition = record.position.partition;
        record.position.topic == self.projection.describe().topic
            && self.checkpoint.get(&partition).is_some_and(|at| record.position.offset > *at)
            && self.stopped.get(&partition).is_none_or(|gap| record.position.offset < gap.position.offset)
    }

    async fn stop(&mut self, gap: Gap) -> Result<(), Interrupted> {
        let name = self.projection.describe().name;
        tracing::error!(
            projection = name, generation = self.generation.number, stream = gap.stream, position = %gap.position, expected = gap.expected, found = gap.found,
            "a stream has a gap: the projection stops in this partition"
        );
        let partition = gap.position.partition;
        self.stopped.insert(partition, gap);
        if self.role == Role::Serving {
            self.health.not_ready(self.stops().unwrap_or_default());
            metric::stopped(name, self.stopped.len());
            let mut backoff = patience();
            loop {
                match self.give_up(partition).await {
                    Ok(true) => break,
                    Ok(false) => return Err(self.fenced()),
                    Err(error) => self.pause(&mut backoff, &error.to_string()).await?,
                }
            }
            self.goals.insert(partition, -1);
            self.set_healthy();
        }
        Ok(())
    }

    /// The other partitions must not wait for this one before they answer. Perhaps they have only waited for this one, and answer from
    /// now on. False when the partition is not where this lane has left it.
    async fn give_up(&self, partition: i32) -> Result<bool, sqlx::Error> {
        let Description { name, topic, .. } = *self.projection.describe();
        let mut transaction = database::begin(&self.pool).await?;
        let held = checkpoint::hold(&mut transaction, self.generation, topic).await?;
        if held.get(&partition) != self.checkpoint.get(&partition) {
            return Ok(false);
        }
        checkpoint::give_up(&mut transaction, self.generation, topic, partition).await?;
        generations::index_filled(&mut transaction, &*self.projection, self.generation).await?;
        transaction.commit().await?;
        self.positions.give_up(name, &(topic.to_owned(), partition));
        Ok(true)
    }

    fn set_healthy(&mut self) {
        let filled = self.positions.is_filled(self.projection.describe().name);
        if self.healthy && self.filled == filled {
            return;
        }
        (self.healthy, self.filled) = (true, filled);
        if let Some(stops) = self.stops() {
            // It writes again, in the other partitions.
            self.health.not_ready(stops);
        } else if filled {
            self.health.ready();
        } else {
            self.health.not_ready("it is being filled from the log");
        }
    }

    /// Says what is wrong and waits before the next attempt.
    async fn pause(&mut self, backoff: &mut impl Iterator<Item = Duration>, error: &str) -> Result<(), Interrupted> {
        let wait = backoff.next().unwrap_or(PAUSE_MAX);
        if self.healthy {
            // Once, not at every attempt.
            let name = self.projection.describe().name;
            tracing::warn!(projection = name, error, "the projection cannot write, trying again");
        }
        self.healthy = false;
        self.health.not_ready(format!("cannot write: {error}"));
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = self.shutdown.requested() => Err(Interrupted::Shutdown),
        }
    }
}

const PAUSE_MAX: Duration = Duration::from_secs(2);

fn patience() -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(PAUSE_MAX)
        .with_jitter()
        .without_max_times()
        .build()
}
