//! How a task repeats. Which occurrences that makes, [`crate::recurrence`] says.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Due;
use super::rrule::check_rrule;
use crate::read::{self, Field, Reader};
use crate::{Violation, time};

/// What the next occurrence counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecurFrom {
    /// The due date of this one.
    #[default]
    Due,
    /// The day this one was completed.
    Completion,
}

words!(RecurFrom { Due => "due", Completion => "completion" });

/// What brings the next occurrence about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Generate {
    /// Completing this one.
    #[default]
    WhenCompleted,
    /// Its due time, whether or not this one is completed.
    WhenDue,
}

words!(Generate { WhenCompleted => "when_completed", WhenDue => "when_due" });

/// What becomes of occurrences whose time passed unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Each becomes a task.
    Keep,
    /// They become one task.
    #[default]
    Collapse,
}

words!(Missed { Keep => "keep", Collapse => "collapse" });

/// How a task repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Recurrence {
    /// RFC 5545 rule without `RRULE:`, checked, spelled as it was given.
    #[schema(example = "FREQ=WEEKLY;BYDAY=MO", max_length = 500)]
    pub rrule: String,
    /// What the next occurrence counts from.
    #[serde(default)]
    #[schema(required = true)]
    pub from: RecurFrom,
    /// What brings the next occurrence about.
    #[serde(default)]
    #[schema(required = true)]
    pub generate: Generate,
    /// What becomes of missed occurrences.
    #[serde(default)]
    #[schema(required = true)]
    pub missed: Missed,
    /// IANA name of the zone whose days count where tasks are due on whole days: when such a day begins, and which day it is when one is
    /// completed. Without it they are those of UTC. A wall time has a zone of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("examples" = ["Europe/Berlin"]))]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub time_zone: Option<Tz>,
}

impl Recurrence {
    /// The instant from which a task of the series is due; a whole day from its first moment on.
    #[must_use]
    pub fn begins(&self, due: Due) -> DateTime<Utc> {
        due.utc().unwrap_or_else(|| time::utc_of_wall(due.day().and_time(NaiveTime::MIN), self.zone_of_days()))
    }

    /// Which day an instant is on where whole days are counted.
    pub(super) fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone_of_days()).date_naive()
    }

    fn zone_of_days(&self) -> Tz {
        self.time_zone.unwrap_or(Tz::UTC)
    }

    /// Whether the rule tells times of a day apart, which means nothing for a start that is a whole day (RFC 5545 section
    /// 3.3.10).
    pub(super) fn is_within_days(&self) -> bool {
        let rule = self.rrule.to_ascii_uppercase();
        let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
        parts.any(|(name, value)| match name {
            "FREQ" => matches!(value, "HOURLY" | "MINUTELY"),
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => true,
            _ => false,
        })
    }
}

/// What a merge patch says inside `recurrence_pattern`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RecurrencePatch {
    rrule: Option<String>,
    from: Option<RecurFrom>,
    generate: Option<Generate>,
    missed: Option<Missed>,
    time_zone: Field<Tz>,
}

impl RecurrencePatch {
    /// Reads `recurrence_pattern` from the object of a task.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Field<Self> {
        match reader.raw("recurrence_pattern") {
            None => Field::Absent,
            Some(Value::Null) => Field::Null,
            Some(Value::Object(object)) => {
                let mut inner = reader.inside(object, "recurrence_pattern.");
                let patch = Self {
                    rrule: inner.take_not_null("rrule", rrule),
                    from: inner.take("from", read::word).null_is(RecurFrom::default()),
                    generate: inner.take("generate", read::word).null_is(Generate::default()),
                    missed: inner.take("missed", read::word).null_is(Missed::default()),
                    time_zone: inner.take("time_zone", time::zone),
                };
                if let Err(violations) = inner.finish("recurrence_pattern", &[]) {
                    reader.merge(violations);
                }
                Field::Set(patch)
            }
            Some(other) => {
                let detail = format!(
                    "must be an object such as {{\"rrule\":\"FREQ=WEEKLY;BYDAY=MO\"}}, or null, not {}",
                    read::type_of(other)
                );
                reader.violation("recurrence_pattern", detail);
                Field::Absent
            }
        }
    }

    /// The recurrence after the patch, field by field as RFC 7396 says.
    ///
    /// # Errors
    /// No rule, neither given nor there already.
    pub(crate) fn apply(&self, current: Option<&Recurrence>) -> Result<Recurrence, Violation> {
        let rrule = self.rrule.as_ref().or(current.map(|old| &old.rrule)).ok_or_else(|| Violation {
            field: "recurrence_pattern.rrule".to_owned(),
            detail: "is needed, such as \"FREQ=WEEKLY;BYDAY=MO\"".to_owned(),
        })?;
        Ok(Recurrence {
            rrule: rrule.clone(),
            from: self.from.or(current.map(|old| old.from)).unwrap_or_default(),
            generate: self.generate.or(current.map(|old| old.generate)).unwrap_or_default(),
            missed: self.missed.or(current.map(|old| old.missed)).unwrap_or_default(),
            time_zone: self.time_zone.patched(current.and_then(|old| old.time_zone)),
        })
    }
}

fn rrule(value: &Value) -> Result<String, String> {
    let text = read::string(value)?;
    check_rrule(text)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_rule_when_asked_whether_it_repeats_within_days_then_its_times_decide() {
        for (rule, within) in [
            ("FREQ=HOURLY", true),
            ("freq=minutely;interval=15", true),
            ("FREQ=DAILY;BYHOUR=9", true),
            ("FREQ=MONTHLY;BYDAY=1MO;BYMINUTE=30", true),
            ("FREQ=WEEKLY;BYSECOND=0", true),
            ("FREQ=DAILY", false),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", false),
        ] {
            let recurrence = Recurrence {
                rrule: rule.to_owned(),
                from: RecurFrom::default(),
                generate: Generate::default(),
                missed: Missed::default(),
                time_zone: None,
            };
            assert_eq!(recurrence.is_within_days(), within, "{rule}");
        }
    }

    #[test]
    fn given_a_zone_for_whole_days_when_patched_then_set_kept_and_cleared_as_any_field() {
        use super::super::given::*;
        use serde_json::json;

        let pattern = json!({"rrule":"FREQ=DAILY","time_zone":"Australia/Sydney"});
        let made = || given([created(json!({"title":"x","due_date":"2026-12-01","recurrence_pattern":pattern}))]);
        let zone = |recurrence: Option<Recurrence>| recurrence.unwrap().time_zone;
        assert_eq!(zone(made().task().recurrence), Some(Tz::Australia__Sydney));
        let kept = made().and(update(json!({"recurrence_pattern":{"rrule":"FREQ=WEEKLY"}}))).task();
        assert_eq!(zone(kept.recurrence), Some(Tz::Australia__Sydney));
        let cleared = made().and(update(json!({"recurrence_pattern":{"time_zone":null}}))).task().recurrence;
        assert!(!serde_json::to_value(&cleared).unwrap().as_object().unwrap().contains_key("time_zone"));
        assert_eq!(zone(cleared), None);
    }
}
