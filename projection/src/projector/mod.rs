//! Turns the log into the Postgres projections: one source feeds all of them, each keeps its own position in the transaction
//! of its rows.
//!
//! Never skips: a position moves only together with the rows, or the parked record, that it stands for. Never applies twice: it
//! moves by compare-and-set. Has no lock, lease or leader; any number of projectors may run, one of them wins each batch.

pub mod batch;
pub mod checkpoint;
pub mod dead_letters;
pub mod drop;
pub mod dump;
pub mod failure;
pub(crate) mod lag;
mod lane;
mod rebuild;
mod rest;
pub mod retry;
mod rivals;
mod statistics;
pub(crate) mod traces;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, join_all, select_all};
use kafka_es::LogRecord;
use platform::clock::Clock;
use platform::health::{Component, Health};
use platform::lifecycle::Shutdown;
use sqlx::PgPool;
use tokio::sync::{mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use crate::positions::Positions;
use crate::projections::{self, Projection};
use crate::source::{ByPartition, Log, Source, SourceError, whole};
use batch::Record;
use lane::{Interrupted, Lane};
use rest::Rest;
use rivals::Rivals;

/// Records in one batch at most.
const BATCH_MAX_RECORDS: usize = 4_000;
/// Bytes of records in one transaction at most, one record aside: descriptions may be 64 KiB each.
const BATCH_MAX_BYTES: usize = 8 << 20;
/// Pieces that may wait for a lane.
const QUEUE_PIECES: usize = 2;
/// Pause before the log is opened again.
const REOPEN: Duration = Duration::from_millis(500);

/// What a projector works with.
#[derive(Clone)]
pub struct ProjectorOptions {
    /// Where the projections live; [`crate::migrate`] has run.
    pub pool: PgPool,
    /// Where the events come from.
    pub log: Arc<dyn Log>,
    /// Told of every commit.
    pub positions: Positions,
    /// Gets a component `projector` and one for each projection.
    pub health: Health,
    /// For the time a record was parked; nothing else looks at it.
    pub clock: Clock,
    /// What to run: [`projections::all`].
    pub projections: Vec<Arc<dyn Projection>>,
    /// Queries are answered by this process too. They say so when they wait; until then the projector makes larger batches.
    pub beside_queries: bool,
}

impl std::fmt::Debug for ProjectorOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProjectorOptions").finish_non_exhaustive()
    }
}

impl ProjectorOptions {
    /// Options with every projection and the machine's clock.
    pub fn new(pool: PgPool, log: Arc<dyn Log>, positions: Positions, health: Health) -> Self {
        let (clock, projections) = (Clock::system(), projections::all());
        Self { pool, log, positions, health, clock, projections, beside_queries: false }
    }

    /// Runs the projector until `shutdown`. A rebuild elsewhere is noticed through [`Positions::listen`], so run that too.
    ///
    /// # Errors
    /// None: what cannot be done now is tried again and said in the health.
    // Boxed, so that the projector is compiled here and not in each program that runs one (decision 33).
    pub fn run(self, shutdown: Shutdown) -> BoxFuture<'static, Result<(), Infallible>> {
        Box::pin(async move {
            let projector = Projector { resets: self.positions.resets(), options: self, shutdown: shutdown.clone() };
            tokio::select! {
                () = shutdown.requested() => {}
                () = projector.run() => {}
            }
            Ok(())
        })
    }
}

struct Projector {
    options: ProjectorOptions,
    resets: watch::Receiver<u64>,
    shutdown: Shutdown,
}

/// Why reading stopped.
enum Stop {
    /// Another generation serves: load all positions and read on from there.
    Reset,
    /// Another instance has moved a position: the same, when it had time to go on.
    Fenced,
    /// A lane has panicked, which stopping it raises here.
    Died,
    /// The log cannot be read.
    Source(SourceError),
    Shutdown,
}

