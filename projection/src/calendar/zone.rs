//! A time zone as a VTIMEZONE: which offset holds from when on.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use chrono::{NaiveDate, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

use super::line::fold;

/// No zone is further from UTC.
const MARGIN: TimeDelta = TimeDelta::days(2);
/// Clocks change more rarely than this.
const STEP: TimeDelta = TimeDelta::days(1);

/// Writes the changes of the clocks in these years, each one by itself: rules that repeat would be guessed.
pub(super) fn write(zone: Tz, years: &RangeInclusive<i32>, out: &mut String) {
    let first_day = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(Default::default());
    let (mut at, end) = (first_day(*years.start()) - MARGIN, first_day(years.end() + 1) + MARGIN);
    fold("BEGIN:VTIMEZONE", out);
    fold(&format!("TZID:{}", zone.name()), out);
    observance(zone, at, seconds(zone, at), out);
    while at < end {
        if seconds(zone, at) != seconds(zone, at + STEP) {
            observance(zone, change(zone, at, at + STEP), seconds(zone, at), out);
        }
        at += STEP;
    }
    fold("END:VTIMEZONE", out);
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
