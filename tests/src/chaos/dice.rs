//! Randomness that a seed repeats.

use std::time::Duration;

/// A sequence of numbers that follows from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of `part` under `seed`: parts do not disturb each other.
    #[must_use]
    pub fn new(seed: u64, part: &str) -> Self {
        // FNV-1a of the part's name.
        let name = part
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ name)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    /// One of `count` things.
    ///
    /// # Panics
    /// When there is none.
    pub fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap()
    }

    /// A time of at least `least_ms` and less than `most_ms`, milliseconds.
    pub fn time(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        Duration::from_millis(least_ms + self.below(most_ms - least_ms))
    }

    /// True so many times of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the things, each as often as its weight says.
    ///
    /// # Panics
    /// When there is none.
    pub fn weighted<T: Clone>(&mut self, things: &[(u64, T)]) -> T {
        let mut left = self.below(things.iter().map(|(weight, _)| weight).sum());
        for (weight, thing) in things {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return thing.clone(),
            }
        }
        unreachable!("less than the sum of the weights")
    }
}
