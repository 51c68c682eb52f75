//! States of committed documents that are kept at hand, for the changes that follow a change.

use std::collections::HashMap;
use std::sync::Arc;

use super::schema::StoredTask;

/// States that are kept at most.
const KEPT_MAX: usize = 4_096;

/// Two maps, so that forgetting half of them costs nothing.
#[derive(Default)]
pub(super) struct Recent([HashMap<Arc<str>, Arc<StoredTask>>; 2]);

impl Recent {
    /// The state of a stream's document, where it is known.
    pub(super) fn get(&self, stream: &str) -> Option<&Arc<StoredTask>> {
        self.0.iter().find_map(|half| half.get(stream))
    }

    /// A stream's document was committed.
    pub(super) fn put(&mut self, stream: Arc<str>, stored: Arc<StoredTask>) {
        if self.0[0].len() >= KEPT_MAX / 2 {
            self.0.swap(0, 1);
            self.0[0].clear();
        }
        // the other half may hold an older state
        self.0[1].remove(&stream);
        self.0[0].insert(stream, stored);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_many_states_when_more_come_then_the_older_half_is_forgotten_and_the_last_of_a_stream_is_known() {
        let mut recent = Recent::default();
        let stored = |version| {
            let mut stored = StoredTask::default();
            stored.task.version = version;
            Arc::new(stored)
        };
        (0..=KEPT_MAX as u64).for_each(|n| recent.put(n.to_string().into(), stored(n)));
        recent.put(KEPT_MAX.to_string().into(), stored(7));
        assert!(recent.get("0").is_none());
        assert_eq!(recent.get(&(KEPT_MAX - 1).to_string()).unwrap().task.version, KEPT_MAX as u64 - 1);
        assert_eq!(recent.get(&KEPT_MAX.to_string()).unwrap().task.version, 7);
        assert!(recent.0.iter().map(HashMap::len).sum::<usize>() <= KEPT_MAX);
    }
}
