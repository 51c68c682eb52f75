//! The tasks' read model indexed in memory, in each process that answers queries.
//!
//! Postgres has the rows and indexes of its own, and answers every list by them ([`super::tasks`]). Here are, beside it, the columns
//! that lists filter and sort by, in every order; and the JSON of the tasks that are asked for most. A page whose tasks are known takes
//! microseconds, and no filter is slow in any order. What is here is read from Postgres and follows it by its notifications
//! ([`follow`]), some hundred microseconds behind: a query waits until it has come to its token. While it knows nothing, or does not come as
//! far in time, Postgres answers.
//!
//! Lists, tags and single tasks do not go back: what Postgres has answered in place of the index, as far as this process knew of it then,
//! the index waits for.

mod find;
mod follow;
mod heard;
mod kept;
mod known;
mod order;
mod row;
mod stored;
mod tags;
mod views;
mod zone;

#[cfg(test)]
mod tests;

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use domain::task::Status;
use kafka_es::ConsistencyToken;
use platform::page::{Cursor, cut};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use self::known::Known;
use self::row::{Key, Kind};
use self::views::Views;
use super::ListError;
use super::tags::TagCount;
use super::tasks::page::Stored;
use super::tasks::place::After;
use super::tasks::{Found, Page, TaskReader, lookups};
use crate::generations::Generation;
use crate::metrics_definitions as metric;
use crate::positions::merge_applied;
use crate::query::sort::SortKey;
use crate::query::task_query::TaskQuery;

/// More tasks than this are too many to be kept in memory of a process: 250 bytes each, about. Postgres answers then.
pub const MAX_TASKS: usize = 2_000_000;

/// The index. Clones share it. It is empty, and answers nothing, until [`ListIndex::follow`] has filled it.
#[derive(Clone)]
pub struct ListIndex(Arc<Inner>);

/// How long a query waits for the index where Postgres has come to its token: longer than it takes to hear of a batch.
const PATIENCE: Duration = Duration::from_millis(250);

struct Inner {
    tasks: TaskReader,
    known: RwLock<Option<Known>>,
    /// Counts changes of what is known.
    changes: watch::Sender<u64>,
    views: Views,
    /// What Postgres has answered in place of the index, of which generation.
    shown: Mutex<Option<(Generation, ConsistencyToken)>>,
    /// More tasks are too many.
    limit: usize,
    /// Of more tasks the JSON is not read ahead.
    read_ahead: usize,
    /// Tenants that have been numbered.
    tenants: AtomicU32,
}

/// An answer, and what it shows at least, as a consistency token.
#[derive(Debug)]
pub struct Shown<T> {
    /// The answer.
    pub answer: T,
    /// What it shows.
    pub shows: Arc<str>,
}

/// A task's id and version, and its JSON where that is in memory.
type Named = (Uuid, u64, Option<Arc<Found>>);

/// A page before its tasks' JSON is complete.
struct Draft {
    tenant: u32,
    tasks: Vec<Named>,
    next_cursor: Option<String>,
    count: Option<u64>,
}

impl ListIndex {
    /// Of what `reader` reads, if it is no more tasks than `limit`.
    #[must_use]
    pub fn new(reader: &TaskReader, limit: usize) -> Self {
        Self::reading(reader, limit, views::TASKS)
    }

    /// The same. When it is filled it reads the JSON of all tasks where they are at most `views`; where they are more, each one's when that
    /// is asked for.
    #[must_use]
    pub fn reading(reader: &TaskReader, limit: usize, views: usize) -> Self {
        Self(Arc::new(Inner {
            tasks: reader.clone(),
            known: RwLock::default(),
            changes: watch::Sender::default(),
            views: Views::default(),
            shown: Mutex::default(),
            limit,
            read_ahead: views,
            tenants: AtomicU32::new(0),
        }))
    }

