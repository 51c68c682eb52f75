//! Whether a store can take commands: one value made from three facts, watched by whoever asks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};

/// Whether the store can take commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// Reading what was written since the last stop.
    Starting {
        /// Records still to read, as far as known.
        behind: u64,
    },
    /// Caught up and connected.
    Ready,
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

#[derive(Default)]
struct Facts {
    stopped: Option<(i32, String)>,
    down: Option<(DateTime<Utc>, String)>,
    behind: Option<u64>,
}

/// The store's health.
pub(crate) struct Health {
    facts: Mutex<Facts>,
    shown: watch::Sender<StoreHealth>,
    /// Wakes the probe that finds out when Kafka is back.
    pub(crate) suspect: Notify,
}

impl Default for Health {
    fn default() -> Self {
        let facts = Facts { behind: Some(0), ..Facts::default() };
        Self {
            facts: Mutex::new(facts),
            shown: watch::Sender::new(StoreHealth::Starting { behind: 0 }),
            suspect: Notify::new(),
        }
    }
}

impl Health {
    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, facts: &Facts) {
        let health = match facts {
            Facts { stopped: Some((partition, reason)), .. } => {
                StoreHealth::PartitionStopped { partition: *partition, reason: reason.clone() }
            }
            Facts { down: Some((since, why)), .. } => StoreHealth::Unavailable { since: *since, why: why.clone() },
            Facts { behind: Some(behind), .. } => StoreHealth::Starting { behind: *behind },
            _ => StoreHealth::Ready,
        };
        self.shown.send_if_modified(|shown| {
            let changed = *shown != health;
            *shown = health;
            changed
        });
    }

    pub(crate) fn watch(&self) -> watch::Receiver<StoreHealth> {
        self.shown.subscribe()
    }

    /// Kafka does not answer; commands are refused at once until [`up`](Self::up).
    pub(crate) fn down(&self, why: &str) {
        let mut facts = self.facts();
        if facts.down.is_none() {
            tracing::warn!(why, "kafka cannot be reached");
            facts.down = Some((Utc::now(), why.to_owned()));
            self.show(&facts);
        }
        self.suspect.notify_one();
    }

    /// Kafka answers.
    pub(crate) fn up(&self) {
        let mut facts = self.facts();
        if let Some((since, _)) = facts.down.take() {
            tracing::info!(%since, "kafka is back");
            self.show(&facts);
        }
    }

    /// Why Kafka counts as down, if it does.
    pub(crate) fn down_reason(&self) -> Option<String> {
        self.facts().down.as_ref().map(|(_, why)| why.clone())
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

    #[test]
    fn given_a_store_when_facts_change_then_the_worst_is_shown_and_it_recovers() {
        let health = Health::default();
        let watch = health.watch();
        health.behind(Some(7));
        assert_eq!(*watch.borrow(), StoreHealth::Starting { behind: 7 });
        health.behind(None);
        assert_eq!(*watch.borrow(), StoreHealth::Ready);
        health.down("gone");
        assert!(matches!(&*watch.borrow(), StoreHealth::Unavailable { why, .. } if why == "gone"));
        health.up();
        assert_eq!(*watch.borrow(), StoreHealth::Ready);
        health.stopped(3, "truncated");
        health.down("gone");
        assert!(matches!(*watch.borrow(), StoreHealth::PartitionStopped { partition: 3, .. }));
    }
}
