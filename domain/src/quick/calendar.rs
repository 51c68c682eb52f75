//! Where weeks, months, quarters and years begin and end. A week begins on Monday.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, Timelike, Weekday};

use super::line::Line;
use super::words;

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Week,
    /// Monday to Friday.
    WorkWeek,
    Month,
    Quarter,
    Year,
}

/// The period a word names.
pub(super) fn period(word: &str) -> Option<Period> {
    Some(match word {
        "day" => Period::Day,
        "week" => Period::Week,
        "month" => Period::Month,
        "quarter" => Period::Quarter,
        "year" => Period::Year,
        _ => return None,
    })
}

/// First day of the period that `day` is in.
pub(super) fn start(day: NaiveDate, period: Period) -> Option<NaiveDate> {
    match period {
        Period::Day => Some(day),
        Period::Week | Period::WorkWeek => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
        Period::Month => day.with_day(1),
        Period::Quarter => day.with_day(1)?.with_month((day.month0() / 3) * 3 + 1),
        Period::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    }
}

/// First day of the period after the one that `day` is in.
pub(super) fn next_start(day: NaiveDate, period: Period) -> Option<NaiveDate> {
    let start = start(day, period)?;
    match period {
        Period::Day => start.succ_opt(),
        Period::Week | Period::WorkWeek => start.checked_add_days(Days::new(7)),
        Period::Month => start.checked_add_months(Months::new(1)),
        Period::Quarter => start.checked_add_months(Months::new(3)),
        Period::Year => start.checked_add_months(Months::new(12)),
    }
}

/// Last day of the period that `day` is in; of a work week its Friday.
pub(super) fn end(day: NaiveDate, period: Period) -> Option<NaiveDate> {
    match period {
        Period::WorkWeek => start(day, Period::Week)?.checked_add_days(Days::new(4)),
        _ => next_start(day, period)?.pred_opt(),
    }
}

/// The first such day of the week that is not before `day`.
pub(super) fn on_or_after(day: NaiveDate, weekday: Weekday) -> Option<NaiveDate> {
    let ahead = (7 + weekday.num_days_from_monday() - day.weekday().num_days_from_monday()) % 7;
    day.checked_add_days(Days::new(ahead.into()))
}

/// The Saturday to come, or today where the weekend has begun.
pub(super) fn this_weekend(today: NaiveDate) -> Option<NaiveDate> {
    if today.weekday() == Weekday::Sun { Some(today) } else { on_or_after(today, Weekday::Sat) }
}

/// The next such day of a month that is not before `today`, in a month that has it.
pub(super) fn coming_day(day: u32, today: NaiveDate) -> Option<NaiveDate> {
    let first = today.with_day(1)?;
    // Two months without a 31st never follow each other.
    let months = (0..=3).filter_map(|months| first.checked_add_months(Months::new(months)));
    months.filter_map(|month| month.with_day(day)).find(|date| *date >= today)
}

/// The n-th such day of the week in the month of `month`, counted from its end where n is negative.
pub(super) fn nth_weekday(month: NaiveDate, nth: i32, weekday: Weekday) -> Option<NaiveDate> {
    let date = if nth > 0 {
        let weeks = u64::try_from(nth).ok()? - 1;
        on_or_after(month.with_day(1)?, weekday)?.checked_add_days(Days::new(7 * weeks))?
    } else {
        let weeks = u64::from(nth.unsigned_abs()).checked_sub(1)?;
        let last_week = end(month, Period::Month)?.checked_sub_days(Days::new(6))?;
        on_or_after(last_week, weekday)?.checked_sub_days(Days::new(7 * weeks))?
    };
    Some(date).filter(|date| date.month() == month.month())
}

/// The n-th day from Monday to Friday of the month that begins with `first`, counted from its end where n is negative.
pub(super) fn nth_workday(first: NaiveDate, nth: i32) -> Option<NaiveDate> {
    let days = first.iter_days().take_while(|day| day.month() == first.month()).filter(|day| words::is_workday(*day));
    let workdays: Vec<NaiveDate> = days.collect();
    let from_edge = usize::try_from(nth.unsigned_abs()).ok()?.checked_sub(1)?;
    if nth > 0 { workdays.get(from_edge).copied() } else { workdays.iter().rev().nth(from_edge).copied() }
}

/// Behind `of the month`, `of month`, `of each month`.
pub(super) fn of_the_month(line: &Line<'_>, at: usize) -> Option<usize> {
    let from = line.phrase(at, &["of"])?;
    line.phrase(line.skip(from, &["the", "this"]), &["month"])
}

/// Without its seconds.
pub(super) fn whole_minute(time: NaiveTime) -> NaiveTime {
    time.with_second(0).and_then(|time| time.with_nanosecond(0)).unwrap_or(time)
}

/// Easter Sunday of a year in the Gregorian calendar, by the anonymous algorithm of 1876.
pub(super) fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(sum / 31).ok()?, u32::try_from(sum % 31).ok()? + 1)
}
