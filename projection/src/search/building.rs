//! A rebuild: a second generation is filled beside the serving one and takes its place when it has caught up.

use domain::topics;
use tokio::sync::oneshot;

use super::error::SearchError;
use super::handle::{Progress, Rebuilt};
use super::lane::{Lane, Task};
use super::projector::{SearchProjector, step};
use super::store::{Generation, Store};
use crate::source::SourceError;

/// A generation on its way to serve.
pub(super) struct Building {
    pub(super) lane: Lane,
    pub(super) waiting: Vec<oneshot::Sender<Result<Rebuilt, SearchError>>>,
}

impl SearchProjector {
    /// Begins a rebuild for `done`, or lets it wait for the one that runs.
    pub(super) async fn start_rebuild(
        &self,
        serving: &Lane,
        building: &mut Option<Building>,
        done: oneshot::Sender<Result<Rebuilt, SearchError>>,
    ) {
        if let Some(running) = building {
            running.waiting.push(done);
            return;
        }
        match self.open_building(serving).await {
            Ok(lane) => *building = Some(Building { lane, waiting: vec![done] }),
            Err(error) => {
                let _ = done.send(Err(error)); // nobody waits for it any more: nothing to tell
            }
        }
    }

    async fn open_building(&self, serving: &Lane) -> Result<Lane, SearchError> {
        let number = serving.writer()?.number() + 1;
        let unreadable = |error: SourceError| SearchError::Unavailable(error.to_string());
        let ends = self.log.end_offsets(&[topics::TASKS]).await.map_err(unreadable)?;
        let generation = create(self.store.clone(), number).await?;
        tracing::info!(generation = number, "search is being rebuilt from the log");
        self.progress.send_replace(Some(Progress { read: 0, total: ends.values().sum::<i64>().cast_unsigned() }));
        Lane::open(generation, &self.log, &ends, self.policy).await.map_err(unreadable)
    }

    /// Does what the generation on its way asks for.
    pub(super) async fn build(
        &self,
        serving: &mut Lane,
        building: &mut Option<Building>,
        task: Task,
    ) -> Result<(), String> {
        if let Some(Building { lane, .. }) = building {
            step(lane, task).await?;
        }
        self.take_over(serving, building).await
    }

    /// When the new generation has caught up with the serving one, it takes its place.
    pub(super) async fn take_over(&self, serving: &mut Lane, building: &mut Option<Building>) -> Result<(), String> {
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

    /// Serves the generation that `serving` is now, and tells who waited for it.
    fn promote(
        &self,
        serving: &Lane,
        waiting: Vec<oneshot::Sender<Result<Rebuilt, SearchError>>>,
    ) -> Result<(), String> {
        let writer = serving.writer().map_err(|error| error.to_string())?;
        self.show(writer)?;
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

/// A new, empty generation; see [`Store::create`].
pub(super) async fn create(store: Store, number: u64) -> Result<Generation, SearchError> {
    let created = tokio::task::spawn_blocking(move || store.create(number)).await;
    created.map_err(|error| SearchError::Unavailable(format!("creating an index died: {error}")))?
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
