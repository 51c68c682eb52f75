//! How often a task of Taskwarrior recurs.

use chrono::{Datelike as _, Days, Months, NaiveDateTime, NaiveTime, TimeDelta};
use domain::task::Due;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Day,
    /// Monday to Friday.
    Weekday,
    Month,
}

use Unit::{Day, Month, Second, Weekday};

/// Words that stand alone.
const WORDS: &[(&str, u32, Unit)] = &[
    ("hourly", 3_600, Second),
    ("daily", 1, Day),
    ("weekdays", 1, Weekday),
    ("weekly", 7, Day),
    ("sennight", 7, Day),
    ("biweekly", 14, Day),
    ("fortnight", 14, Day),
    ("monthly", 1, Month),
    ("bimonthly", 2, Month),
    ("quarterly", 3, Month),
    ("semiannual", 6, Month),
    ("annual", 12, Month),
    ("yearly", 12, Month),
    ("biannual", 24, Month),
    ("biyearly", 24, Month),
];

/// Words with a number before them, or with 1 where there is none.
const UNITS: &[(&[&str], u32, Unit)] = &[
    (&["seconds", "second", "secs", "sec", "s"], 1, Second),
    (&["minutes", "minute", "mins", "min"], 60, Second),
    (&["hours", "hour", "hrs", "hr", "h"], 3_600, Second),
    (&["days", "day", "d"], 1, Day),
    (&["weeks", "week", "wks", "wk", "w"], 7, Day),
    (&["months", "month", "mnths", "mths", "mth", "mos", "mo", "m"], 1, Month),
    (&["quarters", "quarter", "qrtrs", "qrtr", "qtrs", "qtr", "q"], 3, Month),
    (&["years", "year", "yrs", "yr", "y"], 12, Month),
];

/// Between two occurrences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    count: u32,
    unit: Unit,
}

impl Period {
    /// Reads `weekly`, `3d`, `2 wks`, `P1M` or `PT12H`; `None` where it is nothing that can be added to a date again and again.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(iso) = text.strip_prefix(['P', 'p']) {
            return Self::parse_iso(&iso.to_ascii_uppercase());
        }
        let text = text.to_ascii_lowercase();
        if let Some((_, count, unit)) = WORDS.iter().find(|(word, ..)| *word == text) {
            return Self::new(*count, *unit);
        }
        let (number, word) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
        let number: u32 = if number.is_empty() { 1 } else { number.parse().ok()? };
        let (_, each, unit) = UNITS.iter().find(|(words, ..)| words.contains(&word.trim()))?;
        Self::new(number.checked_mul(*each)?, *unit)
    }

    fn new(count: u32, unit: Unit) -> Option<Self> {
        (count > 0).then_some(Self { count, unit })
    }

    /// What stands after the P. Months are of another kind than days, and days than hours, if there are not whole days of them.
    fn parse_iso(text: &str) -> Option<Self> {
        let (mut months, mut days, mut seconds) = (0_u32, 0_u32, 0_u32);
        let (mut rest, mut is_clock) = (text, false);
        while !rest.is_empty() {
            if let Some(clock) = rest.strip_prefix('T').filter(|_| !is_clock) {
                (rest, is_clock) = (clock, true);
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: u32 = rest.get(..digits)?.parse().ok()?;
            let (sum, each) = match (rest.as_bytes().get(digits)?, is_clock) {
                (b'Y', false) => (&mut months, 12),
                (b'M', false) => (&mut months, 1),
                (b'W', false) => (&mut days, 7),
                (b'D', false) => (&mut days, 1),
                (b'H', true) => (&mut seconds, 3_600),
                (b'M', true) => (&mut seconds, 60),
                (b'S', true) => (&mut seconds, 1),
                _ => return None,
            };
            *sum = sum.checked_add(number.checked_mul(each)?)?;
            rest = rest.get(digits + 1..)?;
        }
        match (months, days, seconds) {
            (months, 0, 0) => Self::new(months, Month),
            (0, days, 0) => Self::new(days, Day),
            (0, days, seconds) => Self::new(days.checked_mul(86_400)?.checked_add(seconds)?, Second),
            _ => None,
        }
    }

    /// The rule of occurrences from `due` on. Where a month has no such day it is its last one, as Taskwarrior has it; by itself RFC 5545
    /// leaves such months out.
    pub(super) fn rule(self, due: Due) -> String {
        let (count, day) = (self.count, due.day().day());
        match self.unit {
            Weekday => "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR".to_owned(),
            Second if count.is_multiple_of(86_400) => every("DAILY", count / 86_400),
            Second if count.is_multiple_of(3_600) => every("HOURLY", count / 3_600),
            Second if count.is_multiple_of(60) => every("MINUTELY", count / 60),
            Second => every("SECONDLY", count),
            Day if count.is_multiple_of(7) => every("WEEKLY", count / 7),
            Day => every("DAILY", count),
            Month if day > 28 => {
                let days: Vec<String> = (28..=day).map(|day| day.to_string()).collect();
                format!("{};BYMONTHDAY={};BYSETPOS=-1", every("MONTHLY", count), days.join(","))
            }
            Month if count.is_multiple_of(12) => every("YEARLY", count / 12),
            Month => every("MONTHLY", count),
        }
    }

    /// The occurrence so many after `due`; `None` beyond the end of time.
    pub(super) fn after(self, due: Due, times: u32) -> Option<Due> {
        let count = self.count.checked_mul(times)?;
        match due {
            Due::Date { due_date } => {
                let wall = self.wall_after(due_date.and_time(NaiveTime::MIN), count)?;
                Some(Due::Date { due_date: wall.date() })
            }
            Due::At { due_at, time_zone } => Some(Due::At { due_at: self.wall_after(due_at, count)?, time_zone }),
        }
    }

    fn wall_after(self, wall: NaiveDateTime, count: u32) -> Option<NaiveDateTime> {
        match self.unit {
            Second => wall.checked_add_signed(TimeDelta::seconds(count.into())),
            Day => wall.checked_add_days(Days::new(count.into())),
            Month => wall.checked_add_months(Months::new(count)),
            Weekday => (0..count).try_fold(wall, |wall, _| {
                let days = match wall.weekday() {
                    chrono::Weekday::Fri => 3,
                    chrono::Weekday::Sat => 2,
                    _ => 1,
                };
                wall.checked_add_days(Days::new(days))
            }),
        }
    }
}

