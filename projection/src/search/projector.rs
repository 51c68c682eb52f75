//! Keeps the index in step with the log: the serving generation, and during a rebuild a second one beside it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use platform::clock::Clock;
use platform::health::Component;
use platform::lifecycle::Shutdown;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use super::building::{Building, next_of, on_disk};
use super::error::SearchError;
use super::handle::{Control, Progress, SearchHandle, View};
use super::lane::{CommitPolicy, Lane};
use super::metrics_definitions as metric;
use super::serving::view_of;
use super::store::{Generation, NextOffsets, Store};
use super::waiting::Dropped;
use crate::positions::Positions;
use crate::projector::lag;
use crate::source::Log;

/// The projection's name, in the registry of positions and in answers.
pub const NAME: &str = "search";

/// Pause before the next attempt after the log or the disk failed.
const RETRY: Duration = Duration::from_millis(500);

/// Where the index lives and what it may use.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    /// Its folder; all of it belongs to search.
    pub dir: PathBuf,
    /// Memory for documents on their way to disk, in bytes; at least 15 MB.
    pub heap_bytes: usize,
    /// When changes become visible.
    pub commit: CommitPolicy,
}

impl SearchOptions {
    /// The usual ones.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, heap_bytes: 32_000_000, commit: CommitPolicy::default() }
    }
}

/// Fills the index; [`run`](Self::run) it.
pub struct SearchProjector {
    pub(super) store: Store,
    pub(super) policy: CommitPolicy,
    pub(super) log: Arc<dyn Log>,
    pub(super) positions: Positions,
    pub(super) health: Component,
    pub(super) view: watch::Sender<View>,
    pub(super) progress: watch::Sender<Option<Progress>>,
    pub(super) failure: watch::Sender<Option<String>>,
    control: mpsc::Receiver<Control>,
    /// Opened and not yet in a lane.
    pub(super) idle: Option<Generation>,
    /// Whether the index has once held all that was in the log when it was opened or begun: before that it knows less than any
    /// answer should.
    pub(super) filled: watch::Sender<bool>,
    /// Where the log ended then.
    pub(super) goal: NextOffsets,
    pub(super) dropped: Dropped,
}

/// Why a run of the lanes ended.
enum End {
    Shutdown,
    /// Open the lanes again after a pause.
    Failed(String),
}

/// Opens the index of `options` and gives its two sides: one to ask, one to run.
///
/// # Errors
/// [`SearchError::Unavailable`] when the folder cannot be written or another process holds it.
// Boxed, as is `run`, so that the index is compiled here and not in each program that has one (decision 33).
pub fn open(
    options: SearchOptions,
    log: Arc<dyn Log>,
    positions: Positions,
    health: Component,
) -> BoxFuture<'static, Result<(SearchHandle, SearchProjector), SearchError>> {
    Box::pin(open_index(options, log, positions, health))
}

async fn open_index(
    options: SearchOptions,
    log: Arc<dyn Log>,
    positions: Positions,
    health: Component,
) -> Result<(SearchHandle, SearchProjector), SearchError> {
    crate::metrics_definitions::describe();
    metric::describe();
    let store = Store::new(options.dir, options.heap_bytes);
    let generation = on_disk(&store, Store::open).await?;
    let (view, seen) = watch::channel(view_of(&generation));
    let (progress, progressing) = watch::channel(None);
    let (failure, failing) = watch::channel(None);
    let (filled, filling) = watch::channel(false);
    let (send, control) = mpsc::channel(4);
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let permits = Arc::new(Semaphore::new(processors.max(2)));
    let reused = Arc::default();
    let handle = SearchHandle {
        view: seen,
        progress: progressing,
        failure: failing,
        filled: filling,
        control: send,
        permits,
        reused,
    };
    let projector = SearchProjector {
        store,
        policy: options.commit,
        log,
        positions,
        health,
        view,
        progress,
        failure,
        control,
        idle: Some(generation),
        filled,
        goal: NextOffsets::new(),
        dropped: Dropped::default(),
    };
    Ok((handle, projector))
}

