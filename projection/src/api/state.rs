//! What the endpoints share.

use std::sync::Arc;

use platform::clock::Clock;
use platform::lifecycle::Shutdown;
use sqlx::PgPool;

use crate::lateness::Lateness;
use crate::lists::index::{self, ListIndex};
use crate::lists::tasks::TaskReader;
use crate::live::Live;
use crate::positions::Positions;
use crate::search::SearchHandle;
use crate::source::Log;

/// What the query API answers from. Clones share it.
#[derive(Clone)]
pub struct QueryState {
    pub(crate) pool: PgPool,
    pub(crate) tasks: TaskReader,
    pub(crate) index: ListIndex,
    pub(crate) positions: Positions,
    pub(crate) search: Option<SearchHandle>,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) lateness: Arc<Lateness>,
    pub(crate) clock: Clock,
    pub(crate) live: Live,
}

impl QueryState {
    /// Answers from these parts. [`Positions::listen`] must run on `positions`. `shutdown` ends live streams.
    pub fn new(pool: PgPool, positions: Positions, log: Arc<dyn Log>, clock: Clock, shutdown: Shutdown) -> Self {
        crate::metrics_definitions::describe();
        let live = Live::new(pool.clone(), positions.clone(), log.clone(), shutdown);
        let (tasks, lateness) = (TaskReader::new(pool.clone()), Lateness::new(log.clone(), positions.clone()));
        let index = ListIndex::new(&tasks, index::MAX_TASKS);
        Self { index, tasks, pool, positions, search: None, log, lateness: Arc::new(lateness), clock, live }
    }

    /// The lists' index in memory. Without [`ListIndex::follow`] it stays empty, and Postgres answers.
    pub fn index(&self) -> ListIndex {
        self.index.clone()
    }

    /// With a search index, so that `q` can be answered.
    #[must_use]
    pub fn with_search(mut self, search: SearchHandle) -> Self {
        self.search = Some(search);
        self
    }

    /// Whose data a request is about. Everyone's is the same until authentication arrives.
    pub(crate) fn tenant(&self) -> &'static str {
        domain::tenant::DEFAULT
    }
}

impl std::fmt::Debug for QueryState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryState").field("search", &self.search.is_some()).finish_non_exhaustive()
    }
}