impl Projector {
    async fn run(mut self) {
        crate::metrics_definitions::describe();
        let health = self.options.health.component("projector");
        let mut lanes: Vec<Lane> = self
            .options
            .projections
            .iter()
            .map(|projection| Lane::serving(projection.clone(), &self.options, &self.shutdown))
            .collect();
        let (log, positions) = (self.options.log.clone(), self.options.positions.clone());
        let lag = lag::watch(log, positions.clone(), self.options.clock.clone(), projections::names());
        let _lag = AbortOnDropHandle::new(tokio::spawn(lag));
        let _left = AbortOnDropHandle::new(tokio::spawn(lag::watch_rebuilds(positions.clone())));
        let parked = lag::watch_parked(self.options.pool.clone(), positions);
        let _parked = AbortOnDropHandle::new(tokio::spawn(parked));
        let rebuilds = rebuild::keep(self.options.clone(), self.shutdown.clone());
        let _rebuilds = AbortOnDropHandle::new(tokio::spawn(rebuilds));
        let _statistics = AbortOnDropHandle::new(tokio::spawn(statistics::keep(self.options.pool.clone())));
        let mut rivals = Rivals::new();
        let mut told = false;
        loop {
            match self.follow(&mut lanes, &health, &mut told).await {
                Stop::Reset | Stop::Died => {}
                Stop::Shutdown => return,
                Stop::Fenced => {
                    let (pause, first) = rivals.lost(Instant::now());
                    if first {
                        tracing::info!("another instance moved a position, reading it again");
                    } else {
                        tracing::debug!(?pause, "another instance moved a position again");
                    }
                    tokio::time::sleep(pause).await;
                }
                Stop::Source(error) => {
                    health.not_ready(error.to_string());
                    if let SourceError::Lost(_) = error {
                        tracing::error!(%error, "the log has lost events: the projector stops until a rebuild or a restart");
                        // Reading on would skip events. A rebuild or a restart is an operator's word that it may go on.
                        let _ = self.resets.changed().await;
                    } else if !told {
                        tracing::warn!(%error, "the log cannot be read, trying again");
                    }
                    told = true;
                    tokio::time::sleep(REOPEN).await;
                }
            }
        }
    }

    /// Reads from where the lanes are until something changes that.
    async fn follow(&mut self, lanes: &mut Vec<Lane>, health: &Component, told: &mut bool) -> Stop {
        self.resets.borrow_and_update();
        let mut source = match self.open(lanes).await {
            Ok(source) => source,
            Err(stop) => return stop,
        };
        health.ready();
        let (stops, stopped) = mpsc::channel(1);
        let running: Vec<Running> = lanes.drain(..).map(|lane| Running::start(lane, stops.clone())).collect();
        let stop = self.feed(&mut *source, &running, stopped, health, told).await;
        // All at once: a lane that panicked must not wait for one that waits for Postgres.
        *lanes = join_all(running.into_iter().map(Running::stop)).await;
        stop
    }

    /// Hands what the source gives to every lane. A slow lane holds the others up only when its queue is full.
    async fn feed(
        &mut self,
        source: &mut dyn Source,
        lanes: &[Running],
        mut stopped: mpsc::Receiver<Interrupted>,
        health: &Component,
        told: &mut bool,
    ) -> Stop {
        let positions = self.options.positions.clone();
        let names: Vec<&str> = self.options.projections.iter().map(|projection| projection.describe().name).collect();
        let mut rest = Rest::none();
        loop {
            let next = async {
                rest.over(&positions, &names).await;
                source.next_batch(BATCH_MAX_RECORDS).await
            };
            let batch = tokio::select! {
                batch = next => match batch {
                    Ok(batch) => batch,
                    Err(error) => return Stop::Source(error),
                },
                () = any_stopped(lanes) => return why(&mut stopped),
                changed = self.resets.changed() => return changed.map_or(Stop::Shutdown, |()| Stop::Reset),
            };
            if *told {
                *told = false;
                health.ready();
                tracing::info!("the log can be read again");
            }
            rest = Rest::after(batch.len(), self.options.beside_queries);
            for piece in pieces(batch) {
                let piece = Arc::new(piece);
                for lane in lanes {
                    if lane.pieces.send(piece.clone()).await.is_err() {
                        return why(&mut stopped);
                    }
                }
            }
        }
    }

