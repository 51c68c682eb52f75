//! Which days a rule lets through, once its start has filled in what it leaves out.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Timelike, Weekday};

use super::bits::{Numbers, Places, Weekdays};
use super::rule::{Freq, Rule};
use super::times::Times;

/// A rule with its start: "information, not contained in the rule, necessary to determine the various recurrence instance
/// start time and dates are derived from the Start Time" (RFC 5545 section 3.3.10).
///
/// The table of that section says of each part whether it expands or limits a period. For days the two come to the same: the period's days that
/// meet every part that is there.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) rule: &'a Rule,
    pub(super) start: NaiveDateTime,
    months: Numbers,
    month_days: Places,
    weekdays: Weekdays,
    pub(super) times: Times,
}

impl<'a> Plan<'a> {
    pub(super) fn new(rule: &'a Rule, start: NaiveDateTime) -> Self {
        let Rule { freq, mut months, mut month_days, mut weekdays, .. } = *rule;
        let no_dates = month_days.is_empty() && rule.year_days.is_empty() && weekdays.is_empty();
        match freq {
            Freq::Yearly if no_dates && rule.week_numbers.is_empty() => {
                month_days = month_days.with(start.day().cast_signed());
                if months.is_empty() {
                    months = Numbers::one(start.month());
                }
            }
            Freq::Yearly | Freq::Weekly if no_dates => weekdays = weekdays.with_every(start.weekday()),
            Freq::Monthly if no_dates => month_days = month_days.with(start.day().cast_signed()),
            _ => {}
        }
        let filled = |listed: Numbers, of_start, end, is_expanded| match (listed.is_empty(), is_expanded) {
            (false, _) => listed,
            (true, true) => Numbers::one(of_start),
            (true, false) => Numbers::below(end),
        };
        let times = Times {
            hours: filled(rule.hours, start.hour(), 24, freq > Freq::Hourly),
            minutes: filled(rule.minutes, start.minute(), 60, freq > Freq::Minutely),
            seconds: filled(rule.seconds, start.second(), 60, true),
        };
        Self { rule, start, months, month_days, weekdays, times }
    }

    /// The first day that the rule lets through, from `first` to `last`.
    pub(super) fn next_day(&self, first: NaiveDate, last: NaiveDate) -> Option<NaiveDate> {
        let mut day = first;
        while day <= last {
            if !self.months.is_empty() && !self.months.contains(day.month()) {
                day = first_of_next_month(day)?;
            } else if self.meets(day) {
                return Some(day);
            } else {
                day = day.succ_opt()?;
            }
        }
        None
    }

    /// Whether a day in one of the months meets every other part.
    fn meets(&self, day: NaiveDate) -> bool {
        let rule = self.rule;
        (self.month_days.is_empty() || self.month_days.meet(day.day(), day.num_days_in_month().into()))
            && (self.weekdays.is_empty() || self.weekdays.meet(day.weekday(), || self.frame(day)))
            && (rule.year_days.is_empty() || meets_year_days(&rule.year_days, day))
            && (rule.week_numbers.is_empty() || {
                let (week, weeks) = week_of_year(day, rule.week_start);
                rule.week_numbers.meet(week, weeks)
            })
    }

    /// What the numbers in BYDAY count in: the number of a day in its month or year, and how many days that has.
    fn frame(&self, day: NaiveDate) -> (u32, u32) {
        if self.rule.freq == Freq::Monthly || !self.rule.months.is_empty() {
            (day.day(), day.num_days_in_month().into())
        } else {
            (day.ordinal(), days_in_year(day))
        }
    }
}

fn first_of_next_month(day: NaiveDate) -> Option<NaiveDate> {
    match day.month() {
        12 => NaiveDate::from_ymd_opt(day.year() + 1, 1, 1),
        month => NaiveDate::from_ymd_opt(day.year(), month + 1, 1),
    }
}

fn days_in_year(day: NaiveDate) -> u32 {
    if day.leap_year() { 366 } else { 365 }
}

fn meets_year_days(sorted: &[i32], day: NaiveDate) -> bool {
    let from_front = day.ordinal().cast_signed();
    let from_back = from_front - days_in_year(day).cast_signed() - 1;
    sorted.binary_search(&from_front).is_ok() || sorted.binary_search(&from_back).is_ok()
}

/// The number of a day's week and how many weeks its year has. Week 1 is the first that has four days in the year (BYWEEKNO
/// of RFC 5545 section 3.3.10, ISO 8601), so the first and last days of a year may be in a week of another.
fn week_of_year(day: NaiveDate, week_start: Weekday) -> (u32, u32) {
    let fourth = fourth_of_week(day, week_start);
    let before = fourth.ordinal0() / 7;
    let behind = (days_in_year(fourth) - fourth.ordinal()) / 7;
    (before + 1, before + 1 + behind)
}

/// The fourth day of a day's week, which is in the year that the week is of.
pub(super) fn fourth_of_week(day: NaiveDate, week_start: Weekday) -> NaiveDate {
    let into_week = i64::from(day.weekday().days_since(week_start));
    day.checked_add_signed(Duration::days(3 - into_week)).unwrap_or(day)
}
