//! Keeps the index in step with the log: the serving generation, and during a rebuild a second one beside it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::topics;
use platform::health::Component;
use platform::lifecycle::Shutdown;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::error::SearchError;
use super::handle::{Control, Progress, Rebuilt, SearchHandle, View};
use super::lane::{CommitPolicy, Lane, Task};
use super::metrics_definitions as metric;
use super::store::{Generation, NextOffsets, Store};
use super::writer::Writer;
use crate::positions::{Offsets, Positions};
use crate::source::{Log, SourceError};

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
    store: Store,
    policy: CommitPolicy,
    log: Arc<dyn Log>,
    positions: Positions,
    health: Component,
    view: watch::Sender<View>,
    progress: watch::Sender<Option<Progress>>,
    control: mpsc::Receiver<Control>,
    /// Opened and not yet in a lane.
    idle: Option<Generation>,
}

/// A generation on its way to serve.
struct Building {
    lane: Lane,
    waiting: Vec<oneshot::Sender<Result<Rebuilt, SearchError>>>,
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
pub async fn open(
    options: SearchOptions,
    log: Arc<dyn Log>,
    positions: Positions,
    health: Component,
) -> Result<(SearchHandle, SearchProjector), SearchError> {
    metric::describe();
    let store = Store::new(options.dir, options.heap_bytes);
    let generation = open_store(store.clone()).await?;
    let (view, seen) = watch::channel(view_of(&generation));
    let (progress, progressing) = watch::channel(None);
    let (send, control) = mpsc::channel(4);
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let permits = Arc::new(Semaphore::new(processors.max(2)));
    let handle = SearchHandle { view: seen, progress: progressing, control: send, permits };
    let idle = Some(generation);
    let projector =
        SearchProjector { store, policy: options.commit, log, positions, health, view, progress, control, idle };
    Ok((handle, projector))
}

async fn open_store(store: Store) -> Result<Generation, SearchError> {
    let opened = tokio::task::spawn_blocking(move || store.open()).await;
    opened.map_err(|error| SearchError::Unavailable(format!("opening the index died: {error}")))?
}

fn view_of(generation: &Generation) -> View {
    View { number: generation.number, reader: generation.reader.clone(), fields: generation.fields.clone() }
}

impl SearchProjector {
    /// Follows the log until `shutdown`. Failures of log and disk are logged once and tried again.
    pub async fn run(mut self, shutdown: Shutdown) {
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
        self.health.ready();
        let mut building: Option<Building> = None;
        loop {
            let result = tokio::select! {
                () = shutdown.requested() => return End::Shutdown,
                Some(Control::Rebuild(done)) = self.control.recv() => {
                    self.start_rebuild(&mut building, done).await;
                    self.take_over(&mut serving, &mut building).await // an empty log is read at once
                }
                task = serving.next() => self.serve(&mut serving, task).await,
                task = next_of(&mut building) => self.build(&mut serving, &mut building, task).await,
            };
            if let Err(reason) = result {
                fail(building, &reason);
                self.progress.send_replace(None);
                return End::Failed(reason);
            }
        }
    }

    /// Opens the serving generation where its commit ends. One that is ahead of the log belongs to another log: it is dropped.
    async fn open_lane(&mut self) -> Result<Lane, String> {
        let ends = self.log.end_offsets(&[topics::TASKS]).await.map_err(|error| error.to_string())?;
        let mut generation = match self.idle.take() {
            Some(generation) => generation,
            None => open_store(self.store.clone()).await.map_err(|error| error.to_string())?,
        };
        let ahead =
            generation.committed.iter().find(|(partition, next)| ends.get(partition).is_none_or(|end| end < next));
        if let Some(((topic, partition), next)) = ahead {
            tracing::warn!(
                topic,
                partition,
                next,
                "the log is shorter than the search index: it is filled again from the log"
            );
            generation = self.replace(generation).map_err(|error| error.to_string())?;
        }
        self.view.send_replace(view_of(&generation));
        self.positions.replace(NAME, applied(&generation.committed, &ends));
        Lane::open(generation, &self.log, &ends, self.policy).await.map_err(|error| error.to_string())
    }

    fn replace(&self, old: Generation) -> Result<Generation, SearchError> {
        let number = old.number + 1;
        drop(old);
        let fresh = self.store.create(number)?;
        self.store.promote(number)?;
        Ok(fresh)
    }

    async fn serve(&self, lane: &mut Lane, task: Task) -> Result<(), String> {
        let committed = step(lane, task).await?;
        let writer = lane.writer().map_err(|error| error.to_string())?;
        if committed {
            self.announce(writer);
        }
        if let Some(gap) = writer.stopped().next() {
            self.health.not_ready(gap.to_string());
        }
        Ok(())
    }

