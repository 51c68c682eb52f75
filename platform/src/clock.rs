//! The only source of ambient time. Everything else is handed instants.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Hands out the current time, truncated to microseconds: what Postgres and JSON keep, so that an
/// instant survives every round trip unchanged.
///
/// [`Clock::system`] reads the machine's clock; [`Clock::fixed`] stands still until a test moves it.
/// Clones of a fixed clock share its time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `instant`.
    #[must_use]
    pub fn fixed(instant: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(Mutex::new(truncate(instant)))))
    }

    /// The current time in UTC, with microseconds and nothing finer.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => truncate(Utc::now()),
            Source::Fixed(instant) => *instant.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a fixed clock by `by`; the machine's clock is not ours to move, so there it does nothing.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Fixed(instant) = &self.0 {
            let mut instant = instant.lock().unwrap_or_else(PoisonError::into_inner);
            *instant = truncate(*instant + by);
        }
    }
}

fn truncate(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_any_clock_when_asked_then_nothing_finer_than_microseconds_is_left() {
        let nanos = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
        assert_eq!(Clock::fixed(nanos).now().timestamp_subsec_nanos(), 123_456_000);
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000, 0);
    }

    #[test]
    fn given_a_fixed_clock_when_advanced_then_its_clones_move_too() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        let twin = clock.clone();
        clock.advance(TimeDelta::seconds(5));
        assert_eq!(twin.now().timestamp(), 5);
    }
}