    /// One live task; `answer` is `None` when there is none. `None`: Postgres must answer.
    ///
    /// # Errors
    /// When the task's JSON is not in memory and Postgres cannot be asked for it.
    pub async fn find(
        &self,
        generation: Generation,
        tenant: &'static str,
        id: Uuid,
        wanted: &ConsistencyToken,
    ) -> Result<Option<Shown<Option<Arc<Found>>>>, ListError> {
        let deadline = Instant::now() + PATIENCE;
        let look = |known: &Known| {
            let tenant = known.tenants.get(tenant)?;
            let version = tenant.tasks.get(id)?.version;
            Some((tenant.number, version, self.0.views.get((tenant.number, id), version)))
        };
        while let Some(Shown { answer, shows }) = self.look(generation, wanted, deadline, look).await {
            let Some((tenant_number, version, None)) = answer else {
                return Ok(Some(Shown { answer: answer.and_then(|(_, _, task)| task), shows }));
            };
            let mut changes = self.0.changes.subscribe();
            // Together with others that are asked for.
            match self.0.tasks.find(generation, tenant, id).await? {
                Some(found) if found.version == version => {
                    let found = Arc::new(found);
                    self.0.views.put((tenant_number, id), found.clone());
                    return Ok(Some(Shown { answer: Some(found), shows }));
                }
                // The index will hear of it.
                _ => _ = timeout_at(deadline, changes.changed()).await,
            }
        }
        Ok(None)
    }

    /// A page of live tasks. `None`: Postgres must answer.
    ///
    /// # Errors
    /// [`ListError::Cursor`] when the cursor's key does not fit the sort; otherwise when Postgres cannot be asked for tasks whose
    /// JSON is not in memory.
    pub async fn page(
        &self,
        generation: Generation,
        query: &TaskQuery,
        wanted: &ConsistencyToken,
    ) -> Result<Option<Shown<Page>>, ListError> {
        let after = query.cursor.as_ref().map(|cursor| After::read(query.sort, cursor)).transpose()?;
        let deadline = Instant::now() + PATIENCE;
        let look = |known: &Known| self.draft(known, query, after);
        while let Some(Shown { answer: mut draft, shows }) = self.look(generation, wanted, deadline, look).await {
            let tenant = (query.tenant.as_str(), draft.tenant);
            if self.complete(generation, tenant, &mut draft.tasks, deadline).await? {
                let views = draft.tasks.into_iter().filter_map(|(_, _, task)| Some(Stored::Kept(task?.view.clone())));
                let answer = Page::new(views.collect(), draft.next_cursor, draft.count);
                return Ok(Some(Shown { answer, shows }));
            }
        }
        Ok(None)
    }

    /// Every tag in use by tasks of these statuses, of any where none is named, in the order of its bytes. `None`: Postgres must answer.
    pub async fn tags(
        &self,
        generation: Generation,
        tenant: &str,
        statuses: &[Status],
        wanted: &ConsistencyToken,
    ) -> Option<Shown<Vec<TagCount>>> {
        let numbers: Vec<u8> = statuses.iter().copied().map(row::status_number).collect();
        let look = |known: &Known| {
            let count = |(tag, count): (&str, u64)| TagCount { tag: tag.to_owned(), count: count.cast_signed() };
            let counts = known.tenants.get(tenant).map(|tenant| tenant.tasks.tag_counts(&numbers));
            let mut counts: Vec<TagCount> = counts.unwrap_or_default().into_iter().map(count).collect();
            counts.sort_unstable_by(|a, b| a.tag.cmp(&b.tag));
            counts
        };
        self.look(generation, wanted, Instant::now() + PATIENCE, look).await
    }

    /// What its answers show; `None` while it is not filled.
    pub fn shows(&self) -> Option<ConsistencyToken> {
        let known = self.known();
        let mut token = ConsistencyToken::new();
        merge_applied(&mut token, &known.as_ref()?.reached);
        Some(token)
    }

    /// Postgres has answered from this generation, and shown as much as this at least.
    pub fn note(&self, generation: Generation, shown: &ConsistencyToken) {
        let mut known = self.shown();
        // One that follows another need not have come as far.
        let (_, token) =
            known.take().filter(|(of, _)| *of == generation).unwrap_or((generation, ConsistencyToken::new()));
        let (_, token) = known.insert((generation, token));
        token.merge(shown);
    }

