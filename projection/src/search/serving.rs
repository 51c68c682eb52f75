//! The generation that is asked: opened where its last commit ended, filled where it is new, and what its commits tell.

use domain::topics;

use super::building::on_disk;
use super::error::{SearchError, reason};
use super::gap::Gap;
use super::handle::View;
use super::lane::{Lane, Task};
use super::metrics_definitions as metric;
use super::projector::{NAME, SearchProjector};
use super::store::{Generation, NextOffsets, Store};
use super::writer::Writer;
use crate::positions::Offsets;
use crate::source::{SourceError, whole};

impl SearchProjector {
    /// Opens the serving generation where its commit ends. One that is ahead of the log belongs to another log: a new one is
    /// filled beside it, which takes its place as a rebuild does.
    pub(super) async fn open_lane(&mut self) -> Result<Lane, String> {
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
        let committed = step(lane, task).await.map_err(reason)?;
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
    pub(super) fn report(&self, writer: &Writer) -> Result<(), String> {
        for (partition, next) in writer.committed() {
            let stopped = writer.stopped().any(|gap| is_in(gap, partition));
            metric::at(partition, next - 1, stopped);
        }
        metric::outdated(writer.is_outdated());
        let left = self.left(writer, writer.committed());
        if left == 0 && !*self.filled.borrow() {
            if writer.number() != self.view.borrow().number {
                // The one before is of another log.
                self.store.promote(writer.number(), false).map_err(|error| error.to_string())?;
                self.show(writer);
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

    /// Makes a generation the one that is asked.
    pub(super) fn show(&self, writer: &Writer) {
        let (reader, fields) = writer.reader();
        self.view.send_replace(View { number: writer.number(), reader: reader.clone(), fields: fields.clone() });
    }
}

/// How it is asked.
pub(super) fn view_of(generation: &Generation) -> View {
    View { number: generation.number, reader: generation.reader.clone(), fields: generation.fields.clone() }
}

/// Does what a lane asks for; true when it has committed.
pub(super) async fn step(lane: &mut Lane, task: Task) -> Result<bool, SearchError> {
    match task {
        Task::Apply(records) => lane.apply(records).await.map(|()| false),
        Task::Commit => lane.commit().await.map(|()| true),
        Task::Look => lane.look().await.map(|()| false),
        Task::Lost(error) => Err(SearchError::Unavailable(error.to_string())),
    }
}

fn is_in(gap: &Gap, (topic, partition): &(String, i32)) -> bool {
    gap.position.topic == *topic && gap.position.partition == *partition
}

/// Last applied offset of every partition of the log.
fn applied(next: &NextOffsets, ends: &NextOffsets) -> Offsets {
    ends.keys().map(|partition| (partition.clone(), next.get(partition).copied().unwrap_or(0) - 1)).collect()
}