/// Says how much a rebuild has before it, until it is dropped.
async fn tell_what_is_left(mut progress: watch::Receiver<Option<Progress>>) {
    loop {
        let left = progress.borrow_and_update().map_or(0, |Progress { read, total, .. }| total.saturating_sub(read));
        metric::rebuild_left(left);
        if progress.changed().await.is_err() {
            return;
        }
    }
}

impl SearchProjector {
    /// Follows the log until `shutdown`. Failures of log and disk are logged once and tried again.
    pub fn run(self, shutdown: Shutdown) -> BoxFuture<'static, ()> {
        Box::pin(self.keep_following(shutdown))
    }

    async fn keep_following(mut self, shutdown: Shutdown) {
        let lag = lag::watch(self.log.clone(), self.positions.clone(), Clock::system(), vec![NAME]);
        let _lag = AbortOnDropHandle::new(tokio::spawn(lag));
        let _left = AbortOnDropHandle::new(tokio::spawn(tell_what_is_left(self.progress.subscribe())));
        let mut told = false;
        loop {
            match self.follow(&shutdown, &mut told).await {
                End::Shutdown => return,
                End::Failed(reason) => {
                    if !told {
                        tracing::warn!(reason, "search has stopped following the log, trying again");
                    }
                    told = true;
                    self.health.not_ready(reason);
                }
            }
            tokio::select! {
                () = shutdown.requested() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// Follows the log until something fails.
    async fn follow(&mut self, shutdown: &Shutdown, told: &mut bool) -> End {
        let opened = tokio::select! {
            () = shutdown.requested() => return End::Shutdown,
            opened = self.open_lane() => opened,
        };
        let mut serving = match opened {
            Ok(lane) => lane,
            Err(reason) => return End::Failed(reason),
        };
        *told = false;
        if let Err(reason) = serving.writer().map_err(|error| error.to_string()).and_then(|writer| self.report(writer))
        {
            return End::Failed(reason);
        }
        let mut building: Option<Building> = self.take_up_building(&serving).await;
        // What there is of the log may be all that comes.
        let mut result = self.take_over(&mut serving, &mut building).await;
        loop {
            if let Err(reason) = result {
                self.let_go(building, &reason);
                return End::Failed(reason);
            }
            result = tokio::select! {
                () = shutdown.requested() => return End::Shutdown,
                Some(control) = self.control.recv() => match self.control(control, &mut serving, &mut building).await {
                    Ok(()) => self.take_over(&mut serving, &mut building).await, // an empty log is read at once
                    failed => failed,
                },
                task = serving.next() => self.serve(&mut serving, task).await,
                task = next_of(&mut building) => self.build(&mut serving, &mut building, task).await,
            };
        }
    }

    /// Does what is wished.
    ///
    /// # Errors
    /// When a lane has failed: open the lanes again.
    async fn control(
        &mut self,
        control: Control,
        serving: &mut Lane,
        building: &mut Option<Building>,
    ) -> Result<(), String> {
        match control {
            Control::Build(from, done) => self.start_rebuild(serving, building, from, done).await,
            Control::Cancel(done) => {
                let _ = done.send(self.cancel(building).await); // who asked may have gone
            }
            Control::GoOn(dropped, done) => {
                Arc::make_mut(&mut self.dropped).extend(dropped);
                let gone_on = self.go_on(serving, building).await;
                let failed = gone_on.as_ref().err().map(ToString::to_string);
                let _ = done.send(gone_on); // who asked may have gone
                return failed.map_or(Ok(()), Err);
            }
        }
        Ok(())
    }

    async fn go_on(&self, serving: &mut Lane, building: &mut Option<Building>) -> Result<(), SearchError> {
        serving.go_on(self.dropped.clone()).await?;
        self.announce(serving.writer()?).map_err(SearchError::Unavailable)?;
        self.go_on_beside(building).await;
        Ok(())
    }
}
