//! When a task is due: a whole day, or a wall time in a time zone.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Violations;
use crate::limits::{YEAR_MAX, YEAR_MIN};
use crate::read::{Field, Reader};
use crate::time;

/// When a task is due. The wall time is what people meant, so it is what is kept; the instant follows from the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Due {
    /// All day: `{"due_date":"2026-12-01"}`.
    Date {
        /// The day.
        #[serde(deserialize_with = "time::event_date")]
        due_date: NaiveDate,
    },
    /// At a time: `{"due_at":"2026-12-01T09:00:00","time_zone":"Europe/Berlin"}`.
    At {
        /// What clocks in the zone show.
        #[serde(deserialize_with = "time::event_wall_time")]
        #[schemars(with = "String", extend("examples" = ["2026-12-01T09:00:00"]))]
        due_at: NaiveDateTime,
        /// IANA name of the zone.
        #[schemars(with = "String", extend("examples" = ["Europe/Berlin"]))]
        time_zone: Tz,
    },
}

impl Due {
    /// The instant; `None` for a whole day. See [`time::utc_of_wall`] for times that clocks skip or show twice.
    #[must_use]
    pub fn utc(&self) -> Option<DateTime<Utc>> {
        match *self {
            Self::Date { .. } => None,
            Self::At { due_at, time_zone } => Some(time::utc_of_wall(due_at, time_zone)),
        }
    }

    /// The day, as the calendar on the wall shows it.
    #[must_use]
    pub fn day(&self) -> NaiveDate {
        match *self {
            Self::Date { due_date } => due_date,
            Self::At { due_at, .. } => due_at.date(),
        }
    }

    /// The instant from which it is due. A whole day begins with its first second in UTC, as it has no zone.
    #[must_use]
    pub fn begins(&self) -> DateTime<Utc> {
        self.utc().unwrap_or_else(|| self.day().and_time(NaiveTime::MIN).and_utc())
    }

    /// What clocks show when it begins.
    #[must_use]
    pub fn wall(&self) -> NaiveDateTime {
        match *self {
            Self::Date { due_date } => due_date.and_time(NaiveTime::MIN),
            Self::At { due_at, .. } => due_at,
        }
    }

    /// So many days later by the calendar; `None` where no task may be due then.
    #[must_use]
    pub fn moved(&self, days: i64) -> Option<Self> {
        let days = TimeDelta::try_days(days)?;
        let is_in_range = |day: NaiveDate| (YEAR_MIN..=YEAR_MAX).contains(&day.year());
        match *self {
            Self::Date { due_date } => {
                let due_date = due_date.checked_add_signed(days).filter(|day| is_in_range(*day))?;
                Some(Self::Date { due_date })
            }
            Self::At { due_at, time_zone } => {
                let due_at = due_at.checked_add_signed(days).filter(|at| is_in_range(at.date()))?;
                time::checked_utc(due_at, time_zone).ok().map(|_| Self::At { due_at, time_zone })
            }
        }
    }

    /// The same wall time in another zone; a whole day has none.
    pub(super) const fn in_zone(self, time_zone: Tz) -> Self {
        match self {
            Self::Date { .. } => self,
            Self::At { due_at, .. } => Self::At { due_at, time_zone },
        }
    }

    /// Its place in the order of due times. A whole day counts as its last second in UTC, so that timed tasks of the
    /// day come before it.
    #[must_use]
    pub fn sort_key(&self) -> DateTime<Utc> {
        let last_second = NaiveTime::from_hms_opt(23, 59, 59).expect("23:59:59 is a time");
        self.utc().unwrap_or_else(|| self.day().and_time(last_second).and_utc())
    }
}

/// What a merge patch says of the three due fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DuePatch {
    due_date: Field<NaiveDate>,
    due_at: Field<NaiveDateTime>,
    time_zone: Field<Tz>,
}

