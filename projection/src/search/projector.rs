//! Keeps the index in step with the log: the serving generation, and during a rebuild a second one beside it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::topics;
use futures::future::BoxFuture;
use platform::clock::Clock;
use platform::health::Component;
use platform::lifecycle::Shutdown;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::task::AbortOnDropHandle;

use super::building::{Building, fail, next_of, on_disk};
use super::error::SearchError;
use super::gap::Gap;
use super::handle::{Control, Progress, SearchHandle, View};
use super::lane::{CommitPolicy, Lane, Task};
use super::metrics_definitions as metric;
use super::store::{Generation, NextOffsets, Store};
use super::waiting::Dropped;
use super::writer::Writer;
use crate::positions::{Offsets, Positions};
use crate::projector::lag;
use crate::source::{Log, SourceError, whole};

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
    health: Component,
    pub(super) view: watch::Sender<View>,
    pub(super) progress: watch::Sender<Option<Progress>>,
    control: mpsc::Receiver<Control>,
    /// Opened and not yet in a lane.
    idle: Option<Generation>,
    /// Whether the index has once held all that was in the log when it was opened or begun: before that it knows less than any
    /// answer should.
    filled: watch::Sender<bool>,
    /// Where the log ended then.
    goal: NextOffsets,
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
    let (filled, filling) = watch::channel(false);
    let (send, control) = mpsc::channel(4);
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let permits = Arc::new(Semaphore::new(processors.max(2)));
    let reused = Arc::default();
    let handle = SearchHandle { view: seen, progress: progressing, filled: filling, control: send, permits, reused };
    let projector = SearchProjector {
        store,
        policy: options.commit,
        log,
        positions,
        health,
        view,
        progress,
        control,
        idle: Some(generation),
        filled,
        goal: NextOffsets::new(),
        dropped: Dropped::default(),
    };
    Ok((handle, projector))
}

fn view_of(generation: &Generation) -> View {
    View { number: generation.number, reader: generation.reader.clone(), fields: generation.fields.clone() }
}

