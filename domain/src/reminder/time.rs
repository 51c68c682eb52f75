//! When a reminder is to ring: a wall time in a zone, or a length of time before its task is due.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::read::{Field, Reader};
use crate::task::Due;
use crate::time::{self, IsoDuration};
use crate::{Violation, Violations};

/// When a reminder is to ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReminderTime {
    /// `{"remind_at":"2026-12-01T08:30:00","time_zone":"Europe/Berlin"}`.
    At {
        /// What clocks in the zone show.
        #[serde(deserialize_with = "time::event_wall_time")]
        #[schemars(with = "String", extend("examples" = ["2026-12-01T08:30:00"]))]
        remind_at: NaiveDateTime,
        /// IANA name of the zone.
        #[schemars(with = "String", extend("examples" = ["Europe/Berlin"]))]
        time_zone: Tz,
    },
    /// `{"before_due":"PT30M"}`.
    BeforeDue {
        /// How long before; ISO 8601.
        #[schemars(with = "String", extend("examples" = ["PT30M"]))]
        before_due: IsoDuration,
    },
}

impl ReminderTime {
    /// The instant. A whole day counts from its first second in UTC.
    ///
    /// # Errors
    /// `before_due` of a task that has no due date.
    pub fn utc(&self, due: Option<Due>) -> Result<DateTime<Utc>, Violation> {
        match self {
            Self::At { remind_at, time_zone } => Ok(time::utc_of_wall(*remind_at, *time_zone)),
            Self::BeforeDue { before_due } => {
                let due = due.ok_or_else(|| Violation {
                    field: "before_due".to_owned(),
                    detail: "needs a task with a due date; give the task one, or use remind_at with time_zone"
                        .to_owned(),
                })?;
                Ok(due.begins() - before_due.duration())
            }
        }
    }
}

/// What a merge patch says of the three time fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TimePatch {
    remind_at: Field<NaiveDateTime>,
    time_zone: Field<Tz>,
    before_due: Field<IsoDuration>,
}

impl TimePatch {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let patch = Self {
            remind_at: reader.take("remind_at", time::wall_time),
            time_zone: reader.take("time_zone", time::zone),
            before_due: reader.take("before_due", time::duration),
        };
        if let (Field::Set(_), Field::Set(_)) = (&patch.remind_at, &patch.before_due) {
            reader.violation("before_due", "excludes remind_at; give one of the two");
        }
        patch
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The time after the patch. Giving one kind replaces the other.
    ///
    /// # Errors
    /// Nothing is left, or a wall time without a zone, or a zone without a wall time.
    pub(super) fn apply(&self, current: Option<&ReminderTime>) -> Result<ReminderTime, Violations> {
        if let Field::Set(before_due) = &self.before_due {
            return match self.time_zone {
                Field::Set(_) => Err(zone_without_time()),
                Field::Absent | Field::Null => Ok(ReminderTime::BeforeDue { before_due: before_due.clone() }),
            };
        }
        let (old_at, old_zone) = match current {
            Some(ReminderTime::At { remind_at, time_zone }) => (Some(*remind_at), Some(*time_zone)),
            Some(ReminderTime::BeforeDue { .. }) | None => (None, None),
        };
        let old_zone = if self.remind_at == Field::Null { None } else { old_zone };
        match (self.remind_at.patched(old_at), self.time_zone.patched(old_zone), current) {
            (Some(remind_at), Some(time_zone), _) => match time::checked_utc(remind_at, time_zone) {
                Ok(_) => Ok(ReminderTime::At { remind_at, time_zone }),
                Err(detail) => Err(Violations::one("remind_at", detail)),
            },
            (Some(_), None, _) => {
                Err(Violations::one("time_zone", "is needed with remind_at, such as \"Europe/Berlin\""))
            }
            (None, Some(_), _) => Err(zone_without_time()),
            (None, None, Some(time @ ReminderTime::BeforeDue { .. })) if self.before_due.is_absent() => {
                Ok(time.clone())
            }
            (None, None, _) => {
                Err(Violations::one("remind_at", "is needed with time_zone, or before_due such as \"PT30M\""))
            }
        }
    }
}

fn zone_without_time() -> Violations {
    Violations::one("time_zone", "belongs to remind_at; give remind_at as well or leave time_zone out")
}
