//! A rebuild: a second generation is filled beside the serving one and takes its place when it has caught up. Where that fails the serving
//! one goes on, and it is tried again.

use std::pin::pin;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use domain::topics;
use tokio::time::Instant;

use super::error::{SearchError, reason};
use super::handle::{Done, Progress, Rebuilt, Start};
use super::lane::{Lane, Task};
use super::metrics_definitions as metric;
use super::projector::SearchProjector;
use super::serving::step;
use super::store::{Generation, Store};
use super::writer::Writer;
use crate::source::SourceError;

/// Changed documents that are committed while the serving generation waits; more are committed beside it.
const FEW: usize = 1_000;
/// The longest pause before what failed is tried again.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// A generation on its way to serve.
pub(super) struct Building {
    /// `None` while it waits to be tried again.
    lane: Option<Lane>,
    from: Start,
    waiting: Vec<Done>,
    again_at: Instant,
    pauses: ExponentialBackoff,
    /// It has failed, which was told, and has not come further since.
    failed: bool,
}

impl Building {
    fn new(from: Start, waiting: Vec<Done>) -> Self {
        Self { lane: None, from, waiting, again_at: Instant::now(), pauses: pauses(), failed: false }
    }

    /// Tells who waits for it why it does not come.
    fn tell(&mut self, error: impl Fn() -> SearchError) {
        for done in self.waiting.drain(..) {
            let _ = done.send(Err(error())); // who asked may have gone
        }
    }
}

fn pauses() -> ExponentialBackoff {
    let pauses = ExponentialBuilder::default().with_min_delay(Duration::from_millis(200)).with_max_delay(PAUSE_MAX);
    pauses.with_jitter().without_max_times().build()
}

impl SearchProjector {
    /// Begins a rebuild for `done`, or lets it wait for the one that runs. There is no way back while one runs.
    pub(super) async fn start_rebuild(&self, serving: &Lane, building: &mut Option<Building>, from: Start, done: Done) {
        match building {
            Some(running) if from == Start::Scratch => {
                running.waiting.push(done);
                // Who asks may have mended what was in its way.
                running.again_at = Instant::now();
            }
            Some(_) => {
                let _ = done.send(Err(SearchError::Unavailable("a rebuild runs".to_owned()))); // who asked may have gone
            }
            None => {
                *building = Some(Building::new(from, vec![done]));
                let opened = self.open_building(serving, from).await;
                self.opened(building, opened);
            }
        }
    }

    async fn open_building(&self, serving: &Lane, from: Start) -> Result<Lane, SearchError> {
        let number = serving.writer()?.number();
        let generation = on_disk(&self.store, move |store| match from {
            Start::Scratch => store.create_building(),
            Start::Kept => store.build_kept(number),
        });
        self.follow_log(generation.await?).await
    }

    /// Goes on with what a process before this one has begun to fill; else, where the serving generation is of another version, begins to
    /// fill one of this version.
    pub(super) async fn take_up_building(&self, serving: &Lane) -> Option<Building> {
        let outdated = serving.writer().is_ok_and(Writer::is_outdated);
        let from = if outdated { Start::Scratch } else { self.store.begun()? };
        let mut building = Some(Building::new(from, Vec::new()));
        let opened = self.open_again(from).await;
        self.opened(&mut building, opened);
        building
    }

    /// Goes on with what is begun. What is to be filled from nothing is begun anew where none of it can be read.
    async fn open_again(&self, from: Start) -> Result<Lane, SearchError> {
        let generation = on_disk(&self.store, move |store| match store.resume_building()? {
            None if from == Start::Scratch => store.create_building(),
            None => Err(SearchError::Unavailable("the generation that served before is not there".to_owned())),
            Some(generation) => Ok(generation),
        });
        self.follow_log(generation.await?).await
    }

    /// Follows the log with what was opened, or has it tried again where it could not be.
    fn opened(&self, building: &mut Option<Building>, opened: Result<Lane, SearchError>) {
        let Some(one) = building else { return };
        match opened {
            Ok(lane) => {
                if !one.failed {
                    let (generation, from) = (lane.writer().ok().map(Writer::number), one.from);
                    tracing::info!(generation, ?from, "another generation of the search index catches up with the log");
                }
                one.lane = Some(lane);
            }
            // What is kept no more will not be there later either.
            Err(error) if one.from == Start::Kept && self.store.begun().is_none() => {
                let reason = reason(error);
                if one.waiting.is_empty() {
                    tracing::warn!(reason, "the way back to the generation of the search index before is given up");
                }
                one.tell(|| SearchError::Unavailable(reason.clone()));
                *building = None;
                self.nothing_on_its_way();
            }
            Err(error) => self.put_off(one, &reason(error)),
        }
    }