    fn announce(&self, writer: &Writer) {
        let applied = writer.committed().iter().map(|(partition, next)| (partition.clone(), next - 1));
        self.positions.advance(NAME, applied);
    }

    async fn start_rebuild(
        &self,
        building: &mut Option<Building>,
        done: oneshot::Sender<Result<Rebuilt, SearchError>>,
    ) {
        if let Some(running) = building {
            running.waiting.push(done);
            return;
        }
        match self.open_building().await {
            Ok(lane) => *building = Some(Building { lane, waiting: vec![done] }),
            Err(error) => {
                let _ = done.send(Err(error)); // nobody waits for it any more: nothing to tell
            }
        }
    }

    async fn open_building(&self) -> Result<Lane, SearchError> {
        let number = self.view.borrow().number + 1;
        let unreadable = |error: SourceError| SearchError::Unavailable(error.to_string());
        let ends = self.log.end_offsets(&[topics::TASKS]).await.map_err(unreadable)?;
        let store = self.store.clone();
        let created = tokio::task::spawn_blocking(move || store.create(number)).await;
        let generation = created.map_err(|error| SearchError::Unavailable(error.to_string()))??;
        tracing::info!(generation = number, "search is being rebuilt from the log");
        self.progress.send_replace(Some(Progress { read: 0, total: ends.values().sum::<i64>().cast_unsigned() }));
        Lane::open(generation, &self.log, &ends, self.policy).await.map_err(unreadable)
    }

    async fn build(&self, serving: &mut Lane, building: &mut Option<Building>, task: Task) -> Result<(), String> {
        if let Some(Building { lane, .. }) = building {
            step(lane, task).await?;
        }
        self.take_over(serving, building).await
    }

    /// When the new generation has caught up with the serving one, it takes its place.
    async fn take_over(&self, serving: &mut Lane, building: &mut Option<Building>) -> Result<(), String> {
        let Some(Building { lane, .. }) = building else { return Ok(()) };
        let (old, new) = (serving.writer(), lane.writer());
        let (old, new) = (old.map_err(|error| error.to_string())?, new.map_err(|error| error.to_string())?);
        let total: i64 = old.next_offsets().values().sum();
        let read: i64 = new.next_offsets().values().sum();
        self.progress.send_replace(Some(Progress { read: read.cast_unsigned(), total: total.cast_unsigned() }));
        let behind =
            |(partition, next): (&(String, i32), &i64)| new.next_offsets().get(partition).copied().unwrap_or(0) < *next;
        if old.next_offsets().iter().any(behind) {
            return Ok(());
        }
        lane.commit().await.map_err(|error| error.to_string())?;
        let Some(Building { mut lane, waiting }) = building.take() else { return Ok(()) };
        std::mem::swap(serving, &mut lane);
        drop(lane);
        self.promote(serving, waiting)
    }

    fn promote(
        &self,
        serving: &Lane,
        waiting: Vec<oneshot::Sender<Result<Rebuilt, SearchError>>>,
    ) -> Result<(), String> {
        let writer = serving.writer().map_err(|error| error.to_string())?;
        self.store.promote(writer.number()).map_err(|error| error.to_string())?;
        let (reader, fields) = writer.reader();
        self.view.send_replace(View { number: writer.number(), reader: reader.clone(), fields: fields.clone() });
        self.announce(writer);
        self.progress.send_replace(None);
        let rebuilt = Rebuilt { generation: writer.number(), documents: reader.searcher().num_docs() };
        tracing::info!(
            generation = rebuilt.generation,
            documents = rebuilt.documents,
            "search was rebuilt from the log"
        );
        for done in waiting {
            let _ = done.send(Ok(rebuilt)); // who asked may have gone
        }
        Ok(())
    }
}

/// Does what a lane asks for; true when it has committed.
async fn step(lane: &mut Lane, task: Task) -> Result<bool, String> {
    match task {
        Task::Apply(records) => lane.apply(records).await.map(|()| false),
        Task::Commit => lane.commit().await.map(|()| true),
        Task::Lost(error) => return Err(error.to_string()),
    }
    .map_err(|error| error.to_string())
}

async fn next_of(building: &mut Option<Building>) -> Task {
    match building {
        Some(building) => building.lane.next().await,
        None => std::future::pending().await,
    }
}

fn fail(building: Option<Building>, reason: &str) {
    for done in building.into_iter().flat_map(|building| building.waiting) {
        let _ = done.send(Err(SearchError::Unavailable(reason.to_owned()))); // who asked may have gone
    }
}

/// Last applied offset of every partition of the log.
fn applied(next: &NextOffsets, ends: &NextOffsets) -> Offsets {
    ends.keys().map(|partition| (partition.clone(), next.get(partition).copied().unwrap_or(0) - 1)).collect()
}
