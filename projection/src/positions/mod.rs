//! How far each projection is, as this process knows it. Queries wait here until theirs has reached a consistency token.
//!
//! Never polls: the projector of this process reports its commits, [`listener`] those of others, and waiting queries are woken.
//! What is said here is committed and visible to every later query.

mod building;
mod changes;
pub mod listener;
pub mod notice;
mod reached;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use building::Building;
pub use changes::Change;
use kafka_es::{ConsistencyToken, Position};
pub use reached::Reached;
use tokio::sync::watch;

use self::changes::Changes;
use self::wanted::Wanted;
use crate::metrics_definitions as metric;
use crate::projections::{self, Projection};
use crate::source::ByPartition;

/// The last applied offset of every partition a projection reads; -1 before the first record.
pub type Offsets = ByPartition<i64>;

/// The registry. Clones share it.
#[derive(Debug, Clone)]
pub struct Positions(Arc<Inner>);

impl Default for Positions {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug, Default)]
struct Inner {
    /// The projections it is about, with the versions that this process reads.
    versions: BTreeMap<&'static str, i32>,
    /// Those whose changed rows are told.
    told: BTreeSet<&'static str>,
    projections: Mutex<BTreeMap<String, watch::Sender<Reached>>>,
    /// Where a projection has to be before it answers, for those that began or began again.
    goals: Mutex<BTreeMap<String, Offsets>>,
    /// The generation that serves, of projections that have some.
    serving: Mutex<BTreeMap<String, i32>>,
    /// What is being built to take its place.
    building: watch::Sender<BTreeMap<String, Building>>,
    resets: watch::Sender<u64>,
    wanted: Wanted,
    changes: Changes,
}

/// The projection has not come as far as the token within the patience.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("projection {projection} has not reached {missing}")]
pub struct Behind {
    /// The projection that is behind.
    pub projection: String,
    /// The part of the token it has not reached.
    pub missing: String,
}

impl Positions {
    /// A registry that does not know yet where anything is.
    pub fn new() -> Self {
        Self::about(&projections::all())
    }

    /// The same about other projections than this build's.
    pub fn about(projections: &[Arc<dyn Projection>]) -> Self {
        let described = || projections.iter().map(|projection| projection.describe());
        let versions = described().map(|described| (described.name, described.version)).collect();
        let told = described().filter(|described| described.rows_are_told).map(|described| described.name).collect();
        Self(Arc::new(Inner { versions, told, ..Inner::default() }))
    }

    /// The projections it is about, with the versions that this process reads and writes.
    pub fn versions(&self) -> impl Iterator<Item = (&'static str, i32)> {
        self.0.versions.iter().map(|(name, version)| (*name, *version))
    }

    /// The projection has applied everything up to these offsets. Never moves backwards.
    pub fn advance(&self, projection: &str, moves: impl IntoIterator<Item = ((String, i32), i64)>) {
        self.sender(projection).send_if_modified(|offsets| {
            let mut changed = false;
            for (partition, offset) in moves {
                let known = offsets.entry(partition).or_insert(i64::MIN);
                changed |= *known < offset;
                *known = offset.max(*known);
            }
            changed
        });
    }

    /// The same of one of its generations: the one that serves, or the one that is being built; of others nothing is kept.
    pub fn advance_of(&self, projection: &str, generation: i32, moves: impl IntoIterator<Item = ((String, i32), i64)>) {
        if self.serving(projection) == Some(generation) {
            self.advance(projection, moves);
        } else {
            self.advance_building(projection, generation, moves);
        }
    }

    /// The number of the generation that serves; `None` while that is not known. Asked for after [`Self::wait_for`] it holds
    /// what was waited for.
    pub fn serving(&self, projection: &str) -> Option<i32> {
        self.0.serving.lock().unwrap_or_else(PoisonError::into_inner).get(projection).copied()
    }

    /// The projection is exactly here: after a start, a lost connection or a rebuild.
    pub fn replace(&self, projection: &str, offsets: Offsets) {
        self.sender(projection).send_replace(offsets.into());
    }

    /// The same, for a generation that must have come to `goals` before its answers count: until then it shows less than was
    /// there when it began.
    pub fn begin(&self, projection: &str, generation: i32, offsets: Offsets, goals: Offsets) {
        self.goals().insert(projection.to_owned(), goals);
        // Before the offsets. A new generation is never behind the one it follows: whoever has seen that one's offsets may read
        // from this one, but not the other way round.
        let mut serving = self.0.serving.lock().unwrap_or_else(PoisonError::into_inner);
        let before = serving.insert(projection.to_owned(), generation);
        drop(serving);
        self.replace(projection, offsets);
        if before.is_some_and(|before| before != generation) {
            self.tell_anything();
        }
    }

    /// A partition will not come further: nothing waits for it any more.
    pub fn give_up(&self, projection: &str, partition: &(String, i32)) {
        if let Some(goals) = self.goals().get_mut(projection) {
            goals.remove(partition);
        }
        // Whoever waits looks again.
        self.sender(projection).send_modify(|_| {});
    }

    /// True once the projection has come to where it must be before it answers.
    pub fn is_filled(&self, projection: &str) -> bool {
        self.reached_goals(projection, &self.sender(projection).borrow())
    }

    /// Waits until the projection is filled; false when `patience` runs out first.
    pub async fn filled(&self, projection: &str, patience: Duration) -> bool {
        let mut offsets = self.watch(projection);
        if self.reached_goals(projection, &offsets.borrow()) {
            return true;
        }
        let filled = offsets.wait_for(|offsets| self.reached_goals(projection, offsets));
        matches!(tokio::time::timeout(patience, filled).await, Ok(Ok(_)))
    }

