//! The set of moments that one period holds.

use chrono::{NaiveDate, NaiveDateTime};

use super::plan::Plan;
use super::times::Times;

impl Plan<'_> {
    /// The first moment later than `after` in the set that the days from `first` to `last` make with `times`, or in what
    /// BYSETPOS leaves of it.
    pub(super) fn first_in(
        &self,
        (first, last): (NaiveDate, NaiveDate),
        times: Times,
        after: NaiveDateTime,
    ) -> Option<NaiveDateTime> {
        if !self.rule.set_positions.is_empty() {
            return self.first_of_positions((first, last), times, after);
        }
        let day = self.next_day(first.max(after.date()), last)?;
        if day > after.date() {
            return Some(day.and_time(times.first()?));
        }
        if let Some(time) = times.after(after.time()) {
            return Some(day.and_time(time));
        }
        let day = self.next_day(day.succ_opt()?, last)?;
        Some(day.and_time(times.first()?))
    }

    /// BYSETPOS: its numbers are places in the whole set of the period, times included, from the front or from the back.
    fn first_of_positions(
        &self,
        (first, last): (NaiveDate, NaiveDate),
        times: Times,
        after: NaiveDateTime,
    ) -> Option<NaiveDateTime> {
        let next = |from| self.next_day(from, last);
        let days: Vec<_> = std::iter::successors(next(first), |day| next(day.succ_opt()?)).collect();
        let in_day = i64::from(times.len()).max(1);
        let total = i64::try_from(days.len()).ok()? * in_day;
        let moment = |position: i32| {
            let position = i64::from(position);
            let place = if position < 0 { total + position } else { position - 1 };
            let day = days.get(usize::try_from(place / in_day).ok()?)?;
            Some(day.and_time(times.nth(u32::try_from(place % in_day).ok()?)?))
        };
        let moments = self.rule.set_positions.iter().filter_map(|position| moment(*position));
        moments.filter(|moment| *moment > after).min()
    }
}
