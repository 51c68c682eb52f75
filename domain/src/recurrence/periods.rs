//! Periods of several days: years, months and weeks.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};

use super::plan::{Plan, fourth_of_week};
use super::rule::{Freq, is_in_years};

/// Days after which the calendar repeats, days of the week included.
pub(super) const CALENDAR_DAYS: i64 = 146_097;
/// Years after which the calendar repeats.
const CALENDAR_YEARS: i64 = 400;

/// The kinds of periods that hold several days. Periods have numbers, so that INTERVAL is arithmetic.
#[derive(Debug, Clone, Copy)]
enum Span {
    Year,
    /// The weeks of a year, for BYWEEKNO, which lists weeks of a year: they may begin before it and end after it.
    YearOfWeeks(Weekday),
    Month,
    Week(Weekday),
}

impl Span {
    /// The number of the period that holds `day`.
    fn holding(self, day: NaiveDate) -> i64 {
        match self {
            Self::Year => day.year().into(),
            Self::YearOfWeeks(start) => fourth_of_week(day, start).year().into(),
            Self::Month => i64::from(day.year()) * 12 + i64::from(day.month0()),
            Self::Week(start) => (i64::from(day.num_days_from_ce()) - first_start(start)).div_euclid(7),
        }
    }

    /// The first and the last day of a period.
    fn days(self, number: i64) -> Option<(NaiveDate, NaiveDate)> {
        match self {
            Self::Year => {
                let year = i32::try_from(number).ok()?;
                Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?))
            }
            Self::YearOfWeeks(start) => {
                // January 4 is in week 1, whatever its day is.
                let first = |number| {
                    let day = NaiveDate::from_ymd_opt(i32::try_from(number).ok()?, 1, 4)?;
                    day.checked_sub_days(Days::new(day.weekday().days_since(start).into()))
                };
                Some((first(number)?, first(number + 1)?.pred_opt()?))
            }
            Self::Month => {
                let year = i32::try_from(number.div_euclid(12)).ok()?;
                let month = u32::try_from(number.rem_euclid(12)).ok()? + 1;
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                Some((first, first.with_day(first.num_days_in_month().into())?))
            }
            Self::Week(start) => {
                let first = i32::try_from(number * 7 + first_start(start)).ok()?;
                let day = |number| NaiveDate::from_num_days_from_ce_opt(number);
                Some((day(first)?, day(first + 6)?))
            }
        }
    }

    /// How many periods it takes for the calendar to repeat.
    const fn in_calendar(self) -> i64 {
        match self {
            Self::Year | Self::YearOfWeeks(_) => CALENDAR_YEARS,
            Self::Month => CALENDAR_YEARS * 12,
            Self::Week(_) => CALENDAR_DAYS / 7,
        }
    }
}

/// The number of the first day of week 0, as chrono numbers days: day 1 is a Monday.
fn first_start(week_start: Weekday) -> i64 {
    i64::from(week_start.num_days_from_monday()) + 1
}

impl Plan<'_> {
    /// The first moment of the rule later than `after`. Before the start the rule is followed backwards, as if it had come to the start.
    pub(super) fn first_later(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let found = match self.rule.freq {
            Freq::Yearly if !self.rule.week_numbers.is_empty() => {
                self.first_by_span(Span::YearOfWeeks(self.rule.week_start), after)
            }
            Freq::Yearly => self.first_by_span(Span::Year, after),
            Freq::Monthly => self.first_by_span(Span::Month, after),
            Freq::Weekly => self.first_by_span(Span::Week(self.rule.week_start), after),
            Freq::Daily | Freq::Hourly | Freq::Minutely => self.first_by_steps(after),
        };
        found.filter(|moment| is_in_years(moment.date()))
    }

    /// How many moments of the rule lie between the start and `at`, the later of them included: counted no further than `most`; or, negative,
    /// where `at` is the earlier, of which all are counted.
    pub(super) fn steps_to(&self, at: NaiveDateTime, most: u32) -> i64 {
        let between = |earlier, later: NaiveDateTime, most: u32| {
            let moments = std::iter::successors(self.first_later(earlier), |moment| self.first_later(*moment));
            let steps = moments.take_while(|moment| *moment <= later).take(most as usize).count();
            i64::try_from(steps).unwrap_or(i64::from(most))
        };
        if at < self.start { -between(at, self.start, u32::MAX) } else { between(self.start, at, most) }
    }

    fn first_by_span(&self, span: Span, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let interval = i64::from(self.rule.interval);
        let origin = self.origin(span);
        let passed = (span.holding(after.date()) - origin).div_euclid(interval);
        let mut number = origin + passed * interval;
        // The first one may be over already; the others show every combination of calendar and interval.
        for _ in 0..=span.in_calendar() {
            let days = span.days(number).filter(|(first, _)| is_in_years(*first))?;
            if let Some(moment) = self.first_in(days, self.times, after) {
                return Some(moment);
            }
            number += interval;
        }
        None
    }

    /// The period that INTERVAL counts from.
    fn origin(&self, span: Span) -> i64 {
        let start = self.start.date();
        match span {
            // Monday, December 30, 2024 is in week 1 of 2025: for a rule that lists this week it is of that year. For another it
            // is no more than a day of 2024.
            Span::YearOfWeeks(_) if self.next_day(start, start).is_none() => start.year().into(),
            _ => span.holding(start),
        }
    }
}
