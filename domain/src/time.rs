//! Instants, wall times and lengths of time as the API writes them.

use std::fmt;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::limits::{DURATION_MAX_SECONDS, YEAR_MAX, YEAR_MIN};
use crate::read;

/// The instant at which clocks in `zone` show `wall`.
///
/// Where clocks show it twice it is the first time. Where they skip it, it is what the offset before the gap makes of
/// it, as RFC 5545 says: 02:30 in a gap from 02:00 to 03:00 is 03:30.
#[must_use]
pub fn utc_of_wall(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    if let Some(time) = zone.from_local_datetime(&wall).earliest() {
        return time.with_timezone(&Utc);
    }
    // The longest gap on record is a whole day (Samoa, 2011); walk back to before it.
    let before = (1..=4 * 26)
        .filter_map(|quarters| wall.checked_sub_signed(Duration::minutes(15 * quarters)))
        .find_map(|earlier| zone.from_local_datetime(&earlier).latest());
    let offset_seconds = before.map_or(0, |time| time.offset().fix().local_minus_utc());
    // Only within a day of the last instant there is does the difference not exist; no event may name such a time.
    wall.checked_sub_signed(Duration::seconds(offset_seconds.into())).unwrap_or(wall).and_utc()
}

/// A length of time as ISO 8601 writes it: `PT30M`, `P1DT12H`, `P2W`. Whole days, hours, minutes and seconds; months
/// and years have no fixed length and are refused. It keeps the spelling it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IsoDuration {
    text: String,
    seconds: i64,
}

impl IsoDuration {
    /// Its length in seconds, never negative.
    #[must_use]
    pub const fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Its length for calculations.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::seconds(self.seconds)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for IsoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<IsoDuration> for String {
    fn from(duration: IsoDuration) -> Self {
        duration.text
    }
}

impl TryFrom<String> for IsoDuration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let seconds =
            seconds_of_iso(&text).ok_or("must be an ISO 8601 duration in whole units such as \"PT30M\" or \"P1D\"")?;
        if seconds > DURATION_MAX_SECONDS {
            return Err("must be at most 366 days".to_owned());
        }
        Ok(Self { text, seconds })
    }
}