fn every(frequency: &str, interval: u32) -> String {
    if interval == 1 { format!("FREQ={frequency}") } else { format!("FREQ={frequency};INTERVAL={interval}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Due {
        Due::Date { due_date: text.parse().unwrap() }
    }

    fn rule(text: &str, due: &str) -> Option<String> {
        Some(Period::parse(text)?.rule(day(due)))
    }

    #[test]
    fn given_periods_in_words_and_in_iso_8601_when_read_then_their_rule() {
        for (texts, expected) in [
            (&["daily", "day", "1d", "1 days", "P1D", "PT24H"][..], "FREQ=DAILY"),
            (&["3d", "3days", "P3D", "p3d"], "FREQ=DAILY;INTERVAL=3"),
            (&["weekdays"], "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            (&["weekly", "sennight", "7d", "P1W", "wk"], "FREQ=WEEKLY"),
            (&["biweekly", "fortnight", "2wks", "2 wks", "P2W", "P14D"], "FREQ=WEEKLY;INTERVAL=2"),
            (&["monthly", "1m", "mo", "P1M"], "FREQ=MONTHLY"),
            (&["quarterly", "3mths", "qtr", "P3M"], "FREQ=MONTHLY;INTERVAL=3"),
            (&["annual", "yearly", "1y", "P1Y", "12months", "P12M"], "FREQ=YEARLY"),
            (&["biannual", "biyearly", "P2Y"], "FREQ=YEARLY;INTERVAL=2"),
            (&["P1Y6M"], "FREQ=MONTHLY;INTERVAL=18"),
            (&["PT12H", "12hrs", "P0DT12H"], "FREQ=HOURLY;INTERVAL=12"),
            (&["90min", "PT1H30M"], "FREQ=MINUTELY;INTERVAL=90"),
        ] {
            for text in texts {
                assert_eq!(rule(text, "2026-12-01").as_deref(), Some(expected), "{text}");
            }
        }
        for text in [
            "",
            "P",
            "often",
            "0d",
            "P0D",
            "-1d",
            "1.5d",
            "P1M1D",
            "PTT1H",
            "P1H",
            "99999999999d",
            "4294967295w",
            "PT",
            "P1",
        ] {
            assert_eq!(rule(text, "2026-12-01"), None, "{text}");
        }
    }

    #[test]
    fn given_a_day_that_not_every_month_has_when_it_recurs_then_on_the_last_day_there_is() {
        assert_eq!(rule("monthly", "2026-12-31").unwrap(), "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1");
        assert_eq!(rule("yearly", "2028-02-29").unwrap(), "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=28,29;BYSETPOS=-1");
    }

    #[test]
    fn given_occurrences_that_were_made_when_asked_for_the_next_then_after_them() {
        let after = |text, due, times| Period::parse(text).unwrap().after(day(due), times);
        assert_eq!(after("weekly", "2026-12-01", 3), Some(day("2026-12-22")));
        assert_eq!(after("monthly", "2026-12-31", 2), Some(day("2027-02-28")));
        assert_eq!(after("weekdays", "2026-12-03", 2), Some(day("2026-12-07")));
        assert_eq!(after("weekdays", "2026-12-05", 1), Some(day("2026-12-07")));
        assert_eq!(after("PT12H", "2026-12-01", 2), Some(day("2026-12-02")));
        assert_eq!(after("daily", "2026-12-01", 0), Some(day("2026-12-01")));
        assert_eq!(after("2y", "2026-12-01", u32::MAX), None);
    }

    proptest! {
        #[test]
        fn given_any_text_when_read_as_a_period_then_never_a_panic(text in "P?T?[0-9]{0,11}[A-Za-zé ]{0,9}", times in any::<u32>()) {
            if let Some(period) = Period::parse(&text).filter(|period| period.unit != Weekday) {
                let _answer = (period.rule(day("2026-12-31")), period.after(day("2026-12-31"), times));
            }
        }
    }
}
