//! A recurrence rule as the grammar builds it: its text, and the first day that meets it.

use chrono::{Datelike, NaiveDate, Weekday};

use super::calendar::{self, Period};
use super::words::{Span, Unit};

/// How often, as RFC 5545 counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freq {
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A rule without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) freq: Freq,
    pub(super) interval: u32,
    pub(super) months: Vec<u32>,
    /// Days of the month; negative ones from its end.
    pub(super) month_days: Vec<i32>,
    /// Days of the week; with a number other than 0 that one in the month, negative from its end.
    pub(super) days: Vec<(i32, Weekday)>,
    /// Which of these days, counted in the month or, with months named, in the year.
    pub(super) positions: Vec<i32>,
}

const WORKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// Days that are looked at for one that meets a rule: 29 February may be eight years ahead.
const SEARCH_MAX_DAYS: usize = 366 * 9;

impl Rule {
    pub(super) const fn every(freq: Freq, interval: u32) -> Self {
        Self { freq, interval, months: Vec::new(), month_days: Vec::new(), days: Vec::new(), positions: Vec::new() }
    }

    /// Every so many of a unit; `None` for several workdays, which no rule can count.
    pub(super) fn of_span(span: Span) -> Option<Self> {
        let freq = match span.unit {
            Unit::Minute => Freq::Minutely,
            Unit::Hour => Freq::Hourly,
            Unit::Day => Freq::Daily,
            Unit::Workday => return (span.count == 1).then(Self::workdays),
            Unit::Week => Freq::Weekly,
            Unit::Month => Freq::Monthly,
            Unit::Year => Freq::Yearly,
        };
        Some(Self::every(freq, span.count))
    }

    pub(super) fn workdays() -> Self {
        Self::weekly(1, &WORKDAYS)
    }

    pub(super) fn weekly(interval: u32, days: &[Weekday]) -> Self {
        Self { days: days.iter().map(|day| (0, *day)).collect(), ..Self::every(Freq::Weekly, interval) }
    }

    /// The same on the n-th workdays of its months.
    pub(super) fn on_workdays(self, positions: Vec<i32>) -> Self {
        Self { days: WORKDAYS.iter().map(|day| (0, *day)).collect(), positions, ..self }
    }

    /// Whether it repeats within a day, which needs a due time.
    pub(super) const fn is_within_days(&self) -> bool {
        matches!(self.freq, Freq::Minutely | Freq::Hourly)
    }

    /// Whether it names no days and so repeats from its start.
    pub(super) fn is_plain(&self) -> bool {
        self.months.is_empty() && self.month_days.is_empty() && self.days.is_empty()
    }

    /// The first day from `from` on that meets it; `None` where none does.
    pub(super) fn first(&self, from: NaiveDate) -> Option<NaiveDate> {
        from.iter_days().take(SEARCH_MAX_DAYS).find(|day| self.meets(*day))
    }

    fn meets(&self, day: NaiveDate) -> bool {
        self.is_candidate(day) && (self.positions.is_empty() || self.is_in_position(day).unwrap_or(false))
    }

    /// Whether it is one of the days from which positions are picked.
    fn is_candidate(&self, day: NaiveDate) -> bool {
        let in_month = self.months.is_empty() || self.months.contains(&day.month());
        let on_day = self.month_days.is_empty() || self.month_days.iter().any(|number| is_month_day(day, *number));
        let on_weekday = self.days.is_empty()
            || self.days.iter().any(|(nth, weekday)| {
                day.weekday() == *weekday && (*nth == 0 || calendar::nth_weekday(day, *nth, *weekday) == Some(day))
            });
        in_month && on_day && on_weekday
    }

    /// Whether its place in its month or year is among the positions.
    fn is_in_position(&self, day: NaiveDate) -> Option<bool> {
        let period = if self.freq == Freq::Monthly { Period::Month } else { Period::Year };
        let (first, last) = (calendar::start(day, period)?, calendar::end(day, period)?);
        let days = first.iter_days().take_while(|day| *day <= last).filter(|day| self.is_candidate(*day));
        let (before, behind): (Vec<_>, Vec<_>) = days.partition(|other| *other < day);
        let from_start = i32::try_from(before.len()).ok()? + 1;
        let from_end = -i32::try_from(behind.len()).ok()?;
        Some(self.positions.iter().any(|position| *position == from_start || *position == from_end))
    }

    /// As RFC 5545 writes it; `end` is its COUNT or UNTIL.
    pub(super) fn text(&self, end: Option<&str>) -> String {
        let freq = match self.freq {
            Freq::Minutely => "MINUTELY",
            Freq::Hourly => "HOURLY",
            Freq::Daily => "DAILY",
            Freq::Weekly => "WEEKLY",
            Freq::Monthly => "MONTHLY",
            Freq::Yearly => "YEARLY",
        };
        let mut text = format!("FREQ={freq}");
        if self.interval > 1 {
            text.push_str(&format!(";INTERVAL={}", self.interval));
        }
        let days = self.days.iter().map(|(nth, day)| match nth {
            0 => two_letters(*day),
            _ => format!("{nth}{}", two_letters(*day)),
        });
        for (name, values) in [
            ("BYMONTH", self.months.iter().map(ToString::to_string).collect::<Vec<_>>()),
            ("BYMONTHDAY", self.month_days.iter().map(ToString::to_string).collect()),
            ("BYDAY", days.collect()),
            ("BYSETPOS", self.positions.iter().map(ToString::to_string).collect()),
        ] {
            if !values.is_empty() {
                text.push_str(&format!(";{name}={}", values.join(",")));
            }
        }
        if let Some(end) = end {
            text.push_str(&format!(";{end}"));
        }
        text
    }
}

fn is_month_day(day: NaiveDate, number: i32) -> bool {
    let length = calendar::end(day, Period::Month).map_or(31, |last| last.day());
    let (day, length) = (i64::from(day.day()), i64::from(length));
    i64::from(number) == day || i64::from(number) == day - length - 1
}

fn two_letters(day: Weekday) -> String {
    let name = day.to_string().to_ascii_uppercase();
    name.chars().take(2).collect()
}
