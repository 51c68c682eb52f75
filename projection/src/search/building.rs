//! A rebuild: a second generation is filled beside the serving one and takes its place when it has caught up.

use std::pin::pin;

use domain::topics;

use super::error::SearchError;
use super::handle::{Done, Progress, Rebuilt, Start};
use super::lane::{Lane, Task};
use super::projector::{SearchProjector, step};
use super::store::{Generation, Store};
use super::writer::Writer;
use crate::source::SourceError;

/// Changed documents that are committed while the serving generation waits; more are committed beside it.
const FEW: usize = 1_000;

/// A generation on its way to serve.
pub(super) struct Building {
    pub(super) lane: Lane,
    pub(super) waiting: Vec<Done>,
}

impl SearchProjector {
    /// Begins a rebuild for `done`, or lets it wait for the one that runs. There is no way back while one runs.
    pub(super) async fn start_rebuild(&self, serving: &Lane, building: &mut Option<Building>, from: Start, done: Done) {
        let begun = match building {
            Some(running) if from == Start::Scratch => {
                running.waiting.push(done);
                return;
            }
            Some(_) => Err(SearchError::Unavailable("a rebuild runs".to_owned())),
            None => self.open_building(serving, from).await,
        };
        match begun {
            Ok(lane) => *building = Some(Building { lane, waiting: vec![done] }),
            Err(error) => {
                let _ = done.send(Err(error)); // nobody waits for it any more: nothing to tell
            }
        }
    }

    async fn open_building(&self, serving: &Lane, from: Start) -> Result<Lane, SearchError> {
        let number = serving.writer()?.number();
        let generation = on_disk(&self.store, move |store| match from {
            Start::Scratch => store.create_building(),
            Start::Kept => store.build_kept(number),
        });
        let generation = generation.await?;
        tracing::info!(
            generation = generation.number,
            ?from,
            "another generation of the search index catches up with the log"
        );
        self.follow_log(generation).await
    }

    /// Goes on with what a process before this one has begun to fill; else, where the serving generation is of another version, begins to
    /// fill one of this version.
    pub(super) async fn take_up_building(&self, serving: &Lane) -> Option<Building> {
        match self.resume_building().await {
            Some(building) => Some(building),
            None => self.begin_upgrade(serving).await,
        }
    }

    async fn resume_building(&self) -> Option<Building> {
        let generation = match on_disk(&self.store, |store| store.resume_building()).await {
            Ok(generation) => generation?,
            Err(error) => {
                tracing::warn!(%error, "a rebuild of the search index that was interrupted is given up");
                return None;
            }
        };
        tracing::info!(generation = generation.number, "a rebuild of the search index that was interrupted goes on");
        let opened = self.follow_log(generation).await;
        let lane = opened.inspect_err(|error| tracing::warn!(%error, "it is tried again with the next start")).ok()?;
        Some(Building { lane, waiting: Vec::new() })
    }

    /// Begins to fill an index of this version where one of another version serves, unless one is begun that cannot go on now.
    async fn begin_upgrade(&self, serving: &Lane) -> Option<Building> {
        let outdated = serving.writer().is_ok_and(Writer::is_outdated);
        if !outdated || self.store.is_building() {
            return None;
        }
        let opened = self.open_building(serving, Start::Scratch).await;
        let lane = opened.inspect_err(|error| tracing::warn!(%error, "it is tried again with the next start")).ok()?;
        Some(Building { lane, waiting: Vec::new() })
    }

    async fn follow_log(&self, generation: Generation) -> Result<Lane, SearchError> {
        let unreadable = |error: SourceError| SearchError::Unavailable(error.to_string());
        let ends = self.log.end_offsets(&[topics::TASKS]).await.map_err(unreadable)?;
        let read: i64 = generation.committed.values().sum();
        let total: i64 = ends.values().sum();
        self.progress.send_replace(Some(Progress { read: read.cast_unsigned(), total: total.cast_unsigned() }));
        let mut lane =
            Lane::open(generation, &self.log, &ends, &self.positions, self.policy).await.map_err(unreadable)?;
        lane.go_on(self.dropped.clone()).await?;
        Ok(lane)
    }

