//! The English words for numbers, days, months and lengths of time.

use chrono::{Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, Weekday};

/// How many digits a number may have: more count nothing that people plan.
const DIGITS_MAX: usize = 4;

const NUMBERS: &[&str] =
    &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

const ORDINALS: &[&str] =
    &["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// The days in order, Monday first, by their full names.
const WEEKDAYS: &[(&str, Weekday)] = &[
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `3`, `three`; no `a`, which rarely counts.
pub(super) fn number(word: &str) -> Option<u32> {
    if let Some(number) = NUMBERS.iter().position(|name| *name == word) {
        return u32::try_from(number).ok();
    }
    let plain = !word.is_empty() && word.len() <= DIGITS_MAX && word.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| word.parse().ok()).flatten()
}

/// `1st`, `27th`: an ordinal in digits.
pub(super) fn digit_ordinal(word: &str) -> Option<i32> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending))?;
    number(digits.trim_start_matches('0')).and_then(|number| i32::try_from(number).ok()).filter(|number| *number > 0)
}

/// `1st`, `first`, and `last`, which is -1.
pub(super) fn ordinal(word: &str) -> Option<i32> {
    if word == "last" {
        return Some(-1);
    }
    let named = ORDINALS.iter().position(|name| !name.is_empty() && *name == word);
    named.and_then(|number| i32::try_from(number).ok()).or_else(|| digit_ordinal(word))
}

/// A day of the week, and whether its name is written out.
pub(super) fn weekday(word: &str) -> Option<(Weekday, bool)> {
    let full = WEEKDAYS.iter().find(|(name, _)| *name == word).map(|(_, day)| (*day, true));
    full.or_else(|| {
        let day = match word {
            "mon" => Weekday::Mon,
            "tue" | "tues" => Weekday::Tue,
            "wed" | "weds" => Weekday::Wed,
            "thu" | "thur" | "thurs" => Weekday::Thu,
            "fri" => Weekday::Fri,
            "sat" => Weekday::Sat,
            "sun" => Weekday::Sun,
            _ => return None,
        };
        Some((day, false))
    })
}

/// `mondays`.
pub(super) fn weekdays(word: &str) -> Option<Weekday> {
    word.strip_suffix('s').and_then(weekday).filter(|(_, full)| *full).map(|(day, _)| day)
}

/// A month, and whether its name is written out.
pub(super) fn month(word: &str) -> Option<(u32, bool)> {
    let at = MONTHS.iter().position(|name| *name == word || (name.starts_with(word) && word.len() == 3));
    let at = at.or((word == "sept").then_some(8))?;
    Some((u32::try_from(at).ok()? + 1, MONTHS[at] == word))
}

/// A unit in which time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    /// Monday to Friday.
    Workday,
    Week,
    Month,
    Year,
}

/// A length of time, as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) count: u32,
    pub(super) unit: Unit,
}

impl Span {
    /// Whether it is shorter than a day by its unit.
    pub(super) const fn is_within_days(self) -> bool {
        matches!(self.unit, Unit::Minute | Unit::Hour)
    }

    /// Its seconds, where it has a fixed number of them.
    pub(super) const fn seconds(self) -> Option<i64> {
        let unit_seconds: i64 = match self.unit {
            Unit::Minute => 60,
            Unit::Hour => 3_600,
            Unit::Day => 86_400,
            Unit::Week => 604_800,
            Unit::Workday | Unit::Month | Unit::Year => return None,
        };
        Some(self.count as i64 * unit_seconds)
    }

    /// The day that is this much later; the last one of a shorter month where the month has no such day.
    pub(super) fn after(self, day: NaiveDate) -> Option<NaiveDate> {
        match self.unit {
            Unit::Minute | Unit::Hour => None,
            Unit::Day => day.checked_add_days(Days::new(self.count.into())),
            Unit::Week => day.checked_add_days(Days::new(u64::from(self.count) * 7)),
            Unit::Month => day.checked_add_months(Months::new(self.count)),
            Unit::Year => day.checked_add_months(Months::new(self.count.checked_mul(12)?)),
            Unit::Workday => {
                let mut workdays = day.iter_days().skip(1).filter(|day| is_workday(*day));
                workdays.nth(usize::try_from(self.count).ok()?.checked_sub(1)?)
            }
        }
    }

    /// The time that is this much later, for minutes and hours.
    pub(super) fn after_time(self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        time.checked_add_signed(Duration::seconds(self.seconds()?))
    }
}

/// Monday to Friday.
pub(super) fn is_workday(day: NaiveDate) -> bool {
    day.weekday().num_days_from_monday() < 5
}

/// A unit and how many of it the word means: a quarter is three months.
pub(super) fn unit(word: &str) -> Option<Span> {
    let (count, unit) = match word {
        "minute" | "minutes" | "min" | "mins" => (1, Unit::Minute),
        "hour" | "hours" | "hr" | "hrs" => (1, Unit::Hour),
        "day" | "days" => (1, Unit::Day),
        "workday" | "workdays" | "weekday" | "weekdays" => (1, Unit::Workday),
        "week" | "weeks" | "wk" | "wks" | "sennight" => (1, Unit::Week),
        "fortnight" | "fortnights" => (2, Unit::Week),
        "month" | "months" | "mth" | "mths" | "mnths" => (1, Unit::Month),
        "quarter" | "quarters" | "qtr" | "qrtr" | "qrtrs" => (3, Unit::Month),
        "year" | "years" | "yr" | "yrs" => (1, Unit::Year),
        _ => return None,
    };
    Some(Span { count, unit })
}

/// A unit in one or two letters, which means something only beside its number. Taskwarrior's `m` are months.
fn short_unit(word: &str) -> Option<Span> {
    let (count, unit) = match word {
        "h" => (1, Unit::Hour),
        "d" => (1, Unit::Day),
        "w" => (1, Unit::Week),
        "m" | "mo" => (1, Unit::Month),
        "q" => (3, Unit::Month),
        "y" => (1, Unit::Year),
        _ => return None,
    };
    Some(Span { count, unit })
}

/// `2days`, `3wks`, `5d`: a number and a unit in one word.
pub(super) fn glued_span(word: &str) -> Option<Span> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (count, name) = word.split_at_checked(digits)?;
    scaled(number(count)?, unit(name).or_else(|| short_unit(name))?)
}

/// `P3D`, `PT30M`, `P2W`, in lower case: one number and one unit of ISO 8601.
pub(super) fn iso_span(word: &str) -> Option<Span> {
    let rest = word.strip_prefix('p')?;
    let (clock, rest) = rest.strip_prefix('t').map_or((false, rest), |rest| (true, rest));
    let letter = rest.chars().next_back()?;
    let unit = match (letter, clock) {
        ('y', false) => Unit::Year,
        ('m', false) => Unit::Month,
        ('w', false) => Unit::Week,
        ('d', false) => Unit::Day,
        ('h', true) => Unit::Hour,
        ('m', true) => Unit::Minute,
        _ => return None,
    };
    Some(Span { count: number(rest.strip_suffix(letter)?)?, unit })
}

/// So many of a unit; none of it is no length.
pub(super) fn scaled(count: u32, unit: Span) -> Option<Span> {
    (count > 0).then_some(Span { count: count.checked_mul(unit.count)?, unit: unit.unit })
}
