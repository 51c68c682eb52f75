//! One projection on its way through the log: its checkpoint, and one transaction for each batch.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use kafka_es::LogRecord;
use platform::clock::Clock;
use platform::health::Component;
use platform::lifecycle::Shutdown;
use sqlx::{Connection as _, PgPool};
use tokio::sync::mpsc;

use super::batch::{Batch, Gap, Letter, stream_of};
use super::checkpoint::{self, Checkpoint, Loaded};
use super::failure::{ApplyError, Remedy, remedy};
use super::{dead_letters, traces};
use crate::metrics_definitions as metric;
use crate::positions::Positions;
use crate::projections::Projection;

/// A transaction that takes longer has lost its server.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(60);

/// One projection's way through the log.
pub(super) struct Lane {
    pub(super) projection: Arc<dyn Projection>,
    /// What the database is known to hold.
    checkpoint: Checkpoint,
    /// Partitions in which nothing is applied any more, and why.
    stopped: BTreeMap<i32, Gap>,
    pool: PgPool,
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

/// One attempt's failure.
enum Failed {
    Fenced,
    Apply(ApplyError),
    TimedOut,
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Apply(error.into())
    }
}

impl From<ApplyError> for Failed {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

impl Lane {
    pub(super) fn new(projection: Arc<dyn Projection>, options: &super::ProjectorOptions, shutdown: &Shutdown) -> Self {
        let health = options.health.component(format!("projection {}", projection.name()));
        Self {
            projection,
            checkpoint: Checkpoint::new(),
            stopped: BTreeMap::new(),
            pool: options.pool.clone(),
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
        let (name, topic) = (self.projection.name(), self.projection.topic());
        let mut backoff = patience();
        let Loaded { checkpoint, goals } = loop {
            let loaded = async {
                let mut connection = self.pool.acquire().await?;
                checkpoint::load(&mut connection, name, topic, ends).await
            };
            match loaded.await {
                Ok(loaded) => break loaded,
                Err(error) => self.pause(&mut backoff, &error.to_string()).await?,
            }
        };
        self.stopped.clear();
        metric::stopped(name, 0);
        let placed = |offsets: &BTreeMap<i32, i64>| {
            offsets.iter().map(|(partition, offset)| ((topic.to_owned(), *partition), *offset)).collect()
        };
        self.positions.begin(name, placed(&checkpoint), placed(&goals));
        self.checkpoint = checkpoint;
        self.set_healthy();
        Ok(&self.checkpoint)
    }

    /// Applies what comes until nothing more does or something is in the way, which it tells `stops`.
    pub(super) async fn run(
        mut self,
        mut pieces: mpsc::Receiver<Arc<Vec<LogRecord>>>,
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
    async fn apply(&mut self, records: &[LogRecord]) -> Result<(), Interrupted> {
        // Halves are taken apart only where a value cannot be stored; nearly always this is one piece.
        let fresh: Vec<&LogRecord> = records.iter().filter(|record| self.wants(record)).collect();
        let mut pieces: Vec<Vec<&LogRecord>> = vec![fresh];
        let mut backoff = patience();
        while let Some(mut piece) = pieces.pop() {
            piece.retain(|record| self.wants(record));
            if piece.is_empty() {
                continue;
            }
            match self.attempt(&piece, None).await {
                Ok(()) => {
                    backoff = patience();
                    self.set_healthy();
                }
                Err(Failed::Fenced) => return Err(self.fenced()),
                Err(Failed::Apply(ApplyError::Gap(gap))) => {
                    self.stop(*gap).await;
                    pieces.push(piece);
                }
                Err(Failed::Apply(ApplyError::Postgres(error))) if remedy(&error) == Remedy::Isolate => {
                    if piece.len() > 1 {
                        let later = piece.split_off(piece.len() / 2);
                        pieces.push(later);
                        pieces.push(piece);
                        continue;
                    }
                    match self.attempt(&piece, Some(error.to_string())).await {
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
                Err(Failed::TimedOut) => {
                    self.pause(&mut backoff, "postgres does not answer").await?;
                    pieces.push(piece);
                }
            }
        }
        Ok(())
    }

    fn fenced(&self) -> Interrupted {
        metric::fenced(self.projection.name());
        Interrupted::Fenced
    }

    fn wants(&self, record: &LogRecord) -> bool {
        let partition = record.position.partition;
        record.position.topic == self.projection.topic()
            && self.checkpoint.get(&partition).is_some_and(|at| record.position.offset > *at)
            && self.stopped.get(&partition).is_none_or(|gap| record.position.offset < gap.position.offset)
    }

    /// One transaction. With `unstorable` the piece is one record, which is parked for that reason.
    async fn attempt(&mut self, piece: &[&LogRecord], unstorable: Option<String>) -> Result<(), Failed> {
        let started = Instant::now();
        let spans = traces::start(self.projection.name(), piece.iter().copied());
        let to = checkpoint::after(piece);
        let transaction = self.transaction(piece, &to, unstorable);
        let done = tokio::time::timeout(TRANSACTION_TIMEOUT, transaction).await.map_err(|_| Failed::TimedOut)??;
        drop(spans);
        metric::batch_committed(self.projection.name(), &metric::Batch { took: started.elapsed(), ..done });
        let (name, topic) = (self.projection.name(), self.projection.topic());
        for (partition, offset) in &to {
            metric::position(name, topic, *partition, *offset);
        }
        self.positions.advance(name, to.iter().map(|(partition, offset)| ((topic.to_owned(), *partition), *offset)));
        self.checkpoint.extend(to);
        Ok(())
    }

    async fn transaction(
        &self,
        piece: &[&LogRecord],
        to: &Checkpoint,
        unstorable: Option<String>,
    ) -> Result<metric::Batch, Failed> {
        let name = self.projection.name();
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let moving = checkpoint::advance(&mut transaction, name, self.projection.topic(), &self.checkpoint, to).await?;
        if !moving.won {
            transaction.rollback().await?;
            return Err(Failed::Fenced);
        }
        let partitions = i32::try_from(self.checkpoint.len()).unwrap_or(0);
        let mut batch = Batch::new(piece, partitions, HashSet::new());
        if moving.any_parked {
            batch.parked = dead_letters::parked(&mut transaction, name, &batch.streams()).await?;
        }
        match unstorable {
            None => self.projection.apply(&mut transaction, &mut batch).await?,
            Some(error) => batch.letters.push(unstorable_letter(piece[0], partitions, error)),
        }
        dead_letters::insert_voids(&mut transaction, &batch).await?;
        dead_letters::insert(&mut transaction, name, piece, &batch.letters, self.clock.now()).await?;
        let done = metric::Batch {
            events: batch.events,
            applied: batch.applied,
            void: batch.voids.len() as u64,
            parked: batch.letters.len() as u64,
            took: Duration::ZERO,
        };
        transaction.commit().await?;
        dead_letters::tell(name, piece, &batch.letters);
        Ok(done)
    }

    async fn stop(&mut self, gap: Gap) {
        let name = self.projection.name();
        tracing::error!(
            projection = name, stream = gap.stream, position = %gap.position, expected = gap.expected, found = gap.found,
            "a stream has a gap: the projection stops in this partition"
        );
        let partition = gap.position.partition;
        self.stopped.insert(partition, gap);
        self.health.not_ready(self.stops());
        metric::stopped(name, self.stopped.len());
        self.give_up(partition).await;
    }

    /// The other partitions must not wait for this one before they answer.
    async fn give_up(&self, partition: i32) {
        let (name, topic) = (self.projection.name(), self.projection.topic());
        self.positions.give_up(name, &(topic.to_owned(), partition));
        let told = async {
            let mut connection = self.pool.acquire().await?;
            checkpoint::give_up(&mut connection, name, topic, partition).await
        };
        if let Err(error) = told.await {
            tracing::warn!(projection = name, partition, %error, "other processes were not told that the partition has stopped");
        }
    }

    fn stops(&self) -> String {
        self.stopped.values().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    fn set_healthy(&mut self) {
        let filled = self.positions.is_filled(self.projection.name());
        if self.healthy && self.filled == filled {
            return;
        }
        (self.healthy, self.filled) = (true, filled);
        if !self.stopped.is_empty() {
            // It writes again, in the other partitions.
            self.health.not_ready(self.stops());
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
            tracing::warn!(projection = self.projection.name(), error, "the projection cannot write, trying again");
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

fn unstorable_letter(record: &LogRecord, partitions: i32, error: String) -> Letter {
    match stream_of(record, partitions) {
        Ok((stream, envelopes)) => {
            Letter { index: 0, stream: Some(stream.to_owned()), sequence: Some(envelopes[0].sequence), error }
        }
        Err(_) => Letter { index: 0, stream: None, sequence: None, error },
    }
}
