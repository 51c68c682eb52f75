//! What the rest of the process sees of search.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_es::Position;
use serde::{Deserialize, Serialize};
use tantivy::{DocAddress, IndexReader};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use uuid::Uuid;

use super::error::SearchError;
use super::metrics_definitions as metric;
use super::query;
use super::scan::Reused;
use super::schema::{Fields, StoredTask};
use crate::query::task_query::{TaskPage, TaskQuery};

/// The serving generation, for readers.
#[derive(Clone)]
pub(super) struct View {
    pub number: u64,
    pub reader: IndexReader,
    pub fields: Fields,
}

/// A wish to the projector.
pub(super) enum Control {
    /// Fill another generation and let it serve.
    Build(Start, Done),
    /// Give up the one that is being filled; answered once it is gone.
    Cancel(oneshot::Sender<Result<(), SearchError>>),
    /// Let the streams go on that can, with these records dropped.
    GoOn(HashSet<Position>, oneshot::Sender<Result<(), SearchError>>),
}

/// What a generation is filled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing: it is a new one.
    Scratch,
    /// The state in which it served before.
    Kept,
}

/// Who waits for a generation to serve.
pub(super) type Done = oneshot::Sender<Result<Rebuilt, SearchError>>;

/// A finished rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// The generation that serves now.
    pub generation: u64,
    /// Its documents, deleted tasks among them.
    pub documents: u64,
}

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Records read.
    pub read: u64,
    /// Records to read, as far as the log reached when it was last looked at.
    pub total: u64,
    /// When it was begun or gone on with, and what had been read by then: what its speed is told by.
    pub(crate) since: (Instant, u64),
}

impl Progress {
    /// From now on.
    pub(super) fn begun(read: u64, total: u64) -> Self {
        Self { read, total, since: (Instant::now(), read) }
    }

    /// Records it reads in a second; `None` before there is anything to tell it by.
    pub fn rate(&self) -> Option<f64> {
        let (since, then) = self.since;
        let (read, took) = (self.read.saturating_sub(then), since.elapsed());
        (read > 0 && took > Duration::from_millis(100)).then(|| read as f64 / took.as_secs_f64())
    }
}

/// One document of [`SearchHandle::dump`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dumped {
    /// Stream id.
    pub stream: String,
    /// Version of the state.
    pub version: u64,
    /// Everything the index keeps of it.
    pub state: StoredTask,
}

/// Answers searches from this process's own index. Clones share it.
#[derive(Clone)]
pub struct SearchHandle {
    pub(super) view: watch::Receiver<View>,
    pub(super) progress: watch::Receiver<Option<Progress>>,
    pub(super) failure: watch::Receiver<Option<String>>,
    pub(super) filled: watch::Receiver<bool>,
    pub(super) control: mpsc::Sender<Control>,
    pub(super) permits: Arc<Semaphore>,
    pub(super) reused: Arc<Reused>,
}

impl fmt::Debug for SearchHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchHandle").field("generation", &self.view.borrow().number).finish_non_exhaustive()
    }
}