/// Says how much a rebuild has before it, until it is dropped.
async fn tell_what_is_left(mut progress: watch::Receiver<Option<Progress>>) {
    loop {
        let left = progress.borrow_and_update().map_or(0, |Progress { read, total }| total.saturating_sub(read));
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
                fail(building, &reason);
                self.progress.send_replace(None);
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
        if let Some(Building { lane, .. }) = building {
            lane.go_on(self.dropped.clone()).await?;
        }
        Ok(())
    }

    /// Opens the serving generation where its commit ends. One that is ahead of the log belongs to another log: a new one is
    /// filled beside it, which takes its place as a rebuild does.
    async fn open_lane(&mut self) -> Result<Lane, String> {
        let text = |error: SourceError| error.to_string();
        let ends = self.log.end_offsets(&[topics::TASKS]).await.map_err(text)?;
        let mut generation = match self.idle.take() {
            Some(generation) => generation,
            None => on_disk(&self.store, Store::open).await.map_err(|error| error.to_string())?,
        };
        self.begin_again_if_new(&generation, &ends);
        self.view.send_replace(view_of(&generation));
        let ends = match whole(&*self.log, &[topics::TASKS], ends, &generation.committed).await {
            Ok(ends) => ends,
            Err(SourceError::Unavailable(reason)) => {
                self.idle = Some(generation);
                return Err(reason);
            }
            Err(SourceError::Lost(reason)) => {
                tracing::warn!(reason, "the log is shorter than the search index: a new one is filled from the log");
                drop(generation);
                generation = on_disk(&self.store, Store::create_anew).await.map_err(|error| error.to_string())?;
                let ends = self.log.end_offsets(&[topics::TASKS]).await.map_err(text)?;
                self.goal.clone_from(&ends);
                self.filled.send_replace(false);
                ends
            }
        };
        self.positions.replace(NAME, applied(&generation.committed, &ends));
        let mut lane = Lane::open(generation, &self.log, &ends, &self.positions, self.policy).await.map_err(text)?;
        lane.go_on(self.dropped.clone()).await.map_err(|error| error.to_string())?;
        self.serve_if_full(&mut lane)?;
        Ok(lane)
    }

    /// At the first start, and when the index had to be begun anew meanwhile, it has to be filled before it counts. One that only
    /// went on after a pause has been, and its queries may name what they must see.
    fn begin_again_if_new(&mut self, generation: &Generation, ends: &NextOffsets) {
        if self.goal.is_empty() || generation.number != self.view.borrow().number {
            self.goal.clone_from(ends);
            self.filled.send_replace(false);
        }
    }

    /// Does what the serving lane asks for.
    pub(super) async fn serve(&self, lane: &mut Lane, task: Task) -> Result<(), String> {
        let committed = step(lane, task).await?;
        let writer = lane.writer().map_err(|error| error.to_string())?;
        if committed {
            self.announce(writer)?;
        }
        self.serve_if_full(lane)
    }

    /// A lane that has read what was in the log when it was opened works for who asks it.
    fn serve_if_full(&self, lane: &mut Lane) -> Result<(), String> {
        let text = |error: SearchError| error.to_string();
        let writer = lane.writer().map_err(text)?;
        if self.left(writer, writer.next_offsets()) == 0 { lane.serves().map_err(text) } else { Ok(()) }
    }

    /// Tells what a commit of the serving lane has changed.
    pub(super) fn announce(&self, writer: &Writer) -> Result<(), String> {
        self.report(writer)?;
        let applied = writer.committed().iter().map(|(partition, next)| (partition.clone(), next - 1));
        self.positions.advance(NAME, applied);
        Ok(())
    }

    /// Says where the serving lane is and whether it can be asked; one that is filled begins to serve.
    fn report(&self, writer: &Writer) -> Result<(), String> {
        for (partition, next) in writer.committed() {
            let stopped = writer.stopped().any(|gap| is_in(gap, partition));
            metric::at(partition, next - 1, stopped);
        }
        metric::outdated(writer.is_outdated());
        let left = self.left(writer, writer.committed());
        if left == 0 && !*self.filled.borrow() {
            if writer.number() != self.view.borrow().number {
                // The one before is of another log.
                self.show(writer, false)?;
            }
            self.filled.send_replace(true);
        }
        if let Some(gap) = writer.stopped().next() {
            self.health.not_ready(gap.to_string());
        } else if *self.filled.borrow() {
            self.health.ready();
        } else {
            self.health.not_ready(format!("the search index is being filled from the log, {left} records to go"));
        }
        Ok(())
    }

    /// Records that must be in the index before it counts as filled, when it holds those before `next`. Where it has stopped at a gap
    /// nothing more comes.
    fn left(&self, writer: &Writer, next: &NextOffsets) -> i64 {
        let moving = self.goal.iter().filter(|(partition, _)| !writer.stopped().any(|gap| is_in(gap, partition)));
        let next = |partition| next.get(partition).copied().unwrap_or(0);
        moving.map(|(partition, end)| (end - next(partition)).max(0)).sum()
    }

    /// Makes a generation the one that is asked, over restarts too; `keep` the one that was, for a way back.
    pub(super) fn show(&self, writer: &Writer, keep: bool) -> Result<(), String> {
        self.store.promote(writer.number(), keep).map_err(|error| error.to_string())?;
        let (reader, fields) = writer.reader();
        self.view.send_replace(View { number: writer.number(), reader: reader.clone(), fields: fields.clone() });
        Ok(())
    }
}

/// Does what a lane asks for; true when it has committed.
pub(super) async fn step(lane: &mut Lane, task: Task) -> Result<bool, String> {
    match task {
        Task::Apply(records) => lane.apply(records).await.map(|()| false),
        Task::Commit => lane.commit().await.map(|()| true),
        Task::Look => lane.look().await.map(|()| false),
        Task::Lost(error) => return Err(error.to_string()),
    }
    .map_err(|error| error.to_string())
}

fn is_in(gap: &Gap, (topic, partition): &(String, i32)) -> bool {
    gap.position.topic == *topic && gap.position.partition == *partition
}

/// Last applied offset of every partition of the log.
fn applied(next: &NextOffsets, ends: &NextOffsets) -> Offsets {
    ends.keys().map(|partition| (partition.clone(), next.get(partition).copied().unwrap_or(0) - 1)).collect()
}
