//! Latencies of calls made one after the other.

use std::time::{Duration, Instant};

/// A set of measured times.
#[derive(Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Runs `call` and adds the time it took.
    pub async fn time<T>(&mut self, call: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let result = call.await;
        self.add(started.elapsed());
        result
    }

    /// The quantile `q` (0 to 1) in milliseconds; each sample is kept, so it is exact.
    ///
    /// # Panics
    /// When nothing was measured.
    pub fn millis(&self, q: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = ((sorted.len() as f64 * q).ceil() as usize).clamp(1, sorted.len());
        sorted[rank - 1].as_secs_f64() * 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_times_in_any_order_when_a_quantile_is_asked_for_then_so_many_are_not_above_it() {
        let mut latencies = Latencies::default();
        (1..=100).rev().for_each(|millis| latencies.add(Duration::from_millis(millis)));
        let quantiles = [0.0, 0.5, 0.99, 1.0].map(|q| latencies.millis(q).round());
        assert_eq!(quantiles, [1.0, 50.0, 99.0, 100.0]);
        let mut one = Latencies::default();
        one.add(Duration::from_millis(7));
        assert_eq!(one.millis(0.99), 7.0);
    }
}
