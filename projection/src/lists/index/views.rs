//! The API's JSON of tasks that have been asked for, or have changed, not long ago.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::lists::tasks::Found;

/// Bytes that they take at most, about.
const BYTES: u64 = 128 << 20;
/// Tasks that they are, about.
pub(super) const TASKS: usize = 200_000;
/// Bytes that one takes besides its JSON, about.
const BESIDE: u64 = 120;

/// A tenant's number in the index, and the task's id.
pub(super) type Name = (u32, Uuid);

/// The versions that were seen last. Whoever asks knows which version there should be.
pub(super) struct Views(Cache<Name, Arc<Found>, Bytes>);

#[derive(Clone)]
struct Bytes;

impl Weighter<Name, Arc<Found>> for Bytes {
    fn weight(&self, _: &Name, found: &Arc<Found>) -> u64 {
        BESIDE + found.view.len() as u64
    }
}

impl Default for Views {
    fn default() -> Self {
        Self(Cache::with_weighter(TASKS, BYTES, Bytes))
    }
}

impl Views {
    /// This version of a task.
    pub(super) fn get(&self, name: Name, version: u64) -> Option<Arc<Found>> {
        self.0.get(&name).filter(|found| found.version == version)
    }

    pub(super) fn put(&self, name: Name, found: Arc<Found>) {
        self.0.insert(name, found);
    }

    pub(super) fn clear(&self) {
        self.0.clear();
    }
}
