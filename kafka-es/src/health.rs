//! Whether a store can take commands: one value made from what is known of each partition, watched by whoever asks.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};

/// Whether the store can take commands; see [`EventStore::health`](crate::EventStore::health).
///
/// ```
/// use kafka_es::StoreHealth;
///
/// // What a readiness probe might answer.
/// let ready = |health: &StoreHealth| matches!(health, StoreHealth::Ready | StoreHealth::Degraded { .. });
/// assert!(ready(&StoreHealth::Ready));
/// assert!(ready(&StoreHealth::Degraded { partitions: vec![3], why: "its leader is away".to_owned() }));
/// assert!(!ready(&StoreHealth::Starting { behind: 1_000 }));
/// assert!(!ready(&StoreHealth::Unavailable { since: chrono::Utc::now(), why: "no broker answers".to_owned() }));
/// assert!(!ready(&StoreHealth::PartitionStopped { partition: 3, reason: "a gap".to_owned() }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// Reading what was written since the last stop.
    Starting {
        /// Records still to read, as far as known.
        behind: u64,
    },
    /// Caught up and connected.
    Ready,
    /// Some partitions cannot be reached, their leaders being away; streams that live elsewhere take commands.
    Degraded {
        /// Those partitions.
        partitions: Vec<i32>,
        /// What failed, for the first of them.
        why: String,
    },
    /// Kafka cannot be reached; tried again until it can.
    Unavailable {
        /// Since when.
        since: DateTime<Utc>,
        /// What failed.
        why: String,
    },
    /// A partition's log and local state contradict each other; its streams take no commands until an operator acts.
    PartitionStopped {
        /// The partition.
        partition: i32,
        /// What was found and what to do.
        reason: String,
    },
}

struct Facts {
    stopped: Option<(i32, String)>,
    /// The partitions that do not answer, since when and why.
    down: BTreeMap<i32, (DateTime<Utc>, String)>,
    behind: Option<u64>,
}

/// The store's health.
pub(crate) struct Health {
    partitions: i32,
    facts: Mutex<Facts>,
    /// True while some partition is down: spares each command the lock.
    any_down: AtomicBool,
    shown: watch::Sender<StoreHealth>,
    /// Wakes the probe that finds out when Kafka is back.
    pub(crate) suspect: Notify,
    unavailable: metrics::Gauge,
}

