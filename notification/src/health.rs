//! Whether a channel still works, over all its deliveries.

use chrono::{DateTime, TimeDelta, Utc};

use crate::Outcome;

/// A webhook that has only failed for longer than this is disabled.
const FAILING_MAX: TimeDelta = TimeDelta::days(5);

/// How a channel fares. Folded over the outcomes of its attempts, in the order of their times; kept with the channel.
///
/// It is meant for webhooks: where a mail cannot be sent, it is mostly our own mail server that fails, and no address is to
/// be disabled for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Health {
    /// Nothing is known against it.
    #[default]
    Well,
    /// Every attempt since then has failed.
    FailingSince(DateTime<Utc>),
    /// Nothing is to be sent over it until its owner saves the settings again, which makes it [`Health::Well`].
    DisabledAt(DateTime<Utc>),
}

impl Health {
    /// After an attempt that ended at `at`.
    #[must_use]
    pub fn after(self, outcome: &Outcome, at: DateTime<Utc>) -> Self {
        match (self, outcome) {
            (Self::DisabledAt(_), _) => self,
            (_, Outcome::Delivered) => Self::Well,
            (_, Outcome::Gone { .. }) => Self::DisabledAt(at),
            (Self::Well, _) => Self::FailingSince(at),
            (Self::FailingSince(first), _) if at - first > FAILING_MAX => Self::DisabledAt(at),
            (Self::FailingSince(_), _) => self,
        }
    }

    /// Whether nothing is to be sent over it.
    #[must_use]
    pub const fn is_disabled(self) -> bool {
        matches!(self, Self::DisabledAt(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hour * 3600, 0).unwrap()
    }

    fn fold(outcomes: &[(Outcome, i64)]) -> Health {
        outcomes.iter().fold(Health::Well, |health, (outcome, at)| health.after(outcome, hour(*at)))
    }

    fn failed() -> Outcome {
        Outcome::retry("answered 500")
    }

    #[test]
    fn given_a_channel_that_fails_for_five_days_when_it_fails_once_more_then_disabled() {
        assert_eq!(fold(&[(failed(), 0), (failed(), 120)]), Health::FailingSince(hour(0)));
        assert_eq!(fold(&[(failed(), 0), (failed(), 60), (failed(), 121)]), Health::DisabledAt(hour(121)));
    }

    #[test]
    fn given_one_success_in_between_when_it_fails_then_the_five_days_begin_anew() {
        let health = fold(&[(failed(), 0), (Outcome::Delivered, 119), (failed(), 121), (failed(), 240)]);
        assert_eq!(health, Health::FailingSince(hour(121)));
        assert_eq!(fold(&[(failed(), 0), (Outcome::Delivered, 1)]), Health::Well);
    }

    #[test]
    fn given_a_receiver_that_is_gone_when_told_then_disabled_at_once_and_for_good() {
        let gone = Outcome::Gone { why: "answered 410".to_owned() };
        let health = fold(&[(gone, 3), (Outcome::Delivered, 4), (failed(), 5)]);
        assert_eq!(health, Health::DisabledAt(hour(3)));
        assert!(health.is_disabled());
    }
}
