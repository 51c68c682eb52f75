//! Dates in digits: `2026-12-01`, `2026-W50`, `27.1.2027`, `1/27`.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::hold::Hold;

/// A date in digits, with the time that ISO 8601 writes into the same word.
pub(super) struct Numeric {
    pub(super) date: NaiveDate,
    pub(super) time: Option<NaiveTime>,
    pub(super) hold: Hold,
}

/// Reads one word. Where the year is missing, it is the first such day that is not before `today`.
pub(super) fn numeric(word: &str, today: NaiveDate) -> Option<Numeric> {
    if !word.bytes().next()?.is_ascii_digit() {
        return None;
    }
    iso(word).or_else(|| separated(word, today)).or_else(|| compact(word))
}

/// `2026-12-01`, `2026/12/01`, `2026-12-01T09:00:00`, `2026-W50`.
fn iso(word: &str) -> Option<Numeric> {
    let (day, clock) = word.split_once('t').map_or((word, None), |(day, clock)| (day, Some(clock)));
    let time = match clock {
        Some(clock) => {
            let format = if clock.len() == 5 { "%H:%M" } else { "%H:%M:%S" };
            let shape = matches!(clock.len(), 5 | 8).then_some(clock)?;
            // chrono reads :60 as a leap second, which no wall clock here shows.
            Some(NaiveTime::parse_from_str(shape, format).ok().filter(|time| time.nanosecond() < 1_000_000_000)?)
        }
        None => None,
    };
    let separator = if day.contains('-') { '-' } else { '/' };
    let parts: Vec<&str> = day.split(separator).collect();
    let date = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => date_of(digits(year)?, digits(month)?, digits(day)?)?,
        [year, week] if separator == '-' && year.len() == 4 => {
            let week = digits(week.strip_prefix('w')?)?;
            NaiveDate::from_isoywd_opt(i32::try_from(digits(year)?).ok()?, week, Weekday::Mon)?
        }
        _ => return None,
    };
    Some(Numeric { date, time, hold: Hold::Firm })
}

/// `20261201`, which is as often another number.
fn compact(word: &str) -> Option<Numeric> {
    let year = word.get(..4).filter(|_| word.len() == 8)?;
    let date = date_of(digits(year)?, digits(word.get(4..6)?)?, digits(word.get(6..)?)?)?;
    Some(Numeric { date, time: None, hold: Hold::Spelled })
}

/// `27.1.2027`, `27.1`, `27-1-2027`: the day first. `1/27/2027`, `1/27`: the month first, but where it can be none.
fn separated(word: &str, today: NaiveDate) -> Option<Numeric> {
    let separator = word.chars().find(|c| !c.is_ascii_digit()).filter(|c| ".-/".contains(*c))?;
    let parts: Vec<&str> = word.split(separator).collect();
    if parts.iter().take(2).any(|part| !matches!(part.len(), 1 | 2)) {
        return None;
    }
    let (first, second, year) = match parts.as_slice() {
        [first, second] if separator != '-' && word != "24/7" => (digits(first)?, digits(second)?, None),
        [first, second, year] => (digits(first)?, digits(second)?, Some(full_year(year)?)),
        _ => return None,
    };
    let is_month_first = if separator == '/' { first <= 12 } else { second > 12 };
    let (day, month) = if is_month_first { (second, first) } else { (first, second) };
    let date = match year {
        Some(year) => date_of(year, month, day)?,
        None => coming(month, day, today)?,
    };
    let hold = match (year, separator) {
        (Some(_), _) => Hold::Firm,
        (None, '/') => Hold::Edge,
        (None, _) => Hold::Told,
    };
    Some(Numeric { date, time: None, hold })
}

/// Four digits, or two, which mean this century.
fn full_year(text: &str) -> Option<u32> {
    match text.len() {
        2 => digits(text).map(|year| 2_000 + year),
        4 => digits(text),
        _ => None,
    }
}

fn digits(text: &str) -> Option<u32> {
    let plain = matches!(text.len(), 1..=4) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn date_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// The next such day of a year that is not before `today`; 29 February waits for its year.
pub(super) fn coming(month: u32, day: u32, today: NaiveDate) -> Option<NaiveDate> {
    const LEAP_GAP_YEARS: i32 = 8;
    let years = today.year()..=today.year().checked_add(LEAP_GAP_YEARS)?;
    years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, day)).find(|date| *date >= today)
}
