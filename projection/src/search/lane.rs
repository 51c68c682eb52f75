//! One generation being kept in step with the log: a feed, a writer, and when to commit.

use std::sync::Arc;
use std::time::Duration;

use kafka_es::LogRecord;
use tokio::time::Instant;
use tracing::Span;

use super::error::SearchError;
use super::feed::Feed;
use super::filling;
use super::projector::NAME;
use super::store::{Generation, NextOffsets};
use super::waiting::Dropped;
use super::writer::Writer;
use crate::positions::Positions;
use crate::projector::traces;
use crate::source::{Log, SourceError};

/// After a commit its merges are looked for: first after the one time, then each time after twice as long, up to the other.
const LOOK_FIRST: Duration = Duration::from_secs(1);
const LOOK_LAST: Duration = Duration::from_secs(64);

/// Traced changes of one commit; a catch-up is no one's request.
const SPANS_MAX: usize = 256;

/// When what was applied becomes visible.
#[derive(Debug, Clone, Copy)]
pub struct CommitPolicy {
    /// Time from one commit to the next at least; a change after a quiet time is committed at once. Each commit makes a
    /// segment and some file syncs, so this bounds what a steady stream of changes costs.
    pub gap: Duration,
    /// The same while no query waits for what is applied.
    pub calm: Duration,
    /// A change waits at most this long while more keep coming.
    pub patience: Duration,
    /// Changed documents that are committed without further waiting; bounds what is kept in memory.
    pub documents: usize,
    /// The same for the size of their records, in bytes.
    pub bytes: usize,
}

