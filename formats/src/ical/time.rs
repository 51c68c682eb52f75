//! Dates, times and lengths of time as iCalendar writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::task::Due;
use domain::time::{IsoDuration, utc_of_wall};

use super::content::Line;
use super::tzid::Zones;

/// Why a zone that nobody knows matters.
const NO_ZONE: &str = "no IANA time zone is known for it; the time is taken to be in";

/// A time that was read, and what was wrong with its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) due: Due,
    pub(super) zone_lost: Option<String>,
}

/// Reads a property whose value is a day, or a time: in UTC, in the zone of its TZID, or floating.
///
/// # Errors
/// What would be right.
pub(super) fn time(line: &Line, zones: &Zones) -> Result<Time, String> {
    let value = line.value.trim();
    if let Some(due_date) = day(value) {
        return Ok(Time { due: Due::Date { due_date }, zone_lost: None });
    }
    let (value, is_utc) = value.strip_suffix(['Z', 'z']).map_or((value, false), |value| (value, true));
    let due_at = wall(value).ok_or("is no date such as 20261201 or time such as 20261201T090000")?;
    let (time_zone, zone_lost) = match line.param("TZID") {
        _ if is_utc => (Tz::UTC, None),
        None => (zones.floating, None),
        Some(tzid) => match zones.get(tzid) {
            Some(zone) => (zone, None),
            None => (zones.floating, Some(format!("{NO_ZONE} {}", zones.floating))),
        },
    };
    Ok(Time { due: Due::At { due_at, time_zone }, zone_lost })
}

/// Reads a property whose value is an instant. RFC 5545 wants it in UTC; other times are taken as [`time`] takes them, and a day as its
/// first second.
pub(super) fn instant(line: &Line, zones: &Zones) -> Option<DateTime<Utc>> {
    let utc = match time(line, zones).ok()?.due {
        Due::At { due_at, time_zone } => utc_of_wall(due_at, time_zone),
        Due::Date { due_date } => utc_of_wall(due_date.and_time(chrono::NaiveTime::MIN), zones.floating),
    };
    let micros: i64 = line.param("X-TASKLOG-MICROS").and_then(|micros| micros.parse().ok()).unwrap_or_default();
    utc.checked_add_signed(TimeDelta::microseconds(micros.clamp(0, 999_999)))
}

/// `20261201`.
pub(super) fn day(value: &str) -> Option<NaiveDate> {
    if value.len() != 8 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::parse_from_str(value, "%Y%m%d").ok()
}

/// `20261201T090000`.
pub(super) fn wall(value: &str) -> Option<NaiveDateTime> {
    let (date, time) = value.split_once(['T', 't'])?;
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<u32>().ok();
    if time.len() != 6 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A leap second is the second before.
    day(date)?.and_hms_opt(number(0..2)?, number(2..4)?, number(4..6)?.min(59))
}

/// `-PT15M`: a length of time, and whether it leads back.
pub(super) fn duration(value: &str) -> Option<(IsoDuration, bool)> {
    let value = value.trim();
    let (text, back) = match value.strip_prefix('-') {
        Some(text) => (text, true),
        None => (value.strip_prefix('+').unwrap_or(value), false),
    };
    Some((text.to_ascii_uppercase().try_into().ok()?, back))
}

/// The wall time and zone from which a length of time counts; of a day its first second in `zone`.
pub(super) fn start_of(due: Due, zone: Tz) -> (NaiveDateTime, Tz) {
    match due {
        Due::At { due_at, time_zone } => (due_at, time_zone),
        Due::Date { due_date } => (due_date.and_time(chrono::NaiveTime::MIN), zone),
    }
}

