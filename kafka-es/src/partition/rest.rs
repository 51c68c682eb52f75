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

/// So many records are looked at before the tail rests, where no rest was disturbed yet.
const SHORTEST_WINDOW: u32 = 64;
/// So many at most.
const LONGEST_WINDOW: u32 = 4096;
/// A rest was worth it when so many windows of records were not read.
const WORTH_WINDOWS: u32 = 8;

/// Who brought the last records, and who waits for more.
pub(super) struct Rest {
    resting: bool,
    /// So many records are looked at before the tail rests: twice as many after a rest that another writer disturbed soon,
    /// since that costs an append of ours the time of a fetch.
    window: u32,
    /// The window is the first one after a rest, and the rest was short.
    woken_early: bool,
    /// Records applied in this window, or in this rest.
    applied: u32,
    /// Records of this window that the tail brought, less those that turned out to be ours.
    others: i64,
    /// Somebody waits until everything below this is applied.
    wanted: i64,
}

impl Default for Rest {
    fn default() -> Self {
        Self { resting: false, window: SHORTEST_WINDOW, woken_early: false, applied: 0, others: 0, wanted: 0 }
    }
}

impl Rest {
    pub(super) fn begin_tail(&mut self) {
        *self = Self { wanted: self.wanted, window: self.window, ..Self::default() };
    }

    /// The rest ends.
    fn end(&mut self) {
        let early = self.applied < self.window * WORTH_WINDOWS;
        self.begin_tail();
        self.woken_early = early;
        if !early {
            self.window = SHORTEST_WINDOW;
        }
    }

    /// True at the end of a window that brought nobody else's records.
    fn only_ours(&mut self) -> bool {
        if self.applied < self.window {
            return false;
        }
        let only_ours = self.others <= 0;
        if self.woken_early && !only_ours {
            self.window = (self.window * 2).min(LONGEST_WINDOW);
        }
        (self.applied, self.others, self.woken_early) = (0, 0, false);
        only_ours
    }

    pub(super) fn applied_own(&mut self) {
        self.applied = self.applied.saturating_add(1);
    }

    pub(super) fn applied_read(&mut self) {
        self.applied = self.applied.saturating_add(1);
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
        if inner.rest.resting || !inner.rest.only_ours() {
            return false;
        }
        let settled = !Self::misses(&inner) && inner.copy.is_some() && inner.stopped.is_none() && self.at().ready();
        inner.rest.resting = settled;
        settled
    }

    /// Whether the tail rests.
    #[cfg(any(test, feature = "conformance"))]
    pub(crate) fn is_resting(&self) -> bool {
        self.lock().rest.resting
    }

    /// The next record to apply, and whether somebody waits for it.
    pub(crate) fn awaited(&self) -> (i64, bool) {
        let inner = self.lock();
        (inner.next, Self::misses(&inner))
    }

    /// The tail reads the partition again, from the offset that is returned.
    pub(crate) fn wake(&self) -> i64 {
        let mut inner = self.lock();
        inner.rest.end();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(rest: &mut Rest, records: u32) {
        (0..records).for_each(|_| rest.applied_own());
    }

    #[test]
    fn given_a_window_of_our_own_records_when_it_ends_then_the_tail_may_rest() {
        let mut rest = Rest::default();
        ours(&mut rest, SHORTEST_WINDOW - 1);
        assert!(!rest.only_ours());
        ours(&mut rest, 1);
        assert!(rest.only_ours());
    }

    #[test]
    fn given_one_record_of_another_writer_when_the_window_ends_then_the_tail_goes_on() {
        let mut rest = Rest::default();
        ours(&mut rest, SHORTEST_WINDOW);
        rest.applied_read();
        assert!(!rest.only_ours());
        // Read before its acknowledgement was heard: ours after all.
        ours(&mut rest, SHORTEST_WINDOW);
        rest.applied_read();
        rest.was_ours();
        assert!(rest.only_ours());
    }

    #[test]
    fn given_a_rest_of_more_records_than_the_count_holds_when_it_goes_on_then_the_count_stays() {
        let mut rest = Rest { resting: true, applied: u32::MAX, ..Rest::default() };
        rest.applied_own();
        rest.applied_read();
        assert_eq!(rest.applied, u32::MAX);
    }

    /// A rest that ends at once, and the window after it.
    fn woken(rest: &mut Rest, by_another: bool) {
        rest.end();
        let records = rest.window;
        ours(rest, records);
        if by_another {
            rest.applied_read();
        }
        assert_eq!(rest.only_ours(), !by_another);
    }

    #[test]
    fn given_rests_that_another_writer_disturbs_soon_when_they_end_then_windows_grow_up_to_a_bound() {
        let mut rest = Rest::default();
        woken(&mut rest, false);
        assert_eq!(rest.window, SHORTEST_WINDOW, "an acknowledgement came late: nobody else wrote");
        woken(&mut rest, true);
        assert_eq!(rest.window, 2 * SHORTEST_WINDOW);
        (0..40).for_each(|_| woken(&mut rest, true));
        assert_eq!(rest.window, LONGEST_WINDOW);
    }

    #[test]
    fn given_a_long_rest_when_it_is_disturbed_then_the_next_window_is_the_shortest() {
        let mut rest = Rest::default();
        woken(&mut rest, true);
        let records = rest.window * WORTH_WINDOWS;
        ours(&mut rest, records);
        woken(&mut rest, true);
        assert_eq!(rest.window, SHORTEST_WINDOW);
    }
}