impl DuePatch {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let patch = Self {
            due_date: reader.take("due_date", time::date),
            due_at: reader.take("due_at", time::wall_time),
            time_zone: reader.take("time_zone", time::zone),
        };
        if let (Field::Set(_), Field::Set(_)) = (patch.due_date, patch.due_at) {
            reader.violation("due_date", "excludes due_at; give one of the two");
        }
        patch
    }

    /// Whether it clears a due date.
    pub(crate) const fn clears_date(&self) -> bool {
        matches!(self.due_date, Field::Null)
    }

    /// Whether it gives a day or a wall time.
    pub(crate) const fn gives_time(&self) -> bool {
        matches!(self.due_date, Field::Set(_)) || matches!(self.due_at, Field::Set(_))
    }

    /// The zone that it gives.
    pub(crate) const fn zone(&self) -> Option<Tz> {
        match self.time_zone {
            Field::Set(zone) => Some(zone),
            Field::Absent | Field::Null => None,
        }
    }

    pub(crate) const fn is_absent(&self) -> bool {
        self.due_date.is_absent() && self.due_at.is_absent() && self.time_zone.is_absent()
    }

    /// The due after the patch. Giving one kind replaces the other.
    ///
    /// # Errors
    /// A wall time without a zone, or a zone without a wall time.
    pub(crate) fn apply(&self, current: Option<Due>) -> Result<Option<Due>, Violations> {
        if let Field::Set(due_date) = self.due_date {
            return match self.time_zone {
                Field::Set(_) => Err(zone_without_time()),
                Field::Absent | Field::Null => Ok(Some(Due::Date { due_date })),
            };
        }
        let (old_at, old_zone) = match current {
            Some(Due::At { due_at, time_zone }) => (Some(due_at), Some(time_zone)),
            Some(Due::Date { .. }) | None => (None, None),
        };
        let due_at = self.due_at.patched(old_at);
        // Clearing the wall time clears its zone with it.
        let old_zone = if matches!(self.due_at, Field::Null) { None } else { old_zone };
        match (due_at, self.time_zone.patched(old_zone)) {
            (Some(due_at), Some(time_zone)) => match time::checked_utc(due_at, time_zone) {
                Ok(_) => Ok(Some(Due::At { due_at, time_zone })),
                Err(detail) => Err(Violations::one("due_at", detail)),
            },
            (Some(_), None) => Err(Violations::one("time_zone", "is needed with due_at, such as \"Europe/Berlin\"")),
            (None, Some(_)) => Err(zone_without_time()),
            (None, None) if self.clears_date() => Ok(None),
            (None, None) => Ok(current.filter(|due| matches!(due, Due::Date { .. }))),
        }
    }
}

fn zone_without_time() -> Violations {
    Violations::one("time_zone", "belongs to due_at; give due_at as well or leave time_zone out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(wall: &str, zone: Tz) -> Due {
        Due::At { due_at: wall.parse().unwrap(), time_zone: zone }
    }

    fn utc(wall: &str, zone: Tz) -> String {
        at(wall, zone).utc().unwrap().to_rfc3339()
    }

    #[test]
    fn given_an_event_with_a_day_outside_of_the_limits_when_read_then_refused() {
        let read = |due| serde_json::from_value::<Due>(due);
        assert!(read(json!({"due_at": "9999-12-31T23:59:59", "time_zone": "America/New_York"})).is_ok());
        assert!(read(json!({"due_date": "1900-01-01"})).is_ok());
        for due in [
            json!({"due_at": "+262142-12-31T23:59:59", "time_zone": "America/New_York"}),
            json!({"due_at": "1899-12-31T23:59:59", "time_zone": "UTC"}),
            json!({"due_date": "+10000-01-01"}),
            json!({"due_date": "-262143-01-01"}),
        ] {
            assert!(read(due.clone()).is_err(), "{due}");
        }
    }

    #[test]
    fn given_a_wall_time_when_asked_for_utc_then_the_zone_decides() {
        assert_eq!(utc("2026-12-01T09:00:00", Tz::Europe__Berlin), "2026-12-01T08:00:00+00:00");
        assert_eq!(utc("2026-07-01T09:00:00", Tz::Europe__Berlin), "2026-07-01T07:00:00+00:00");
    }

    #[test]
    fn given_a_time_that_clocks_skip_when_asked_for_utc_then_it_moves_forward_by_the_gap() {
        assert_eq!(utc("2026-03-29T02:30:00", Tz::Europe__Berlin), "2026-03-29T01:30:00+00:00");
        assert_eq!(utc("2026-03-08T02:00:00", Tz::America__New_York), "2026-03-08T07:00:00+00:00");
        assert_eq!(utc("2011-12-30T12:00:00", Tz::Pacific__Apia), "2011-12-30T22:00:00+00:00");
    }

    #[test]
    fn given_a_time_that_clocks_show_twice_when_asked_for_utc_then_it_is_the_first() {
        assert_eq!(utc("2026-10-25T02:30:00", Tz::Europe__Berlin), "2026-10-25T00:30:00+00:00");
    }

    #[test]
    fn given_a_whole_day_when_sorted_then_it_comes_after_the_days_timed_tasks() {
        let day = Due::Date { due_date: "2026-12-01".parse().unwrap() };
        assert_eq!(day.utc(), None);
        assert!(at("2026-12-01T23:00:00", Tz::UTC).sort_key() < day.sort_key());
        assert!(day.sort_key() < at("2026-12-02T00:00:00", Tz::UTC).sort_key());
        assert_eq!(at("2026-12-01T00:30:00", Tz::Asia__Tokyo).day(), day.day());
    }

    #[test]
    fn given_both_kinds_when_written_and_read_then_the_same() {
        for json in
            [json!({"due_date":"2026-12-01"}), json!({"due_at":"2026-12-01T09:00:00","time_zone":"Europe/Berlin"})]
        {
            let due: Due = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(due).unwrap(), json);
        }
    }
}