    /// Adds the JSON of the tasks that are not in memory. False where Postgres has another version of one: that may not belong where this
    /// one stands. By then the index has heard of a change, or the time is over.
    async fn complete(
        &self,
        generation: Generation,
        (tenant, number): (&str, u32),
        tasks: &mut [Named],
        deadline: Instant,
    ) -> Result<bool, ListError> {
        let missing: Vec<Uuid> = tasks.iter().filter(|task| task.2.is_none()).map(|task| task.0).collect();
        if missing.is_empty() {
            return Ok(true);
        }
        let mut changes = self.0.changes.subscribe();
        let mut found = lookups::query(self.0.tasks.readers(), generation, tenant, &missing).await?;
        for (id, version, task) in tasks.iter_mut().filter(|task| task.2.is_none()) {
            *task = found.remove(id).filter(|found| found.version == *version).map(Arc::new);
            if let Some(task) = task {
                self.0.views.put((number, *id), task.clone());
            }
        }
        let complete = tasks.iter().all(|task| task.2.is_some());
        if !complete {
            let _ = timeout_at(deadline, changes.changed()).await;
        }
        Ok(complete)
    }

    fn draft(&self, known: &Known, query: &TaskQuery, after: Option<After<'_>>) -> Draft {
        let Some(tenant) = known.tenants.get(&query.tenant) else { return Draft::empty(query.total) };
        let find::Found { slots, count } = find::find(&tenant.tasks, query, after);
        let (slots, more) = cut(slots, query.limit);
        let rows = || slots.iter().map(|slot| tenant.tasks.row(*slot));
        let next_cursor = rows().next_back().filter(|_| more).map(|last| cursor_after(query, last).encode());
        let task = |row: &row::Row| (row.id, row.version, self.0.views.get((tenant.number, row.id), row.version));
        Draft { tenant: tenant.number, tasks: rows().map(task).collect(), next_cursor, count }
    }

    /// Looks at what is known, once that is as fresh as `wanted` and as what has been shown; `None` where it is of another generation, or
    /// the time is over.
    async fn look<T>(
        &self,
        generation: Generation,
        wanted: &ConsistencyToken,
        deadline: Instant,
        look: impl Fn(&Known) -> T,
    ) -> Option<Shown<T>> {
        let mut changes = self.0.changes.subscribe();
        while Instant::now() < deadline {
            {
                let guard = self.known();
                let known = guard.as_ref().filter(|known| known.generation == generation)?;
                if known.has(wanted) && self.has_shown_no_more(known) {
                    return Some(Shown { answer: look(known), shows: known.token() });
                }
            }
            timeout_at(deadline, changes.changed()).await.ok()?.ok()?;
        }
        None
    }

    fn has_shown_no_more(&self, known: &Known) -> bool {
        match &*self.shown() {
            Some((generation, shown)) => *generation != known.generation || known.has(shown),
            None => true,
        }
    }

    fn known(&self) -> RwLockReadGuard<'_, Option<Known>> {
        // A change that panics ends the process.
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, known: Option<Known>) {
        if known.is_none() {
            self.0.views.clear();
        }
        metric::list_index_tasks(known.as_ref().map_or(0, Known::len));
        let before = self.change(|all| std::mem::replace(all, known));
        if before.is_some() {
            // Millions of small pieces of memory: nobody must wait for that.
            tokio::task::spawn_blocking(|| drop(before));
        }
    }

    /// Whoever waits looks again.
    fn change<T>(&self, change: impl FnOnce(&mut Option<Known>) -> T) -> T {
        let done = change(&mut self.0.known.write().unwrap_or_else(PoisonError::into_inner));
        self.0.changes.send_modify(|count| *count += 1);
        done
    }

    fn shown(&self) -> MutexGuard<'_, Option<(Generation, ConsistencyToken)>> {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Draft {
    fn empty(counts: bool) -> Self {
        Self { tenant: 0, tasks: Vec::new(), next_cursor: None, count: counts.then_some(0) }
    }
}

/// The place after a task, as the cursor that Postgres' lists give too.
fn cursor_after(query: &TaskQuery, last: &row::Row) -> Cursor {
    let key = match Kind::of(query.sort).key(last) {
        _ if query.sort.key == SortKey::Due && last.due == row::NEVER => serde_json::Value::Null,
        Key::Number(number) => number.into(),
        Key::Text(text) => text.into(),
    };
    Cursor { sort: query.sort.to_string(), key, id: last.id.to_string(), filters: query.fingerprint() }
}

impl std::fmt::Debug for ListIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListIndex").field("tasks", &self.known().as_ref().map(Known::len)).finish_non_exhaustive()
    }
}