impl SearchHandle {
    /// Answers a query that has `q`, from what is committed when it begins.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn query(&self, query: &TaskQuery) -> Result<TaskPage, SearchError> {
        let started = Instant::now();
        let query = query.clone();
        let reused = self.reused.clone();
        let answer = self.read(move |view| query::run(&view.reader.searcher(), &view.fields, &reused, &query)).await;
        metric::queried(started.elapsed(), !matches!(answer, Err(SearchError::Unavailable(_))));
        answer
    }

    /// Every document in the order of their streams: two indexes of the same log give the same.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub async fn dump(&self) -> Result<Vec<Dumped>, SearchError> {
        self.read(dump).await
    }

    /// Fills a new generation from the beginning of the log beside the serving one, and puts it in its place when it has
    /// caught up. Queries are answered all the while, never from an older state than before.
    ///
    /// # Errors
    /// [`SearchError::PutOff`] when the new generation cannot be made for now; the old one serves on.
    pub async fn rebuild(&self) -> Result<Rebuilt, SearchError> {
        self.ask(|done| Control::Build(Start::Scratch, done)).await
    }

    /// Lets the generation that served before catch up with the log and serve again, in the same way.
    ///
    /// # Errors
    /// When none is kept, or a rebuild runs; [`SearchError::PutOff`] when it cannot catch up for now.
    pub async fn roll_back(&self) -> Result<Rebuilt, SearchError> {
        self.ask(|done| Control::Build(Start::Kept, done)).await
    }

    /// Gives up a rebuild that runs; whoever waits for it is told.
    ///
    /// # Errors
    /// When the projector has stopped.
    pub async fn cancel_rebuild(&self) -> Result<(), SearchError> {
        self.ask(Control::Cancel).await
    }

    /// Passes over these records from now on, where they cannot be read, and lets the streams that have waited behind them go on.
    /// Queries are answered all the while; what is written meanwhile is found once the log is read again from there.
    ///
    /// # Errors
    /// When the index cannot be read or written; the records are passed over when it is opened again.
    pub async fn pass_over(&self, dropped: HashSet<Position>) -> Result<(), SearchError> {
        self.ask(|done| Control::GoOn(dropped, done)).await
    }

    async fn ask<T>(
        &self,
        control: impl FnOnce(oneshot::Sender<Result<T, SearchError>>) -> Control,
    ) -> Result<T, SearchError> {
        let stopped = || SearchError::Unavailable("the projector has stopped".to_owned());
        let (send, done) = oneshot::channel();
        self.control.send(control(send)).await.map_err(|_| stopped())?;
        done.await.map_err(|_| stopped())?
    }

    /// Waits until the index holds at least what was in the log when it was opened; before that it finds too little. False when
    /// that takes longer than `patience`.
    pub async fn is_filled(&self, patience: Duration) -> bool {
        let mut filled = self.filled.clone();
        let waited = tokio::time::timeout(patience, filled.wait_for(|filled| *filled)).await;
        matches!(waited, Ok(Ok(_)))
    }

    /// Whether it does by now.
    pub fn has_been_filled(&self) -> bool {
        *self.filled.borrow()
    }

    /// How far a running rebuild is; `None` while none runs.
    pub fn progress(&self) -> watch::Receiver<Option<Progress>> {
        self.progress.clone()
    }

    /// Why a running rebuild has failed, until it comes further; it is tried again.
    pub fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }

    /// The serving generation.
    pub fn generation(&self) -> u64 {
        self.view.borrow().number
    }

    /// Runs blocking work on the index off the async workers, as many at once as there are processors.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let died = |reason: &dyn fmt::Display| SearchError::Unavailable(format!("a search died: {reason}"));
        let permit = self.permits.clone().acquire_owned().await.map_err(|error| died(&error))?;
        let view = self.view.borrow().clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&view);
            drop(permit);
            result
        });
        done.await.map_err(|error| died(&error))?
    }
}

/// Every document of a view, in the order of their streams.
pub(super) fn dump(view: &View) -> Result<Vec<Dumped>, SearchError> {
    use super::{columns, schema::names};
    let searcher = view.reader.searcher();
    let mut all = Vec::new();
    for (segment, reader) in (0..).zip(searcher.segment_readers()) {
        let (high, low) = (columns::numbers(reader, names::ID_HIGH)?, columns::numbers(reader, names::ID_LOW)?);
        let tenants = reader.fast_fields().str(names::TENANT)?;
        for doc in reader.doc_ids_alive() {
            let id = Uuid::from_u64_pair(high.first(doc).unwrap_or(0), low.first(doc).unwrap_or(0));
            let mut tenant = String::new();
            if let Some((tenants, ord)) = tenants.as_ref().and_then(|column| Some((column, column.ords().first(doc)?)))
            {
                tenants.ord_to_str(ord, &mut tenant).map_err(tantivy::TantivyError::from)?;
            }
            let state = query::stored(&searcher, &view.fields, DocAddress::new(segment, doc))?;
            all.push(Dumped { stream: domain::tenant::stream_id(&tenant, id), version: state.task.version, state });
        }
    }
    all.sort_by(|a, b| a.stream.cmp(&b.stream));
    Ok(all)
}