    /// Gives up what is being built.
    pub(super) async fn cancel(&self, building: &mut Option<Building>) -> Result<(), SearchError> {
        let Some(Building { lane, waiting }) = building.take() else { return Ok(()) };
        self.progress.send_replace(None);
        for done in waiting {
            let _ = done.send(Err(SearchError::Unavailable("the rebuild was given up".to_owned()))); // who asked may have gone
        }
        // It holds the folder.
        drop(lane);
        tracing::info!("the rebuild of the search index is given up");
        on_disk(&self.store, |store| store.discard_building()).await
    }

    /// Does what the generation on its way asks for.
    pub(super) async fn build(
        &self,
        serving: &mut Lane,
        building: &mut Option<Building>,
        task: Task,
    ) -> Result<(), String> {
        if let Some(Building { lane, .. }) = building {
            self.beside(serving, step(lane, task)).await?;
            let text = |error: SearchError| error.to_string();
            let (old, new) = (serving.writer().map_err(text)?, lane.writer().map_err(text)?);
            if has_caught_up(old, new) && new.changed() > FEW {
                self.beside(serving, step(lane, Task::Commit)).await?;
            }
        }
        self.take_over(serving, building).await
    }

    /// Serves on while the generation on its way is at work: that may take long.
    async fn beside(
        &self,
        serving: &mut Lane,
        work: impl Future<Output = Result<bool, String>>,
    ) -> Result<bool, String> {
        let mut work = pin!(work);
        loop {
            let served = tokio::select! {
                done = &mut work => return done,
                task = serving.next() => self.serve(serving, task).await,
            };
            if let Err(reason) = served {
                let _ = work.await; // until then it holds the folder; the reason is told
                return Err(reason);
            }
        }
    }

    /// When the new generation has caught up with the serving one, it takes its place.
    pub(super) async fn take_over(&self, serving: &mut Lane, building: &mut Option<Building>) -> Result<(), String> {
        let Some(Building { lane, .. }) = building else { return Ok(()) };
        let (old, new) = (serving.writer(), lane.writer());
        let (old, new) = (old.map_err(|error| error.to_string())?, new.map_err(|error| error.to_string())?);
        let total: i64 = old.next_offsets().values().sum();
        let read: i64 = new.next_offsets().values().sum();
        self.progress.send_replace(Some(Progress { read: read.cast_unsigned(), total: total.cast_unsigned() }));
        if !has_caught_up(old, new) {
            return Ok(());
        }
        lane.serves().map_err(|error| error.to_string())?;
        lane.commit().await.map_err(|error| error.to_string())?;
        let Some(Building { mut lane, waiting }) = building.take() else { return Ok(()) };
        std::mem::swap(serving, &mut lane);
        // Two builds have written one of another version: there is no way back to it.
        let keep = !lane.writer().is_ok_and(Writer::is_outdated);
        drop(lane);
        self.promote(serving, keep, waiting)
    }

    /// Serves the generation that `serving` is now, and tells who waited for it.
    fn promote(&self, serving: &Lane, keep: bool, waiting: Vec<Done>) -> Result<(), String> {
        let writer = serving.writer().map_err(|error| error.to_string())?;
        self.show(writer, keep)?;
        self.announce(writer)?;
        self.progress.send_replace(None);
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

/// What the generation on its way needs next.
pub(super) async fn next_of(building: &mut Option<Building>) -> Task {
    match building {
        Some(building) => building.lane.next().await,
        None => std::future::pending().await,
    }
}

/// Tells who waits for it that it will not come.
pub(super) fn fail(building: Option<Building>, reason: &str) {
    for done in building.into_iter().flat_map(|building| building.waiting) {
        let _ = done.send(Err(SearchError::Unavailable(reason.to_owned()))); // who asked may have gone
    }
}
