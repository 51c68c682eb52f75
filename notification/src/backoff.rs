//! When a delivery that has failed is tried again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::Outcome;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The shortest waits after the first, second … failed attempt, as Standard Webhooks proposes them: ten attempts within
/// a little over three days.
pub const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    MINUTE.saturating_mul(5),
    MINUTE.saturating_mul(30),
    HOUR.saturating_mul(2),
    HOUR.saturating_mul(5),
    HOUR.saturating_mul(10),
    HOUR.saturating_mul(14),
    HOUR.saturating_mul(20),
    HOUR.saturating_mul(24),
];

/// The longest wait that a receiver may ask for.
pub const ASKED_MAX: Duration = HOUR.saturating_mul(24);

/// A wait is longer than the shortest by up to this part of it, so that what failed together does not come back together.
const JITTER_PERCENT: u64 = 20;

/// What is to be done after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is delivered.
    Done,
    /// Another attempt.
    Attempt {
        /// When it is due.
        due_at: DateTime<Utc>,
    },
    /// Nothing: it has failed for good. Where the outcome was [`Outcome::Gone`], the channel is to be disabled too.
    Failed,
}

/// What follows from `outcome`, that of the `attempts`-th attempt (from 1), which ended at `at`. `random` is any number,
/// drawn anew each time.
#[must_use]
pub fn next(outcome: &Outcome, attempts: u32, at: DateTime<Utc>, random: u32) -> Next {
    match outcome {
        Outcome::Delivered => Next::Done,
        Outcome::Refused { .. } | Outcome::Gone { .. } => Next::Failed,
        Outcome::Retry { after, .. } => wait(attempts, *after, random)
            .and_then(|wait| at.checked_add_signed(TimeDelta::from_std(wait).ok()?))
            .map_or(Next::Failed, |due_at| Next::Attempt { due_at }),
    }
}

/// How long to wait after the `attempts`-th failed attempt; nothing where it was the last one. A receiver that asks for
/// longer than the schedule says gets it, up to [`ASKED_MAX`].
fn wait(attempts: u32, asked: Option<Duration>, random: u32) -> Option<Duration> {
    let index = usize::try_from(attempts.max(1) - 1).ok()?;
    let shortest = (*WAITS.get(index)?).max(asked.unwrap_or_default().min(ASKED_MAX));
    let jitter_ms_max = u64::try_from(shortest.as_millis()).ok()? * JITTER_PERCENT / 100;
    Some(shortest + Duration::from_millis((jitter_ms_max * u64::from(random)) >> u32::BITS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn seconds_until(next: &Next) -> Option<i64> {
        match next {
            Next::Attempt { due_at } => Some((*due_at - now()).num_seconds()),
            Next::Done | Next::Failed => None,
        }
    }

    fn failed() -> Outcome {
        Outcome::retry("answered 500")
    }

    #[test]
    fn given_a_receiver_that_never_answers_when_retried_then_at_the_times_of_standard_webhooks_and_then_no_more() {
        let seconds: Vec<Option<i64>> = (1..=10).map(|n| seconds_until(&next(&failed(), n, now(), 0))).collect();
        let hours = |hours: i64| Some(hours * 3600);
        let expected =
            [Some(5), Some(300), Some(1800), hours(2), hours(5), hours(10), hours(14), hours(20), hours(24), None];
        assert_eq!(seconds, expected);
        assert_eq!(next(&failed(), 10, now(), 0), Next::Failed);
        assert_eq!(next(&failed(), u32::MAX, now(), 0), Next::Failed);
    }

    #[test]
    fn given_the_largest_random_number_when_retried_then_a_fifth_later() {
        assert_eq!(seconds_until(&next(&failed(), 2, now(), u32::MAX)), Some(359));
        assert_eq!(seconds_until(&next(&failed(), 2, now(), u32::MAX / 2)), Some(329));
    }

    #[test]
    fn given_a_receiver_that_asks_for_time_when_retried_then_it_gets_it_within_bounds() {
        let asks =
            |seconds| Outcome::Retry { why: "answered 503".to_owned(), after: Some(Duration::from_secs(seconds)) };
        assert_eq!(seconds_until(&next(&asks(60), 1, now(), 0)), Some(60));
        assert_eq!(seconds_until(&next(&asks(1), 1, now(), 0)), Some(5), "never sooner than the schedule says");
        assert_eq!(seconds_until(&next(&asks(u64::MAX), 1, now(), 0)), Some(24 * 3600));
        assert_eq!(next(&asks(60), 10, now(), 0), Next::Failed, "asking makes no more attempts");
    }

    #[test]
    fn given_an_outcome_that_is_final_when_asked_then_no_more_attempts() {
        assert_eq!(next(&Outcome::Delivered, 1, now(), 0), Next::Done);
        assert_eq!(next(&Outcome::Refused { why: "answered 550".to_owned() }, 1, now(), 0), Next::Failed);
        assert_eq!(next(&Outcome::Gone { why: "answered 410".to_owned() }, 1, now(), 0), Next::Failed);
    }

    proptest! {
        #[test]
        fn given_any_attempt_when_it_fails_then_the_next_is_within_the_bounds_of_its_wait(
            attempts in 0u32..20, asked in proptest::option::of(0u64..200_000), random: u32,
        ) {
            let after = asked.map(Duration::from_secs);
            let due = next(&Outcome::Retry { why: String::new(), after }, attempts, now(), random);
            match WAITS.get(attempts.max(1) as usize - 1) {
                None => prop_assert_eq!(due, Next::Failed),
                Some(wait) => {
                    let Next::Attempt { due_at } = due else { panic!("{due:?}") };
                    let waited = (due_at - now()).to_std().unwrap();
                    let shortest = (*wait).max(after.unwrap_or_default().min(ASKED_MAX));
                    prop_assert!(waited >= shortest && waited <= shortest * 6 / 5);
                }
            }
        }
    }
}