/// A rule whose UNTIL is in UTC, as it must be beside a time in a zone. Some programs write what clocks show there.
pub(super) fn with_until_in_utc(rule: &str, due: Option<Due>) -> String {
    let in_utc = |part: &str| {
        let (name, value) = part.split_once('=')?;
        let until = wall(value).filter(|_| name.eq_ignore_ascii_case("UNTIL"))?;
        let Some(Due::At { time_zone, .. }) = due else { return Some(format!("UNTIL={}", until.format("%Y%m%d"))) };
        Some(format!("UNTIL={}", utc_of_wall(until, time_zone).format("%Y%m%dT%H%M%SZ")))
    };
    let parts = rule.trim().trim_end_matches(';').split(';');
    parts.map(|part| in_utc(part).unwrap_or_else(|| part.to_owned())).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Time, String> {
        time(&Line::parse(text).unwrap(), &Zones::of(&[], Tz::Asia__Tokyo))
    }

    fn at(wall: &str, zone: Tz) -> Due {
        Due::At { due_at: wall.parse().unwrap(), time_zone: zone }
    }

    #[test]
    fn given_every_form_of_a_date_when_read_then_its_day_or_its_time_and_zone() {
        let day = Due::Date { due_date: "2026-12-01".parse().unwrap() };
        for (text, due) in [
            ("DUE;VALUE=DATE:20261201", day),
            ("DUE:20261201", day),
            ("DUE:20261201T090000Z", at("2026-12-01T09:00:00", Tz::UTC)),
            ("DUE;TZID=Europe/Berlin:20261201T090000", at("2026-12-01T09:00:00", Tz::Europe__Berlin)),
            ("DUE;TZID=Europe/Berlin:20261201T090060", at("2026-12-01T09:00:59", Tz::Europe__Berlin)),
            ("DUE:20261201T090000", at("2026-12-01T09:00:00", Tz::Asia__Tokyo)),
        ] {
            assert_eq!(read(text), Ok(Time { due, zone_lost: None }), "{text}");
        }
        let unknown = read("DUE;TZID=Mars:20261201T090000").unwrap();
        assert_eq!(unknown.due, at("2026-12-01T09:00:00", Tz::Asia__Tokyo));
        assert!(unknown.zone_lost.unwrap().ends_with("Asia/Tokyo"));
        for text in ["DUE:", "DUE:tomorrow", "DUE:20261301", "DUE:20261201T2500", "DUE:+2026120", "DUE:20261201T250000"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn given_lengths_of_time_when_read_then_with_their_direction() {
        let read = |text| duration(text).map(|(length, back)| (length.seconds(), back));
        assert_eq!(read("-PT15M"), Some((900, true)));
        assert_eq!(read("+P1D"), Some((86_400, false)));
        assert_eq!(read("PT0S"), Some((0, false)));
        assert_eq!((read("-P1M"), read(""), read("-P999D")), (None, None, None));
    }

    #[test]
    fn given_an_until_that_clocks_show_when_read_then_in_utc_or_its_day() {
        let berlin = Some(at("2026-12-01T09:00:00", Tz::Europe__Berlin));
        let rule = "FREQ=DAILY;UNTIL=20261231T235959;";
        assert_eq!(with_until_in_utc(rule, berlin), "FREQ=DAILY;UNTIL=20261231T225959Z");
        assert_eq!(with_until_in_utc(rule, None), "FREQ=DAILY;UNTIL=20261231");
        assert_eq!(with_until_in_utc("FREQ=DAILY;UNTIL=20261231", berlin), "FREQ=DAILY;UNTIL=20261231");
    }

    proptest! {
        #[test]
        fn given_any_text_when_read_as_a_time_then_never_a_panic(text in "[0-9TZtz:é+-]{0,17}", micros in any::<i64>()) {
            let line = Line::parse(&format!("X;X-TASKLOG-MICROS={micros}:{text}")).unwrap();
            let zones = Zones::of(&[], Tz::Pacific__Apia);
            let _answer = (time(&line, &zones), instant(&line, &zones), duration(&text), with_until_in_utc(&text, None));
        }
    }
}
