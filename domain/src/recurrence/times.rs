//! The times of day that a rule names.

use chrono::{NaiveTime, Timelike};

use super::bits::Numbers;

/// Every combination of these hours, minutes and seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) hours: Numbers,
    pub(super) minutes: Numbers,
    pub(super) seconds: Numbers,
}

impl Times {
    pub(super) const fn len(self) -> u32 {
        self.hours.len() * self.minutes.len() * self.seconds.len()
    }

    pub(super) fn first(self) -> Option<NaiveTime> {
        self.nth(0)
    }

    /// The one that `place` others come before.
    pub(super) fn nth(self, place: u32) -> Option<NaiveTime> {
        let seconds = self.seconds.len().max(1);
        let minutes = self.minutes.len().max(1);
        NaiveTime::from_hms_opt(
            self.hours.nth(place / seconds / minutes)?,
            self.minutes.nth(place / seconds % minutes)?,
            self.seconds.nth(place % seconds)?,
        )
    }

    /// The first that is later than `time`.
    pub(super) fn after(self, time: NaiveTime) -> Option<NaiveTime> {
        let (hour, minute) = (time.hour(), time.minute());
        if self.hours.contains(hour) {
            if self.minutes.contains(minute)
                && let Some(second) = self.seconds.from(time.second() + 1)
            {
                return NaiveTime::from_hms_opt(hour, minute, second);
            }
            if let Some(minute) = self.minutes.from(minute + 1) {
                return NaiveTime::from_hms_opt(hour, minute, self.seconds.from(0)?);
            }
        }
        NaiveTime::from_hms_opt(self.hours.from(hour + 1)?, self.minutes.from(0)?, self.seconds.from(0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(end: u32) -> impl Strategy<Value = Numbers> {
        proptest::collection::vec(0..end, 1..4)
            .prop_map(|list| list.into_iter().fold(Numbers::default(), |set, number| set.with(number)))
    }

    proptest! {
        #[test]
        fn given_times_when_walked_through_then_each_in_order(hours in numbers(24), minutes in numbers(60), seconds in numbers(60)) {
            let times = Times { hours, minutes, seconds };
            let walked: Vec<_> = std::iter::successors(times.first(), |time| times.after(*time)).collect();
            let counted: Vec<_> = (0..times.len()).filter_map(|place| times.nth(place)).collect();
            prop_assert_eq!(walked.len(), times.len() as usize);
            prop_assert_eq!(&walked, &counted);
            prop_assert!(walked.is_sorted());
            prop_assert_eq!(times.nth(times.len()), None);
        }
    }
}
