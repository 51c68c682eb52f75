//! Whether the tail needs to read the partition at all.
//!
//! While every record that comes is our own, the acknowledgements tell all that the tail would, and reading each record
//! back is most of what a busy writer's reading costs. So the tail rests then. Another writer's record shows as a gap
//! before the next acknowledgement of ours, a barrier's end lies beyond what is applied, and where neither comes,
//! nothing moves any more: each of them wakes the tail, which goes on with the next record to apply. Resting is for
//! speed only: what is applied, and in which order, is the same.

use super::{Inner, Partition};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;

/// So many records are looked at before the tail rests.
const WINDOW: u32 = 512;

/// Who brought the last records, and who waits for more.
#[derive(Default)]
pub(super) struct Rest {
    resting: bool,
    /// Records applied in this window.
    applied: u32,
    /// Records of this window that the tail brought, less those that turned out to be ours.
    others: i64,
    /// Somebody waits until everything below this is applied.
    wanted: i64,
}

impl Rest {
    pub(super) fn begin_tail(&mut self) {
        *self = Self { wanted: self.wanted, ..Self::default() };
    }

    pub(super) fn applied_own(&mut self) {
        self.applied += 1;
    }

    pub(super) fn applied_read(&mut self) {
        self.applied += 1;
        self.others += 1;
    }

    pub(super) fn was_ours(&mut self) {
        self.others -= 1;
    }
}

impl<A: StoredAggregate, C: EventCodec<A::Event>> Partition<A, C> {
    /// True when the tail may stop reading the partition, which from now on counts as resting.
    pub(crate) fn go_to_rest(&self) -> bool {
        let mut inner = self.lock();
        if inner.rest.resting || inner.rest.applied < WINDOW {
            return false;
        }
        let only_ours = inner.rest.others <= 0;
        (inner.rest.applied, inner.rest.others) = (0, 0);
        let settled = !Self::misses(&inner) && inner.copy.is_some() && inner.stopped.is_none() && self.at().ready();
        inner.rest.resting = only_ours && settled;
        inner.rest.resting
    }

    /// The next record to apply, and whether somebody waits for it.
    pub(crate) fn awaited(&self) -> (i64, bool) {
        let inner = self.lock();
        (inner.next, Self::misses(&inner))
    }

    /// The tail reads the partition again, from the offset that is returned.
    pub(crate) fn wake(&self) -> i64 {
        let mut inner = self.lock();
        inner.rest.begin_tail();
        inner.next
    }

    /// Somebody waits until everything below `end` is applied.
    pub(crate) fn want(&self, end: i64) {
        let mut inner = self.lock();
        inner.rest.wanted = inner.rest.wanted.max(end);
        self.disturb(&inner);
    }

    /// Lets the tail know when it is needed.
    pub(super) fn disturb(&self, inner: &Inner<A>) {
        if inner.rest.resting && Self::misses(inner) {
            self.around.tail_wanted.notify_one();
        }
    }

    fn misses(inner: &Inner<A>) -> bool {
        inner.next < inner.rest.wanted || !inner.waiting.is_empty()
    }
}