impl Default for CommitPolicy {
    fn default() -> Self {
        Self {
            gap: Duration::from_millis(40),
            calm: Duration::from_millis(250),
            patience: Duration::from_millis(400),
            documents: 10_000,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// What a lane has to do next.
pub(super) enum Task {
    /// Apply these records.
    Apply(Vec<LogRecord>),
    /// Commit what is applied.
    Commit,
    /// See what was merged.
    Look,
    /// The log cannot be read: open a new lane.
    Lost(SourceError),
}

/// A generation with its feed.
pub(super) struct Lane {
    /// `None` only while a blocking task has it, or after that task died.
    writer: Option<Writer>,
    feed: Feed,
    log: Arc<dyn Log>,
    /// Knows whether a query waits.
    positions: Positions,
    /// Where each partition was begun.
    from: NextOffsets,
    /// Once it serves.
    policy: CommitPolicy,
    /// It does not serve yet.
    filling: bool,
    committed_at: Option<Instant>,
    dirty_since: Option<Instant>,
    /// Pause between the commit, or the look before, and the next look for merges, and when that is.
    look: Option<(Duration, Instant)>,
    bytes: usize,
    /// Of the changes that are applied and not yet visible; they end with the commit.
    spans: Vec<Span>,
}

impl Lane {
    /// Goes on where the generation's last commit ended; partitions it does not know begin at 0. It is filled until it
    /// [serves](Self::serves).
    ///
    /// # Errors
    /// When the log cannot be opened now.
    pub(super) async fn open(
        generation: Generation,
        log: &Arc<dyn Log>,
        partitions: &NextOffsets,
        positions: &Positions,
        policy: CommitPolicy,
    ) -> Result<Self, SourceError> {
        let mut from = generation.committed.clone();
        for partition in partitions.keys() {
            from.entry(partition.clone()).or_insert(0);
        }
        let (feed, log) = (Feed::open(log, from.clone()).await?, log.clone());
        let mut writer = Writer::new(generation);
        writer.fill();
        Ok(Self {
            writer: Some(writer),
            feed,
            log,
            positions: positions.clone(),
            from,
            policy,
            filling: true,
            committed_at: None,
            dirty_since: None,
            look: None,
            bytes: 0,
            spans: Vec::new(),
        })
    }

    /// It has caught up: from now on it is committed and merged for who asks it.
    ///
    /// # Errors
    /// When a task of this lane died with the writer.
    pub(super) fn serves(&mut self) -> Result<(), SearchError> {
        if std::mem::take(&mut self.filling) {
            self.writer.as_mut().ok_or_else(lost)?.serves();
        }
        Ok(())
    }

    /// The writer.
    ///
    /// # Errors
    /// When a task of this lane died with it.
    pub(super) fn writer(&self) -> Result<&Writer, SearchError> {
        self.writer.as_ref().ok_or_else(lost)
    }

    /// Waits for the next thing to do. Cancel safe.
    pub(super) async fn next(&mut self) -> Task {
        let Some(since) = self.dirty_since else { return self.idle().await };
        let policy = if self.filling { filling::POLICY } else { self.policy };
        let full = self.writer.as_ref().is_none_or(|writer| writer.changed() >= policy.documents);
        let (now, last) = (Instant::now(), since + policy.patience);
        if full || self.bytes >= policy.bytes || now >= last {
            return Task::Commit;
        }
        let (wanted, due) = match self.committed_at {
            _ if self.filling => (now + policy.gap, now + policy.gap),
            Some(at) => (at + policy.gap, at + policy.calm),
            None => (since, since),
        };
        let positions = self.positions.clone();
        tokio::select! {
            biased;
            batch = self.feed.next() => apply(batch),
            () = tokio::time::sleep_until(due.min(last)) => Task::Commit,
            () = async {
                tokio::time::sleep_until(wanted).await;
                positions.wanted(&[NAME]).await;
            } => Task::Commit,
        }
    }

    async fn idle(&mut self) -> Task {
        match self.look {
            None => apply(self.feed.next().await),
            Some((_, due)) => tokio::time::timeout_at(due, self.feed.next()).await.map_or(Task::Look, apply),
        }
    }

    /// Applies records.
    ///
    /// # Errors
    /// When the index cannot be written; open a new lane then.
    pub(super) async fn apply(&mut self, records: Vec<LogRecord>) -> Result<(), SearchError> {
        if self.spans.len() < SPANS_MAX {
            self.spans.extend(traces::start(NAME, &records));
        }
        self.bytes += records.iter().map(|record| record.raw.len()).sum::<usize>();
        self.blocking(move |writer| writer.apply(&records)).await?;
        if self.writer()?.is_dirty() {
            self.dirty_since.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    /// Commits what is applied.
    ///
    /// # Errors
    /// When the index cannot be written; open a new lane then.
    pub(super) async fn commit(&mut self) -> Result<(), SearchError> {
        self.blocking(Writer::commit).await?;
        self.dirty_since = None;
        self.bytes = 0;
        self.spans.clear();
        let now = Instant::now();
        self.committed_at = Some(now);
        self.look = (!self.filling).then(|| (LOOK_FIRST, now + LOOK_FIRST));
        Ok(())
    }

    /// Lets queries see what was merged since the last commit, and says when to look again.
    ///
    /// # Errors
    /// When the index cannot be read; open a new lane then.
    pub(super) async fn look(&mut self) -> Result<(), SearchError> {
        self.blocking(Writer::see_merged).await?;
        let next = self.look.map(|(pause, _)| pause * 2).filter(|pause| *pause <= LOOK_LAST);
        self.look = next.map(|pause| (pause, Instant::now() + pause));
        Ok(())
    }

    /// Commits what is applied, and lets streams go on that have waited: see [`Writer::go_on`].
    ///
    /// # Errors
    /// When the index cannot be written or the log not be read again; open a new lane then.
    pub(super) async fn go_on(&mut self, dropped: Dropped) -> Result<(), SearchError> {
        if self.writer()?.is_dirty() {
            self.commit().await?;
        }
        if self.blocking(move |writer| writer.go_on(dropped)).await? {
            let mut from = self.from.clone();
            from.extend(self.writer()?.next_offsets().clone());
            let opened = Feed::open(&self.log, from).await;
            self.feed = opened.map_err(|error| SearchError::Unavailable(error.to_string()))?;
            self.dirty_since = Some(Instant::now());
        }
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Writer) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let mut writer = self.writer.take().ok_or_else(lost)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&mut writer);
            (writer, result)
        });
        let (writer, result) = match done.await {
            Ok(done) => done,
            // A fault of ours that the same record would meet again and again: raised here it ends the process, which says where.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => return Err(SearchError::Unavailable(format!("a write died: {error}"))),
        };
        self.writer = Some(writer);
        result
    }
}

fn apply(batch: Result<Vec<LogRecord>, SourceError>) -> Task {
    match batch {
        Ok(records) => Task::Apply(records),
        Err(error) => Task::Lost(error),
    }
}

fn lost() -> SearchError {
    SearchError::Unavailable("the writer was lost with a failed write".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::store::Store;
    use crate::source::MemoryLog;

    #[tokio::test]
    async fn given_a_write_that_panics_when_it_ends_then_the_panic_is_raised_and_not_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let generation = Store::new(folder.path().into(), 15_000_000).open().unwrap();
        let log: Arc<dyn Log> = Arc::new(MemoryLog::new(&[domain::topics::TASKS], 1));
        let ends = log.end_offsets(&[domain::topics::TASKS]).await.unwrap();
        let mut lane = Lane::open(generation, &log, &ends, &Positions::new(), CommitPolicy::default()).await.unwrap();
        let ended = tokio::spawn(async move { lane.blocking::<()>(|_| panic!("a fault")).await.is_ok() }).await;
        assert!(ended.unwrap_err().is_panic());
    }
}
