//! A time zone as a VTIMEZONE: which offset holds from when on.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

use super::content::fold;

/// No zone is further from UTC.
const MARGIN: TimeDelta = TimeDelta::days(2);
/// Clocks change more rarely than this.
const STEP: TimeDelta = TimeDelta::days(1);

/// Writes the changes of the clocks in these years, the earliest first, each one by itself: rules that repeat would be guessed. What
/// holds in other years is not said.
pub(super) fn write(zone: Tz, years: impl IntoIterator<Item = i32>, out: &mut String) {
    fold("BEGIN:VTIMEZONE", out);
    fold(&format!("TZID:{}", zone.name()), out);
    // Until when, in UTC, is written what holds, and which offset that is.
    let mut written: Option<(NaiveDateTime, i32)> = None;
    for year in years {
        let (mut at, end) = (first_second(year) - MARGIN, first_second(year + 1) + MARGIN);
        match written {
            Some((until, _)) if until >= at => at = until,
            Some((_, offset)) if offset == seconds(zone, at) => {}
            _ => observance(zone, at, written.map_or_else(|| seconds(zone, at), |(_, offset)| offset), out),
        }
        while at < end {
            if seconds(zone, at) != seconds(zone, at + STEP) {
                observance(zone, change(zone, at, at + STEP), seconds(zone, at), out);
            }
            at += STEP;
        }
        written = Some((at, seconds(zone, at)));
    }
    fold("END:VTIMEZONE", out);
}

fn first_second(year: i32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN)
}

/// The first second with another offset than `before` has; `after` has another.
fn change(zone: Tz, mut before: NaiveDateTime, mut after: NaiveDateTime) -> NaiveDateTime {
    let old = seconds(zone, before);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if seconds(zone, middle) == old { before = middle } else { after = middle }
    }
    after
}

/// What holds from `at` on, which is in UTC; clocks showed an offset of `from` seconds until then.
fn observance(zone: Tz, at: NaiveDateTime, from: i32, out: &mut String) {
    let offset = zone.offset_from_utc_datetime(&at);
    let kind = if offset.dst_offset().is_zero() { "STANDARD" } else { "DAYLIGHT" };
    let wall = at + TimeDelta::seconds(from.into());
    fold(&format!("BEGIN:{kind}"), out);
    fold(&format!("DTSTART:{}", wall.format("%Y%m%dT%H%M%S")), out);
    fold(&format!("TZOFFSETFROM:{}", hours(from)), out);
    fold(&format!("TZOFFSETTO:{}", hours(offset.fix().local_minus_utc())), out);
    if let Some(name) = offset.abbreviation() {
        fold(&format!("TZNAME:{name}"), out);
    }
    fold(&format!("END:{kind}"), out);
}

/// The offset in UTC's second `at`.
fn seconds(zone: Tz, at: NaiveDateTime) -> i32 {
    zone.offset_from_utc_datetime(&at).fix().local_minus_utc()
}

/// `+0130`; seconds only where there are some.
fn hours(offset: i32) -> String {
    let (sign, seconds) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    let mut text = format!("{sign}{:02}{:02}", seconds / 3_600, seconds / 60 % 60);
    if !seconds.is_multiple_of(60) {
        let _ = write!(text, "{:02}", seconds % 60);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each observance as `DTSTART TZOFFSETFROM TZOFFSETTO`.
    fn observances(zone: Tz, years: &[i32]) -> Vec<String> {
        let mut out = String::new();
        write(zone, years.iter().copied(), &mut out);
        let values = |part: &str| {
            let lines = part.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| *name != "TZNAME");
            lines.map(|(_, value)| value.to_owned()).take(3).collect::<Vec<_>>().join(" ")
        };
        out.split("BEGIN:").skip(2).map(|part| values(part.split_once('\n').unwrap().1)).collect()
    }

    #[test]
    fn given_years_side_by_side_when_written_then_each_change_once() {
        assert_eq!(
            observances(Tz::Europe__Berlin, &[2026, 2027]),
            [
                "20251230T010000 +0100 +0100",
                "20260329T020000 +0100 +0200",
                "20261025T030000 +0200 +0100",
                "20270328T020000 +0100 +0200",
                "20271031T030000 +0200 +0100",
            ]
        );
    }

    #[test]
    fn given_years_apart_when_written_then_those_between_are_left_out() {
        let written = observances(Tz::Europe__Berlin, &[1935, 2026, 2090]);
        assert_eq!(written.len(), 1 + 2 + 2, "{written:?}");
        // In 1935 clocks were in winter time all year, and in 2026 the year begins with it.
        assert_eq!(written[0], "19341230T010000 +0100 +0100");
    }

    #[test]
    fn given_a_zone_whose_offset_is_another_in_a_later_year_when_written_then_it_is_said() {
        // Moscow, UTC+3, was at UTC+4 through 2012 and 2013.
        assert_eq!(
            observances(Tz::Europe__Moscow, &[2013, 2026]),
            ["20121230T040000 +0400 +0400", "20251230T040000 +0400 +0300"]
        );
        assert_eq!(observances(Tz::Asia__Kolkata, &[2026]), ["20251230T053000 +0530 +0530"]);
    }
}