    /// Has it tried again after a pause: the serving generation is not concerned.
    fn put_off(&self, building: &mut Building, reason: &str) {
        // With the lane its folder is free.
        let generation = building.lane.take().and_then(|lane| lane.writer().ok().map(Writer::number));
        building.again_at = Instant::now() + building.pauses.next().unwrap_or(PAUSE_MAX);
        metric::rebuild_failed();
        if !std::mem::replace(&mut building.failed, true) {
            tracing::warn!(
                generation,
                from = ?building.from,
                reason,
                "the rebuild of the search index failed: it is tried again, and the index that serves goes on"
            );
        }
        self.progress.send_if_modified(|progress| {
            let total = self.goal.values().sum::<i64>().cast_unsigned();
            progress.is_none() && progress.replace(Progress::begun(0, total)).is_none()
        });
        self.failure.send_replace(Some(reason.to_owned()));
        building.tell(|| SearchError::PutOff(reason.to_owned()));
    }

    /// Nothing is on its way any more.
    fn nothing_on_its_way(&self) {
        self.progress.send_replace(None);
        self.failure.send_replace(None);
    }

    async fn follow_log(&self, generation: Generation) -> Result<Lane, SearchError> {
        let unreadable = |error: SourceError| SearchError::Unavailable(error.to_string());
        let ends = self.log.end_offsets(&[topics::TASKS]).await.map_err(unreadable)?;
        let read: i64 = generation.committed.values().sum();
        let total: i64 = ends.values().sum();
        self.progress.send_replace(Some(Progress::begun(read.cast_unsigned(), total.cast_unsigned())));
        let mut lane =
            Lane::open(generation, &self.log, &ends, &self.positions, self.policy).await.map_err(unreadable)?;
        lane.go_on(self.dropped.clone()).await?;
        Ok(lane)
    }

    /// Gives up what is being built.
    pub(super) async fn cancel(&self, building: &mut Option<Building>) -> Result<(), SearchError> {
        let Some(given_up) = building.take() else { return Ok(()) };
        self.let_go(Some(given_up), "the rebuild was given up");
        tracing::info!("the rebuild of the search index is given up");
        on_disk(&self.store, |store| store.discard_building()).await
    }

    /// Closes what is on its way, and tells who waits for it why.
    pub(super) fn let_go(&self, building: Option<Building>, reason: &str) {
        self.nothing_on_its_way();
        if let Some(mut building) = building {
            building.tell(|| SearchError::Unavailable(reason.to_owned()));
        }
    }

    /// Lets streams go on that have waited, in the generation on its way too.
    pub(super) async fn go_on_beside(&self, building: &mut Option<Building>) {
        let Some(one) = building else { return };
        // What is not open now does so when it is.
        let Some(lane) = &mut one.lane else { return };
        if let Err(error) = lane.go_on(self.dropped.clone()).await {
            self.put_off(one, &reason(error));
        }
    }

    /// Does what the generation on its way asks for; without a task, tries again what failed.
    ///
    /// # Errors
    /// When the serving lane has failed.
    pub(super) async fn build(
        &self,
        serving: &mut Lane,
        building: &mut Option<Building>,
        task: Option<Task>,
    ) -> Result<(), String> {
        let Some(one) = building else { return Ok(()) };
        match task {
            Some(task) => {
                if let Err(error) = self.fill(serving, one, task).await? {
                    self.put_off(one, &reason(error));
                }
            }
            None => {
                let opened = self.beside(serving, self.open_again(one.from)).await?;
                self.opened(building, opened);
            }
        }
        self.take_over(serving, building).await
    }

    /// Does a task of the generation on its way; within, why that could not be done. It fails itself when the serving lane does.
    async fn fill(
        &self,
        serving: &mut Lane,
        building: &mut Building,
        task: Task,
    ) -> Result<Result<(), SearchError>, String> {
        let Some(lane) = &mut building.lane else { return Ok(Ok(())) };
        let mut done = self.beside(serving, step(lane, task)).await?;
        let old = serving.writer().map_err(reason)?;
        let many = lane.writer().is_ok_and(|new| has_caught_up(old, new) && new.changed() > FEW);
        if many && done.is_ok() {
            done = self.beside(serving, step(lane, Task::Commit)).await?;
        }
        if matches!(done, Ok(true)) {
            building.failed = false;
            building.pauses = pauses();
            self.failure.send_if_modified(|failure| failure.take().is_some());
        }
        Ok(done.map(|_| ()))
    }

