//! Which streams an index may hold that was begun empty: a stream that was never written to it needs not be looked for there, and most
//! records of a fill begin a stream.

use uuid::Uuid;

/// Bits kept, as a power of two: 4 MiB. With a million streams one new stream in thirty is looked for in vain.
const BITS: u32 = 25;

/// A bit for each stream; some share one.
pub(super) struct Seen(Box<[u64]>);

impl Default for Seen {
    fn default() -> Self {
        Self(vec![0; 1 << (BITS - u64::BITS.trailing_zeros())].into())
    }
}

impl Seen {
    /// A stream was written.
    pub(super) fn add(&mut self, id: Uuid) {
        let (word, bit) = place(id);
        self.0[word] |= bit;
    }

    /// False only for a stream that was never written.
    pub(super) fn may_hold(&self, id: Uuid) -> bool {
        let (word, bit) = place(id);
        self.0[word] & bit != 0
    }
}

fn place(id: Uuid) -> (usize, u64) {
    let (high, low) = id.as_u64_pair();
    // Fibonacci hashing: every bit of an id may matter, and its upper bits say which word.
    let hash = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BITS);
    let word = usize::try_from(hash / u64::from(u64::BITS)).unwrap_or_default();
    (word, 1 << (hash % u64::from(u64::BITS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_streams_that_were_written_then_they_may_be_held_and_hardly_any_other() {
        let mut seen = Seen::default();
        let ids = |from: u128| (from..from + 10_000).map(Uuid::from_u128);
        ids(1).for_each(|id| seen.add(id));
        assert!(ids(1).all(|id| seen.may_hold(id)));
        assert!(ids(1_000_000).filter(|id| seen.may_hold(*id)).count() < 100);
    }
}