impl Health {
    /// The health of a store with so many partitions; `unavailable` counts those that are down.
    pub(crate) fn new(partitions: i32, unavailable: metrics::Gauge) -> Self {
        Self {
            partitions,
            facts: Mutex::new(Facts { stopped: None, down: BTreeMap::new(), behind: Some(0) }),
            any_down: AtomicBool::new(false),
            shown: watch::Sender::new(StoreHealth::Starting { behind: 0 }),
            suspect: Notify::new(),
            unavailable,
        }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_total(&self, facts: &Facts) -> bool {
        i32::try_from(facts.down.len()).is_ok_and(|down| down >= self.partitions)
    }

    fn show(&self, facts: &Facts) {
        let first = facts.down.values().min_by_key(|(since, _)| *since);
        let health = match (facts, first) {
            (Facts { stopped: Some((partition, reason)), .. }, _) => {
                StoreHealth::PartitionStopped { partition: *partition, reason: reason.clone() }
            }
            (_, Some((since, why))) if self.is_total(facts) => {
                StoreHealth::Unavailable { since: *since, why: why.clone() }
            }
            (Facts { behind: Some(behind), .. }, _) => StoreHealth::Starting { behind: *behind },
            (_, Some((_, why))) => {
                StoreHealth::Degraded { partitions: facts.down.keys().copied().collect(), why: why.clone() }
            }
            _ => StoreHealth::Ready,
        };
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        self.unavailable.set(facts.down.len() as f64);
        self.any_down.store(!facts.down.is_empty(), Ordering::Relaxed);
        self.shown.send_if_modified(|shown| {
            let changed = *shown != health;
            *shown = health;
            changed
        });
    }

    pub(crate) fn watch(&self) -> watch::Receiver<StoreHealth> {
        self.shown.subscribe()
    }

    /// A partition does not answer; its commands are refused at once until [`up`](Self::up).
    pub(crate) fn down(&self, partition: i32, why: &str) {
        let mut facts = self.facts();
        if let Entry::Vacant(entry) = facts.down.entry(partition) {
            tracing::warn!(partition, why, "kafka cannot be reached");
            entry.insert((Utc::now(), why.to_owned()));
            self.show(&facts);
        }
        self.suspect.notify_one();
    }

    /// No partition answers.
    pub(crate) fn all_down(&self, why: &str) {
        let mut facts = self.facts();
        if !self.is_total(&facts) {
            tracing::warn!(why, "kafka cannot be reached");
            let now = Utc::now();
            for partition in 0..self.partitions {
                facts.down.entry(partition).or_insert_with(|| (now, why.to_owned()));
            }
            self.show(&facts);
        }
        self.suspect.notify_one();
    }

    /// A partition answers.
    pub(crate) fn up(&self, partition: i32) {
        let mut facts = self.facts();
        if let Some((since, _)) = facts.down.remove(&partition) {
            tracing::info!(partition, %since, "kafka is back");
            self.show(&facts);
        }
    }

    /// Why a partition counts as down, if it does.
    pub(crate) fn down_reason(&self, partition: i32) -> Option<String> {
        if !self.any_down.load(Ordering::Relaxed) {
            return None;
        }
        self.facts().down.get(&partition).map(|(_, why)| why.clone())
    }

    /// The partitions that are down.
    pub(crate) fn those_down(&self) -> Vec<i32> {
        self.facts().down.keys().copied().collect()
    }

    /// True while no partition answers.
    pub(crate) fn is_out(&self) -> bool {
        self.is_total(&self.facts())
    }

    /// How much of the log is still to be read; `None` when caught up.
    pub(crate) fn behind(&self, behind: Option<u64>) {
        let mut facts = self.facts();
        facts.behind = behind;
        self.show(&facts);
    }

    /// A partition stopped for good.
    pub(crate) fn stopped(&self, partition: i32, reason: &str) {
        let mut facts = self.facts();
        facts.stopped.get_or_insert_with(|| (partition, reason.to_owned()));
        self.show(&facts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(partitions: i32) -> (Health, watch::Receiver<StoreHealth>) {
        let health = Health::new(partitions, metrics::Gauge::noop());
        let watch = health.watch();
        (health, watch)
    }

    #[test]
    fn given_a_store_when_facts_change_then_the_worst_is_shown_and_it_recovers() {
        let (health, watch) = health(2);
        health.behind(Some(7));
        assert_eq!(*watch.borrow(), StoreHealth::Starting { behind: 7 });
        health.behind(None);
        assert_eq!(*watch.borrow(), StoreHealth::Ready);
        health.all_down("gone");
        assert!(matches!(&*watch.borrow(), StoreHealth::Unavailable { why, .. } if why == "gone"));
        health.up(0);
        health.up(1);
        assert_eq!(*watch.borrow(), StoreHealth::Ready);
        health.stopped(3, "truncated");
        health.all_down("gone");
        assert!(matches!(*watch.borrow(), StoreHealth::PartitionStopped { partition: 3, .. }));
    }

    #[test]
    fn given_one_partition_without_a_leader_when_asked_then_only_that_one_is_down() {
        let (health, watch) = health(2);
        health.behind(None);
        health.down(1, "no leader");
        assert_eq!(*watch.borrow(), StoreHealth::Degraded { partitions: vec![1], why: "no leader".to_owned() });
        assert_eq!((health.down_reason(0), health.down_reason(1).as_deref()), (None, Some("no leader")));
        health.down(0, "no leader either");
        assert!(matches!(&*watch.borrow(), StoreHealth::Unavailable { .. }) && health.is_out());
        health.up(1);
        assert!(matches!(&*watch.borrow(), StoreHealth::Degraded { partitions, .. } if *partitions == [0]));
    }
}