    /// Serves on while the generation on its way is at work: that may take long. It ends early when the serving lane fails.
    async fn beside<T>(&self, serving: &mut Lane, work: impl Future<Output = T>) -> Result<T, String> {
        let mut work = pin!(work);
        loop {
            let served = tokio::select! {
                done = &mut work => return Ok(done),
                task = serving.next() => self.serve(serving, task).await,
            };
            if let Err(reason) = served {
                let _ = work.await; // until then it holds the folder; the reason is told
                return Err(reason);
            }
        }
    }

    /// When the new generation has caught up with the serving one, it takes its place.
    ///
    /// # Errors
    /// When the serving lane has failed.
    pub(super) async fn take_over(&self, serving: &mut Lane, building: &mut Option<Building>) -> Result<(), String> {
        let Some(one) = building else { return Ok(()) };
        let Some(lane) = &mut one.lane else { return Ok(()) };
        match self.make_ready(serving.writer().map_err(reason)?, lane).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                self.put_off(one, &reason(error));
                return Ok(());
            }
        }
        let Some(Building { lane: Some(mut lane), waiting, .. }) = building.take() else { return Ok(()) };
        std::mem::swap(serving, &mut lane);
        drop(lane);
        self.promote(serving, waiting)
    }

    /// Whether the new generation may serve: it has caught up, and is from now on the one that is opened after a restart.
    ///
    /// # Errors
    /// When it cannot be written, or be named.
    async fn make_ready(&self, old: &Writer, lane: &mut Lane) -> Result<bool, SearchError> {
        let new = lane.writer()?;
        let (total, read) = (old.next_offsets().values().sum::<i64>(), new.next_offsets().values().sum::<i64>());
        let (total, read) = (total.cast_unsigned(), read.cast_unsigned());
        self.progress.send_modify(|progress| {
            let begun = progress.unwrap_or_else(|| Progress::begun(read, total));
            *progress = Some(Progress { read, total, ..begun });
        });
        if !has_caught_up(old, new) {
            return Ok(false);
        }
        // Two builds have written one of another version, and one that is not full may be in the place of one of another log: there is no
        // way back to them.
        let (number, keep) = (new.number(), !old.is_outdated() && *self.filled.borrow());
        lane.serves()?;
        lane.commit().await?;
        on_disk(&self.store, move |store| store.name_serving(number, keep)).await?;
        Ok(true)
    }

    /// Serves the generation that `serving` is now, and tells who waited for it.
    fn promote(&self, serving: &Lane, waiting: Vec<Done>) -> Result<(), String> {
        let writer = serving.writer().map_err(reason)?;
        self.store.remove_unnamed();
        self.show(writer);
        self.announce(writer)?;
        self.nothing_on_its_way();
        let rebuilt = Rebuilt { generation: writer.number(), documents: writer.reader().0.searcher().num_docs() };
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

/// Whether one is as far as the old one has ever been, which may have gone back for a stream that had waited.
fn has_caught_up(old: &Writer, new: &Writer) -> bool {
    let next = |partition| new.next_offsets().get(partition).copied().unwrap_or(0);
    old.reached().iter().all(|(partition, reached)| next(partition) >= *reached)
}

/// Works on the folder off the async workers.
pub(super) async fn on_disk<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&Store) -> Result<T, SearchError> + Send + 'static,
) -> Result<T, SearchError> {
    let store = store.clone();
    let done = tokio::task::spawn_blocking(move || work(&store)).await;
    done.map_err(|error| SearchError::Unavailable(format!("work on the index's folder died: {error}")))?
}

/// What the generation on its way needs next; `None` when it is to be tried again.
pub(super) async fn next_of(building: &mut Option<Building>) -> Option<Task> {
    match building {
        Some(Building { lane: Some(lane), .. }) => Some(lane.next().await),
        Some(Building { again_at, .. }) => {
            tokio::time::sleep_until(*again_at).await;
            None
        }
        None => std::future::pending().await,
    }
}
