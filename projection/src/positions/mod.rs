//! How far each projection is, as this process knows it. Queries wait here until theirs has reached a consistency token.
//!
//! Never polls: the projector of this process reports its commits, [`listener`] those of others, and waiting queries are woken.
//! What is said here is committed and visible to every later query.

pub mod listener;
pub mod notice;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kafka_es::{ConsistencyToken, Position};
use tokio::sync::watch;

use crate::metrics_definitions as metric;
use crate::source::ByPartition;

/// The last applied offset of every partition a projection reads; -1 before the first record.
pub type Offsets = ByPartition<i64>;

/// The registry. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Positions(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    projections: Mutex<BTreeMap<String, watch::Sender<Offsets>>>,
    resets: watch::Sender<u64>,
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
    /// A registry that knows no projection yet.
    pub fn new() -> Self {
        Self::default()
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

    /// The projection is exactly here: after a start, a lost connection or a rebuild.
    pub fn replace(&self, projection: &str, offsets: Offsets) {
        self.sender(projection).send_replace(offsets);
    }

    /// Where the projection is; empty while that is not known.
    pub fn current(&self, projection: &str) -> Offsets {
        self.sender(projection).borrow().clone()
    }

    /// Changes of one projection.
    pub fn watch(&self, projection: &str) -> watch::Receiver<Offsets> {
        self.sender(projection).subscribe()
    }

    /// Every projection with its offsets, by name; those of which nothing is known are left out.
    pub fn all(&self) -> Vec<(String, Offsets)> {
        let projections = self.lock();
        let known = projections.iter().map(|(name, sender)| (name.clone(), sender.borrow().clone()));
        known.filter(|(_, offsets)| !offsets.is_empty()).collect()
    }

    /// What an answer from these projections reflects at least, if it is asked for from now on.
    pub fn token(&self, projections: &[&str]) -> ConsistencyToken {
        let mut token = ConsistencyToken::default();
        for projection in projections {
            merge_applied(&mut token, &self.current(projection));
        }
        token
    }

    /// Waits until `projection` has applied every offset of `token` in the topics it reads.
    ///
    /// # Errors
    /// [`Behind`] when `patience` runs out first; it also covers a projection of which nothing is known yet.
    pub async fn wait_for(&self, projection: &str, token: &ConsistencyToken, patience: Duration) -> Result<(), Behind> {
        let mut offsets = self.watch(projection);
        if missing(&offsets.borrow_and_update(), token).is_none() {
            return Ok(());
        }
        let started = Instant::now();
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

    /// Counts rebuilds: whoever reads the log for a projection starts again from its stored position when this changes.
    pub fn resets(&self) -> watch::Receiver<u64> {
        self.0.resets.subscribe()
    }

    /// Tells [`Positions::resets`] that a stored position went backwards.
    pub fn announce_reset(&self) {
        self.0.resets.send_modify(|count| *count += 1);
    }

    fn sender(&self, projection: &str) -> watch::Sender<Offsets> {
        let mut projections = self.lock();
        match projections.get(projection) {
            Some(sender) => sender.clone(),
            None => projections.entry(projection.to_owned()).or_default().clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<Offsets>>> {
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
fn missing(offsets: &Offsets, token: &ConsistencyToken) -> Option<String> {
    let reached = |wanted: &Position| match offsets.get(&(wanted.topic.clone(), wanted.partition)) {
        Some(applied) => *applied >= wanted.offset,
        None => !offsets.is_empty() && !offsets.keys().any(|(topic, _)| *topic == wanted.topic),
    };
    token.iter().find(|wanted| !reached(wanted)).map(|wanted| wanted.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: Duration = Duration::from_secs(60);

    fn at(offset: i64) -> [((String, i32), i64); 1] {
        [(("task-events".to_owned(), 0), offset)]
    }

    fn token(text: &str) -> ConsistencyToken {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn given_a_waiting_query_when_the_projection_gets_there_then_it_is_woken() {
        let positions = Positions::new();
        positions.advance("tasks", at(3));
        let waiting = {
            let positions = positions.clone();
            tokio::spawn(async move { positions.wait_for("tasks", &token("task-events/0@5"), PATIENT).await })
        };
        tokio::task::yield_now().await;
        positions.advance("tasks", at(4));
        positions.advance("tasks", at(5));
        assert_eq!(waiting.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn given_a_projection_behind_when_patience_ends_then_the_missing_part_is_named() {
        let positions = Positions::new();
        positions.advance("tasks", at(3));
        let behind = positions.wait_for("tasks", &token("task-events/0@4"), Duration::ZERO).await.unwrap_err();
        assert_eq!(behind.missing, "task-events/0@4");
    }

    #[tokio::test]
    async fn given_a_token_of_another_topic_when_waited_for_then_it_does_not_hold_the_query_up() {
        let positions = Positions::new();
        positions.advance("tasks", at(3));
        assert_eq!(positions.wait_for("tasks", &token("reminders/0@9,task-events/0@3"), Duration::ZERO).await, Ok(()));
    }

    #[tokio::test]
    async fn given_nothing_known_of_a_projection_when_waited_for_then_it_is_behind() {
        assert!(Positions::new().wait_for("tasks", &token("reminders/0@0"), Duration::ZERO).await.is_err());
    }

    #[test]
    fn given_an_old_notice_after_a_new_one_then_the_position_stays_and_only_a_replacement_moves_it_back() {
        let positions = Positions::new();
        positions.advance("tasks", at(5));
        positions.advance("tasks", at(4));
        assert_eq!(positions.token(&["tasks"]), token("task-events/0@5"));
        positions.replace("tasks", at(-1).into());
        assert!(positions.token(&["tasks"]).is_empty());
    }
}
