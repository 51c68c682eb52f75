//! A VALARM as a reminder.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use domain::limits::REPEAT_TIMES_MAX;
use domain::task::Due;
use domain::time::utc_of_wall;
use serde_json::{Map, Value, json};

use super::component::Component;
use super::content::Line;
use super::time::{day, duration, instant, wall};
use super::tzid::Zones;
use crate::draft::Draft;

/// What an alarm has that a reminder has no place for.
const LOST: &[(&str, &str)] = &[
    ("ATTACH", "a reminder has no attachment or sound"),
    ("ATTENDEE", "reminders go to the channels of the notification settings"),
];

/// What tells that an alarm is about a place.
const PLACE: &[&str] = &["PROXIMITY", "X-APPLE-PROXIMITY", "X-PROXIMITY"];

/// Adds a reminder for an alarm, or tells why not. `start` is the time that it counts from where it names no end.
pub(super) fn read(alarm: &Component, start: Option<Due>, zones: &Zones, draft: &mut Draft) {
    let action = alarm.get("ACTION").map_or("DISPLAY", |line| line.value.trim()).to_ascii_uppercase();
    // Apple's way to say that a task has no alarm of its own.
    if action == "NONE" {
        return;
    }
    let Some(trigger) = alarm.get("TRIGGER") else {
        return draft.lose("VALARM", "", "it has no TRIGGER");
    };
    if alarm.lines.iter().any(|line| PLACE.contains(&line.name.as_str())) {
        return draft.lose("VALARM", &trigger.value, "a reminder cannot ring at a place");
    }
    match body(trigger, start, zones, draft) {
        Ok(mut body) => {
            match repeat(alarm) {
                Ok(repeat) => body.extend(repeat.map(|repeat| ("repeat".to_owned(), repeat))),
                Err((written, why)) => draft.lose("VALARM REPEAT", &written, why),
            }
            draft.remind(&trigger.value, body);
        }
        Err(why) => return draft.lose("VALARM", &trigger.value, why),
    }
    if action != "DISPLAY" && action != "AUDIO" {
        draft.lose("VALARM ACTION", &action, "reminders go to the channels of the notification settings");
    }
    for (name, why) in LOST {
        if let Some(line) = alarm.get(name) {
            draft.lose(&format!("VALARM {name}"), &line.value, *why);
        }
    }
}

/// How it rings again: REPEAT times more, DURATION after each ring. Or what is wrong, with what stands there.
fn repeat(alarm: &Component) -> Result<Option<Value>, (String, String)> {
    let Some(times) = alarm.get("REPEAT") else { return Ok(None) };
    let lost = |why: String| (times.value.clone(), why);
    let times = times.value.trim().parse::<u32>().map_err(|_| lost("is no number".to_owned()))?;
    if times == 0 {
        return Ok(None);
    }
    if times > REPEAT_TIMES_MAX {
        return Err(lost(format!("a reminder rings at most {REPEAT_TIMES_MAX} times more")));
    }
    let every = alarm.get("DURATION").and_then(|line| duration(&line.value));
    match every.filter(|(every, back)| !back && every.seconds() > 0) {
        Some((every, _)) => Ok(Some(json!({"every": every.to_string(), "times": times}))),
        None => Err(lost("there is no DURATION between its rings".to_owned())),
    }
}

fn body(trigger: &Line, start: Option<Due>, zones: &Zones, draft: &mut Draft) -> Result<Map<String, Value>, String> {
    let Some((length, back)) = duration(&trigger.value) else { return at_instant(trigger, zones, draft.due()) };
    let is_of_end = trigger.param("RELATED").is_some_and(|related| related.eq_ignore_ascii_case("END"));
    let from = if is_of_end { draft.due() } else { start };
    let from = from.ok_or("it counts from a time that the task does not have")?;
    let is_before_due = Some(from) == draft.due() && (back || length.seconds() == 0);
    // Here a whole day counts from its first second in UTC, there from that of its reader. What recurs has to count all the same.
    let is_as_meant = matches!(from, Due::At { .. }) || zones.floating == Tz::UTC || draft.has("recurrence_pattern");
    // As one of ours was spelled.
    let own =
        trigger.param("X-TASKLOG-BEFORE-DUE").and_then(duration).filter(|(own, _)| own.seconds() == length.seconds());
    if let Some((before_due, _)) = own.clone().or_else(|| is_as_meant.then(|| (length.clone(), true)))
        && is_before_due
    {
        return Ok(fields([("before_due", before_due.to_string())]));
    }
    after(from, if back { -length.duration() } else { length.duration() }, zones.floating)
        .ok_or_else(|| "there is no such time".to_owned())
}

/// So long after a time: by the clock after one, by the calendar after a day.
fn after(from: Due, length: TimeDelta, zone: Tz) -> Option<Map<String, Value>> {
    match from {
        Due::At { due_at, time_zone } => {
            let utc = utc_of_wall(due_at, time_zone).checked_add_signed(length)?;
            Some(remind_at(utc.with_timezone(&time_zone).naive_local(), time_zone))
        }
        Due::Date { due_date } => Some(remind_at(due_date.and_time(NaiveTime::MIN).checked_add_signed(length)?, zone)),
    }
}

fn at_instant(trigger: &Line, zones: &Zones, due: Option<Due>) -> Result<Map<String, Value>, String> {
    let utc = instant(trigger, zones).filter(|_| day(trigger.value.trim()).is_none());
    let utc = utc.ok_or("is no length of time such as -PT15M and no time such as 20261201T080000Z")?;
    // As one of ours was shown, unless somebody has moved it since.
    let own = trigger
        .param("X-TASKLOG-AT")
        .and_then(wall)
        .zip(trigger.param("X-TASKLOG-TZID").and_then(|zone| zones.get(zone)));
    if let Some((wall, zone)) = own.filter(|(wall, zone)| utc_of_wall(*wall, *zone) == utc) {
        return Ok(remind_at(wall, zone));
    }
    let zone = match due {
        Some(Due::At { time_zone, .. }) => time_zone,
        Some(Due::Date { .. }) | None => zones.floating,
    };
    Ok(remind_at(utc.with_timezone(&zone).naive_local(), zone))
}

fn remind_at(wall: NaiveDateTime, zone: Tz) -> Map<String, Value> {
    let wall = wall.format("%Y-%m-%dT%H:%M:%S").to_string();
    fields([("remind_at", wall), ("time_zone", zone.name().to_owned())])
}

fn fields<const N: usize>(fields: [(&str, String); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}