    /// Opens the log where the lane that is furthest behind is; the others ignore what they have.
    async fn open(&self, lanes: &mut [Lane]) -> Result<Box<dyn Source>, Stop> {
        let topics: BTreeSet<&str> = lanes.iter().map(|lane| lane.projection.describe().topic).collect();
        let topics: Vec<&str> = topics.into_iter().collect();
        let ends = self.options.log.end_offsets(&topics).await.map_err(Stop::Source)?;
        let loading = lanes.iter_mut().map(|lane| {
            let of_topic = ends.iter().filter(|((name, _), _)| name == lane.projection.describe().topic);
            let of_topic: BTreeMap<i32, i64> = of_topic.map(|((_, partition), end)| (*partition, *end)).collect();
            async move { lane.load(&of_topic).await.map(|_| ()) }
        });
        let loaded: Result<(), Interrupted> = join_all(loading).await.into_iter().collect();
        loaded.map_err(|_| Stop::Shutdown)?;
        let mut from = ByPartition::new();
        for lane in lanes {
            for (name, partition) in ends.keys().filter(|(name, _)| name == lane.projection.describe().topic) {
                let next = lane.checkpoint().get(partition).map_or(0, |at| at + 1);
                let entry = from.entry((name.clone(), *partition)).or_insert(next);
                *entry = next.min(*entry);
            }
        }
        whole(&*self.options.log, &topics, ends, &from).await.map_err(Stop::Source)?;
        self.options.log.open(from).await.map_err(Stop::Source)
    }
}

/// A lane at work.
struct Running {
    pieces: mpsc::Sender<Arc<Vec<Record>>>,
    task: AbortOnDropHandle<Lane>,
}

impl Running {
    fn start(lane: Lane, stops: mpsc::Sender<Interrupted>) -> Self {
        let (pieces, queue) = mpsc::channel(QUEUE_PIECES);
        Self { pieces, task: AbortOnDropHandle::new(tokio::spawn(lane.run(queue, stops))) }
    }

    /// Lets it finish what it was given.
    async fn stop(self) -> Lane {
        drop(self.pieces);
        // A panic is a fault of ours. Raised here it ends the projector, and with it the process: a projection that is gone
        // must not look like one that has nothing to do.
        self.task.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

impl From<Interrupted> for Stop {
    fn from(interrupted: Interrupted) -> Self {
        match interrupted {
            Interrupted::Fenced => Self::Fenced,
            Interrupted::Shutdown => Self::Shutdown,
        }
    }
}

/// Waits until a lane takes no more pieces.
async fn any_stopped(lanes: &[Running]) {
    select_all(lanes.iter().map(|lane| Box::pin(lane.pieces.closed()))).await;
}

/// Why a lane takes no more pieces. It has said so before; only one that panicked says nothing.
fn why(stopped: &mut mpsc::Receiver<Interrupted>) -> Stop {
    stopped.try_recv().map_or(Stop::Died, Stop::from)
}

/// Cuts a batch so that no piece holds more bytes than a transaction should.
fn pieces(batch: Vec<LogRecord>) -> Vec<Vec<Record>> {
    let mut pieces = Vec::new();
    let (mut piece, mut bytes) = (Vec::new(), 0);
    for record in batch {
        if bytes + record.raw.len() > BATCH_MAX_BYTES && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
            bytes = 0;
        }
        bytes += record.raw.len();
        piece.push(Record::from(record));
    }
    pieces.push(piece);
    pieces
}
