//! A reminder is put off: for a while from now, or until a time.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::{Reminder, ReminderEvent, ReminderRejection, ReminderSnoozed, ReminderStatus};
use crate::Violations;
use crate::read::Reader;
use crate::time::{self, IsoDuration};

/// How long a reminder is put off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snooze {
    /// `{"for":"PT10M"}`, counted from the command.
    For(IsoDuration),
    /// `{"until":"2026-12-01T09:00:00","time_zone":"Europe/Berlin"}`.
    Until {
        /// What clocks in the zone show.
        until: NaiveDateTime,
        /// The zone.
        time_zone: Tz,
    },
}

impl Snooze {
    /// Reads the body of a snooze.
    ///
    /// # Errors
    /// Every field that is unknown or not valid, and anything but exactly one of `for` and `until` with `time_zone`.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Violations> {
        let mut reader = Reader::new(object);
        let length = reader.take("for", positive_duration);
        let until = reader.take("until", time::wall_time);
        let time_zone = reader.take("time_zone", time::zone);
        let snooze = match (length.null_is_none(), until.null_is_none(), time_zone.null_is_none()) {
            (Some(length), None, None) => Ok(Self::For(length)),
            (None, Some(until), Some(time_zone)) => match time::checked_utc(until, time_zone) {
                Ok(_) => Ok(Self::Until { until, time_zone }),
                Err(detail) => Err(Violations::one("until", detail)),
            },
            (Some(_), Some(_), _) => Err(Violations::one("until", "excludes for; give one of the two")),
            (Some(_), None, Some(_)) | (None, None, Some(_)) => {
                Err(Violations::one("time_zone", "belongs to until; give until as well or leave time_zone out"))
            }
            (None, Some(_), None) => {
                Err(Violations::one("time_zone", "is needed with until, such as \"Europe/Berlin\""))
            }
            (None, None, None) => Err(Violations::one("for", "is needed, such as \"PT10M\", or until with time_zone")),
        };
        if let (Err(violations), false) = (&snooze, reader.violates(&["for", "until", "time_zone"])) {
            reader.merge(violations.clone());
        }
        reader.finish("a snooze", &[])?;
        snooze
    }

    fn ends(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::For(length) => at + length.duration(),
            Self::Until { until, time_zone } => time::utc_of_wall(*until, *time_zone),
        }
    }
}

fn positive_duration(value: &Value) -> Result<IsoDuration, String> {
    let length = time::duration(value)?;
    if length.seconds() == 0 { Err("must be longer than nothing".to_owned()) } else { Ok(length) }
}

pub(super) fn decide(
    reminder: &Reminder,
    snooze: &Snooze,
    at: DateTime<Utc>,
) -> Result<Option<ReminderEvent>, ReminderRejection> {
    if reminder.status == ReminderStatus::Cancelled {
        let detail =
            "is cancelled, and only a reminder that is to ring or has rung can be snoozed; give it another time";
        return Err(ReminderRejection::Invalid(Violations::one("status", detail)));
    }
    let snoozed_until = snooze.ends(at);
    if snoozed_until <= at {
        return Err(ReminderRejection::Invalid(Violations::one("until", "has passed; give a time to come")));
    }
    if reminder.snoozed_until == Some(snoozed_until) && reminder.status == ReminderStatus::Scheduled {
        return Ok(None);
    }
    Ok(Some(ReminderEvent::Snoozed(ReminderSnoozed { snoozed_until, snoozed_at: at })))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use serde_json::json;

    #[test]
    fn given_a_reminder_when_snoozed_for_a_while_then_it_rings_that_much_after_now() {
        let snoozed = given([scheduled()]).when(snooze(json!({"for":"PT10M"}))).state();
        assert_eq!(snoozed.rings_at(), now() + chrono::Duration::minutes(10));
        assert_eq!(snoozed.remind_utc, instant("2026-12-01T07:30:00Z"));
    }

    #[test]
    fn given_a_reminder_that_rang_when_snoozed_until_a_time_then_it_is_scheduled_again() {
        let until = snooze(json!({"until":"2026-12-01T09:00:00","time_zone":"Europe/Berlin"}));
        let snoozed = given([scheduled(), triggered(), sent()]).when(until.clone());
        assert_eq!(snoozed.clone().state().rings_at(), instant("2026-12-01T08:00:00Z"));
        assert_eq!(snoozed.clone().state().status, ReminderStatus::Scheduled);
        given(snoozed.events).when(until).then_nothing();
    }

    #[test]
    fn given_a_reminder_when_snoozed_until_a_time_that_has_passed_then_refused() {
        for until in ["2026-11-23T12:00:00", "2026-11-23T11:59:59", "1970-01-01T00:00:00"] {
            given([scheduled()]).when(snooze(json!({"until":until,"time_zone":"UTC"}))).then_invalid(&["until"]);
        }
        let next = snooze(json!({"until":"2026-11-23T12:00:01","time_zone":"UTC"}));
        assert_eq!(given([scheduled()]).when(next).state().rings_at(), instant("2026-11-23T12:00:01Z"));
    }

    #[test]
    fn given_a_cancelled_reminder_when_snoozed_then_refused() {
        given([scheduled(), task_completed()]).when(snooze(json!({"for":"PT10M"}))).then_invalid(&["status"]);
        given([scheduled(), deleted()]).when(snooze(json!({"for":"PT10M"}))).then_rejected(ReminderRejection::NotFound);
    }

    #[test]
    fn given_bad_bodies_when_read_then_each_names_its_field() {
        for (body, field) in [
            (json!({}), "for"),
            (json!({"for":"10 min"}), "for"),
            (json!({"for":"PT0S"}), "for"),
            (json!({"for":10}), "for"),
            (json!({"for":"PT10M","until":"2026-12-01T09:00:00"}), "until"),
            (json!({"for":"PT10M","time_zone":"UTC"}), "time_zone"),
            (json!({"until":"2026-12-01T09:00:00"}), "time_zone"),
            (json!({"until":"9999-12-31T23:59:59","time_zone":"America/New_York"}), "until"),
            (json!({"until":"tomorrow","time_zone":"UTC"}), "until"),
            (json!({"for":"PT10M","why":"tired"}), "why"),
        ] {
            let Err(Violations(violations)) = Snooze::from_json(body.as_object().unwrap()) else { panic!("{body}") };
            assert_eq!(
                violations.iter().map(|violation| violation.field.as_str()).collect::<Vec<_>>(),
                [field],
                "{body}"
            );
        }
    }
}