    /// How far a projection that is not filled yet has come: records applied, and records that there were when it began.
    pub fn filling(&self, projection: &str) -> Option<(u64, u64)> {
        let offsets = self.current(projection);
        if offsets.is_empty() || self.reached_goals(projection, &offsets) {
            return None;
        }
        let goals = self.goals().get(projection).cloned().unwrap_or_default();
        let count = |offset: i64| (offset + 1).max(0).unsigned_abs();
        let read =
            goals.iter().map(|(partition, goal)| count(offsets.get(partition).map_or(-1, |at| *at.min(goal)))).sum();
        Some((read, goals.values().map(|goal| count(*goal)).sum()))
    }

    /// A projection of which nothing is known has reached nothing.
    fn reached_goals(&self, projection: &str, offsets: &Offsets) -> bool {
        let goals = self.goals();
        let mut goals = goals.get(projection).into_iter().flatten();
        !offsets.is_empty() && goals.all(|(partition, goal)| offsets.get(partition).is_some_and(|at| at >= goal))
    }

    fn goals(&self) -> MutexGuard<'_, BTreeMap<String, Offsets>> {
        self.0.goals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the projection is; empty while that is not known.
    pub fn current(&self, projection: &str) -> Offsets {
        Offsets::clone(&self.sender(projection).borrow())
    }

    /// Changes of one projection.
    pub fn watch(&self, projection: &str) -> watch::Receiver<Reached> {
        self.sender(projection).subscribe()
    }

    /// Every projection with its offsets, by name; those of which nothing is known are left out.
    pub fn all(&self) -> Vec<(String, Offsets)> {
        let projections = self.lock();
        let known = projections.iter().map(|(name, sender)| (name.clone(), Offsets::clone(&sender.borrow())));
        known.filter(|(_, offsets)| !offsets.is_empty()).collect()
    }

    /// What an answer from these projections reflects at least, if it is asked for from now on.
    pub fn token(&self, projections: &[&str]) -> ConsistencyToken {
        let mut token = ConsistencyToken::default();
        for projection in projections {
            merge_applied(&mut token, &self.sender(projection).borrow());
        }
        token
    }

    /// The same as an answer says it.
    pub fn written_token(&self, projections: &[&str]) -> Arc<str> {
        match projections {
            [projection] => self.sender(projection).borrow().token(),
            projections => self.token(projections).to_string().into(),
        }
    }

    /// Waits until `projection` has applied every offset of `token` in the topics it reads.
    ///
    /// # Errors
    /// [`Behind`] when `patience` runs out first; it also covers a projection of which nothing is known yet.
    pub async fn wait_for(&self, projection: &str, token: &ConsistencyToken, patience: Duration) -> Result<(), Behind> {
        if token.is_empty() {
            return Ok(());
        }
        let mut offsets = self.watch(projection);
        if missing(&offsets.borrow_and_update(), token).is_none() {
            return Ok(());
        }
        let started = Instant::now();
        let _wait = self.0.wanted.by_a_query(projection);
        let reaching = offsets.wait_for(|offsets| missing(offsets, token).is_none());
        let reached = matches!(tokio::time::timeout(patience, reaching).await, Ok(Ok(_)));
        metric::query_waited(projection, started.elapsed());
        if reached {
            return Ok(());
        }
        // It may have got there between the timeout and now; then there is nothing to complain about.
        match missing(&offsets.borrow(), token) {
            None => Ok(()),
            Some(missing) => Err(Behind { projection: projection.to_owned(), missing }),
        }
    }

    /// Returns when a query of this process waits for one of `projections`: at once while one does.
    pub async fn wanted(&self, projections: &[&str]) {
        self.0.wanted.any_of(projections).await;
    }

    /// Counts changes of the generations that serve: whoever reads the log for them reads on from the stored positions when this
    /// changes.
    pub fn resets(&self) -> watch::Receiver<u64> {
        self.0.resets.subscribe()
    }

    /// Tells [`Positions::resets`].
    pub fn announce_reset(&self) {
        self.0.resets.send_modify(|count| *count += 1);
    }

    fn sender(&self, projection: &str) -> watch::Sender<Reached> {
        let mut projections = self.lock();
        match projections.get(projection) {
            Some(sender) => sender.clone(),
            None => projections.entry(projection.to_owned()).or_default().clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<Reached>>> {
        self.0.projections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the partitions of which something is applied.
pub(crate) fn merge_applied(token: &mut ConsistencyToken, offsets: &Offsets) {
    for ((topic, partition), offset) in offsets {
        if *offset >= 0 {
            token.insert(&Position { topic: topic.clone(), partition: *partition, offset: *offset });
        }
    }
}

/// The first part of `token` that `offsets` do not reach. Topics the projection does not read say nothing about its answers.
pub(crate) fn missing(offsets: &Offsets, token: &ConsistencyToken) -> Option<String> {
    // Both are in the same order: nothing is looked up, and so no key is made.
    let mut applied = offsets.iter().peekable();
    let mut reached = |topic: &str, partition: i32, wanted: i64| {
        while applied.next_if(|((name, number), _)| (name.as_str(), *number) < (topic, partition)).is_some() {}
        match applied.peek() {
            Some(((name, number), at)) if name == topic && *number == partition => **at >= wanted,
            _ => !offsets.is_empty() && !offsets.keys().any(|(name, _)| name == topic),
        }
    };
    let missing = token.parts().find(|(topic, partition, offset)| !reached(topic, *partition, *offset));
    missing.map(|(topic, partition, offset)| format!("{topic}/{partition}@{offset}"))
}

#[cfg(test)]
mod tests;