/// Seconds of `P[nW][nD][T[nH][nM][nS]]`, units in this order, at least one of them.
fn seconds_of_iso(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (days, clock) = match rest.split_once('T') {
        Some((days, clock)) if !clock.is_empty() => (days, clock),
        Some(_) => return None,
        None => (rest, ""),
    };
    if days.is_empty() && clock.is_empty() {
        return None;
    }
    let days = sum_of_units(days, &[('W', 604_800), ('D', 86_400)])?;
    let clock = sum_of_units(clock, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    days.checked_add(clock)
}

/// Sum of `<digits><unit>` pairs whose units appear in the order of `units`, each at most once.
fn sum_of_units(mut text: &str, mut units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    while !text.is_empty() {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = text.get(..digits)?.parse().ok()?;
        let unit = text.get(digits..)?.chars().next()?;
        let at = units.iter().position(|(name, _)| *name == unit)?;
        sum = sum.checked_add(number.checked_mul(units[at].1)?)?;
        units = &units[at + 1..];
        text = text.get(digits + 1..)?;
    }
    Some(sum)
}

pub(crate) fn duration(value: &Value) -> Result<IsoDuration, String> {
    read::string(value)?.to_owned().try_into()
}

pub(crate) fn date(value: &Value) -> Result<NaiveDate, String> {
    let text = read::string(value)?;
    let date = has_shape(text, "dddd-dd-dd")
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
        .ok_or("must be a date that exists, such as \"2026-12-01\"")?;
    in_years(date.year())?;
    Ok(date)
}

pub(crate) fn wall_time(value: &Value) -> Result<NaiveDateTime, String> {
    const RIGHT: &str =
        "must be a wall time without offset, such as \"2026-12-01T09:00:00\"; the zone goes to time_zone";
    let text = read::string(value)?;
    let format = if has_shape(text, "dddd-dd-ddTdd:dd:dd") {
        "%Y-%m-%dT%H:%M:%S"
    } else if has_shape(text, "dddd-dd-ddTdd:dd") {
        "%Y-%m-%dT%H:%M"
    } else {
        return Err(RIGHT.to_owned());
    };
    // chrono reads :60 as a leap second, which no wall clock here shows.
    let wall = NaiveDateTime::parse_from_str(text, format).ok().filter(|wall| wall.nanosecond() == 0).ok_or(RIGHT)?;
    in_years(wall.year())?;
    Ok(wall)
}

pub(crate) fn zone(value: &Value) -> Result<Tz, String> {
    read::string(value)?
        .parse()
        .map_err(|_| "must be an IANA time zone such as \"Europe/Berlin\" or \"UTC\"".to_owned())
}

/// An instant, in microseconds as the log and Postgres keep it.
pub(crate) fn instant(value: &Value) -> Result<DateTime<Utc>, String> {
    const RIGHT: &str = "must be an RFC 3339 time such as \"2026-12-01T08:00:00Z\"";
    let time = DateTime::parse_from_rfc3339(read::string(value)?).map_err(|_| RIGHT)?;
    let time = DateTime::from_timestamp_micros(time.timestamp_micros()).ok_or(RIGHT)?;
    in_years(time.year())?;
    Ok(time)
}

/// The instant of a wall time, where RFC 3339 can write it: near the end of the last year some zones reach past it.
pub(crate) fn checked_utc(wall: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, String> {
    let utc = utc_of_wall(wall, zone);
    if utc.year() > YEAR_MAX { Err(format!("must lie before the end of {YEAR_MAX} in UTC")) } else { Ok(utc) }
}

/// A day of an event, within the years that dates may name: an event of another program is no more trusted than a request.
pub(crate) fn event_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let date = NaiveDate::deserialize(deserializer)?;
    in_years(date.year()).map_err(D::Error::custom)?;
    Ok(date)
}

/// A wall time of an event, within the years that dates may name.
pub(crate) fn event_wall_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDateTime, D::Error> {
    let wall = NaiveDateTime::deserialize(deserializer)?;
    in_years(wall.year()).map_err(D::Error::custom)?;
    Ok(wall)
}

fn in_years(year: i32) -> Result<(), String> {
    if (YEAR_MIN..=YEAR_MAX).contains(&year) {
        Ok(())
    } else {
        Err(format!("must lie in the years {YEAR_MIN} to {YEAR_MAX}"))
    }
}

/// Whether `text` has the shape: `d` is a digit, anything else itself. chrono alone takes `2026-1-5` and `+2026-…` too.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, rule)| if rule == b'd' { byte.is_ascii_digit() } else { byte == rule })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<i64> {
        IsoDuration::try_from(text.to_owned()).ok().map(|duration| duration.seconds())
    }

    #[test]
    fn given_durations_when_read_then_their_seconds() {
        assert_eq!(seconds("PT30M"), Some(1_800));
        assert_eq!(seconds("P1DT12H"), Some(129_600));
        assert_eq!(seconds("P2W"), Some(1_209_600));
        assert_eq!(seconds("PT0S"), Some(0));
        assert_eq!(seconds("P366D"), Some(DURATION_MAX_SECONDS));
    }

    #[test]
    fn given_what_is_no_whole_duration_when_read_then_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "-P1D",
            "P-1D",
            "P1M",
            "P1Y",
            "PT1.5H",
            "PT1M1H",
            "PT1H1H",
            "P1DT",
            "p1d",
            "P1D ",
            "P367D",
            "P99999999999999999999D",
            "P9223372036854775807W",
            "P1é",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn given_an_instant_with_offset_and_nanoseconds_when_read_then_utc_in_microseconds() {
        let read = instant(&Value::from("2026-12-01T09:00:00.123456789+01:00")).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), "2026-12-01T08:00:00.123456Z");
    }

    #[test]
    fn given_the_last_evening_when_a_zone_reaches_past_it_then_refused() {
        let evening = "9999-12-31T23:59:59".parse().unwrap();
        assert!(checked_utc(evening, Tz::UTC).is_ok());
        assert!(checked_utc(evening, Tz::America__New_York).is_err());
    }

    #[test]
    fn given_the_ends_of_time_when_turned_to_utc_in_any_zone_then_never_a_panic() {
        for zone in chrono_tz::TZ_VARIANTS {
            for wall in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                let _utc = utc_of_wall(wall, zone);
            }
        }
    }

    proptest! {
        #[test]
        fn given_any_wall_time_and_zone_when_turned_to_utc_then_clocks_show_it_or_skip_it(
            seconds in -2_208_988_800_i64..4_102_444_800, zone in 0..chrono_tz::TZ_VARIANTS.len()
        ) {
            let zone = chrono_tz::TZ_VARIANTS[zone];
            let wall = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
            let shown = utc_of_wall(wall, zone).with_timezone(&zone).naive_local();
            let skipped = zone.from_local_datetime(&wall).earliest().is_none();
            prop_assert!(if skipped { shown > wall } else { shown == wall }, "{} in {} shows {}", wall, zone, shown);
        }

        #[test]
        fn given_any_text_when_read_as_a_duration_then_never_a_panic(text in "P?[0-9WDTHMS.-]{0,30}") {
            let _answer = seconds_of_iso(&text);
        }
    }
}
