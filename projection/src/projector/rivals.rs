//! How long a projector stands back when another instance moves the positions too. Both would read and apply the same batch
//! for one of them to lose it, again and again.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Nobody moved a position for so long: the other is gone.
const QUIET: Duration = Duration::from_secs(30);

/// The batches lost to other instances lately.
#[derive(Debug)]
pub(super) struct Rivals {
    pauses: ExponentialBackoff,
    last: Option<Instant>,
}

impl Rivals {
    pub(super) fn new() -> Self {
        Self { pauses: pauses(), last: None }
    }

    /// A batch was lost `now`: says how long to stand back, and whether it is the first one after a quiet time.
    pub(super) fn lost(&mut self, now: Instant) -> (Duration, bool) {
        let first = self.last.is_none_or(|last| now.saturating_duration_since(last) > QUIET);
        if first {
            self.pauses = pauses();
        }
        self.last = Some(now);
        (self.pauses.next().unwrap_or(PAUSE_MAX), first)
    }
}

fn pauses() -> ExponentialBackoff {
    // The jitter parts two that lost at the same moment.
    let pauses = ExponentialBuilder::default().with_min_delay(PAUSE_MIN).with_max_delay(PAUSE_MAX);
    pauses.with_jitter().without_max_times().build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_batches_lost_one_after_the_other_when_asked_then_the_pauses_grow_up_to_a_limit() {
        let (mut rivals, now) = (Rivals::new(), Instant::now());
        let lost: Vec<(Duration, bool)> = (0..20).map(|_| rivals.lost(now)).collect();
        assert_eq!(lost.iter().filter(|(_, first)| *first).count(), 1);
        assert!(lost[0].1 && lost[0].0 <= 2 * PAUSE_MIN, "{lost:?}");
        assert!(lost[19].0 >= PAUSE_MAX && lost[19].0 <= 2 * PAUSE_MAX, "{lost:?}");
    }

    #[test]
    fn given_a_quiet_time_when_a_batch_is_lost_again_then_it_counts_as_the_first() {
        let (mut rivals, now) = (Rivals::new(), Instant::now());
        for _ in 0..20 {
            rivals.lost(now);
        }
        let (pause, first) = rivals.lost(now + QUIET + Duration::from_secs(1));
        assert!(first && pause <= 2 * PAUSE_MIN);
    }
}
