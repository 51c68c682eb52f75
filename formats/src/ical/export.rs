//! Tasks and their reminders as one calendar, which is read back as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use chrono_tz::Tz;
use domain::reminder::{ReminderStatus, ReminderView};
use domain::task::{Generate, Missed, RecurFrom, Recurrence, TaskView};
use domain::time::{IsoDuration, utc_of_wall};

use super::content::fold;
use super::property::{END, HEAD, categories, day, in_zone, priority, sequence, status, text, utc, wall};
use super::zone;

/// For how many years after its due time the zone of a task that recurs is described.
const YEARS_OF_A_RULE: i32 = 10;

/// Writes one calendar, piece after piece: [`Self::begin`], [`Self::add`] for each task, [`Self::end`].
///
/// It remembers which zones are used in which years, and describes them at the end; nothing else grows with the number of tasks.
#[derive(Debug, Default)]
pub struct ExportWriter {
    zones: BTreeMap<&'static str, (Tz, BTreeSet<i32>)>,
}

impl ExportWriter {
    /// A calendar that nothing is written of yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins it.
    pub fn begin(&self, out: &mut String) {
        out.push_str(HEAD);
    }

    /// Adds a task with those of its reminders that are still to ring.
    pub fn add(&mut self, task: &TaskView, reminders: &[ReminderView], out: &mut String) {
        fold("BEGIN:VTODO", out);
        fold(&format!("UID:{}", task.id), out);
        text("SUMMARY", &task.title, out);
        text("DESCRIPTION", &task.description, out);
        status(task.status, out);
        priority(task.priority, out);
        categories(&task.tags, out);
        self.write_due(task, out);
        instant("CREATED", task.created_at, out);
        instant("LAST-MODIFIED", task.updated_at, out);
        // Of a calendar that is no message (no METHOD) it is the same as the time of the last change.
        fold(&format!("DTSTAMP:{}", utc(task.updated_at)), out);
        sequence(task.version, out);
        if let Some(at) = task.completed_at {
            instant("COMPLETED", at, out);
            fold("PERCENT-COMPLETE:100", out);
        }
        if let Some(series_id) = task.series_id {
            fold(&format!("X-TASKLOG-SERIES-ID:{series_id}"), out);
        }
        if let Some(parent_id) = task.parent_id {
            fold(&format!("RELATED-TO:{parent_id}"), out);
        }
        if let Some(rank) = &task.rank {
            fold(&format!("X-TASKLOG-RANK:{rank}"), out);
        }
        for reminder in reminders {
            alarm(reminder, &task.title, out);
        }
        fold("END:VTODO", out);
    }

    /// Describes the zones and ends it.
    pub fn end(&self, out: &mut String) {
        for (zone, years) in self.zones.values() {
            zone::write(*zone, years.iter().copied(), out);
        }
        out.push_str(END);
    }

    fn write_due(&mut self, task: &TaskView, out: &mut String) {
        let Some(due) = self.due(task) else { return };
        fold(&format!("DUE{due}"), out);
        let Some(Recurrence { rrule, from, generate, missed, time_zone }) = &task.recurrence_pattern else { return };
        // What a rule counts from, without which RFC 5545 allows none.
        fold(&format!("DTSTART{due}"), out);
        fold(&format!("RRULE:{rrule}"), out);
        if *from != RecurFrom::default() {
            fold(&format!("X-TASKLOG-FROM:{from}"), out);
        }
        if *generate != Generate::default() {
            fold(&format!("X-TASKLOG-GENERATE:{generate}"), out);
        }
        if *missed != Missed::default() {
            fold(&format!("X-TASKLOG-MISSED:{missed}"), out);
        }
        if let Some(zone) = time_zone {
            fold(&format!("X-TASKLOG-ZONE-OF-DAYS:{zone}"), out);
        }
    }

    /// The parameters and the value of DUE.
    fn due(&mut self, task: &TaskView) -> Option<String> {
        if let Some(date) = task.due_date {
            return Some(day(date));
        }
        let at = task.due_at?;
        let zone: Tz = task.time_zone.as_deref()?.parse().ok()?;
        if zone == Tz::UTC {
            return Some(format!(":{}Z", wall(at)));
        }
        let (_, years) = self.zones.entry(zone.name()).or_insert_with(|| (zone, BTreeSet::new()));
        let further = if task.recurrence_pattern.is_some() { YEARS_OF_A_RULE } else { 0 };
        years.extend(at.year()..=at.year() + further);
        Some(in_zone(at, zone))
    }
}

/// In whole seconds; what is left of a second stands in a parameter.
fn instant(name: &str, at: DateTime<Utc>, out: &mut String) {
    match at.nanosecond() / 1_000 {
        0 => fold(&format!("{name}:{}", utc(at)), out),
        micros => fold(&format!("{name};X-TASKLOG-MICROS={micros}:{}", utc(at)), out),
    }
}

fn alarm(reminder: &ReminderView, title: &str, out: &mut String) {
    let Some((next, repeat)) = reminder.left() else { return };
    let Some(trigger) = trigger(reminder, next) else { return };
    fold("BEGIN:VALARM", out);
    fold("ACTION:DISPLAY", out);
    text("DESCRIPTION", title, out);
    fold(&format!("TRIGGER{trigger}"), out);
    if let Some(repeat) = repeat {
        fold(&format!("DURATION:{}", in_order(repeat.every.seconds())), out);
        fold(&format!("REPEAT:{}", repeat.times), out);
    }
    fold("END:VALARM", out);
}

/// The parameters and the value of TRIGGER, of one that rings `next` then.
fn trigger(reminder: &ReminderView, next: DateTime<Utc>) -> Option<String> {
    if reminder.snoozed_until.is_some() {
        return Some(format!(";VALUE=DATE-TIME:{}", utc(next)));
    }
    let is_first = reminder.status == ReminderStatus::Scheduled;
    if let Some(before_due) = &reminder.before_due {
        if !is_first {
            return Some(format!(";VALUE=DATE-TIME:{}", utc(next)));
        }
        let length: IsoDuration = before_due.clone().try_into().ok()?;
        return Some(format!(";RELATED=END;X-TASKLOG-BEFORE-DUE={before_due}:-{}", in_order(length.seconds())));
    }
    let (at, zone): (_, Tz) = (reminder.remind_at?, reminder.time_zone.as_deref()?.parse().ok()?);
    let (at, next) =
        if is_first { (at, utc_of_wall(at, zone)) } else { (next.with_timezone(&zone).naive_local(), next) };
    let (utc, wall) = (utc(next), wall(at));
    Some(format!(";VALUE=DATE-TIME;X-TASKLOG-AT={wall};X-TASKLOG-TZID={}:{utc}", zone.name()))
}

/// A length of time as RFC 5545 has it: weeks stand alone, and between two units none is left out.
fn in_order(seconds: i64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes, seconds) = (rest / 3_600, rest / 60 % 60, rest % 60);
    let clock = match (hours, minutes, seconds) {
        (0, 0, 0) if days > 0 => String::new(),
        (hours, 0, 0) if hours > 0 => format!("T{hours}H"),
        (0, minutes, 0) if minutes > 0 => format!("T{minutes}M"),
        (0, 0, seconds) => format!("T{seconds}S"),
        (0, minutes, seconds) => format!("T{minutes}M{seconds}S"),
        (hours, minutes, 0) => format!("T{hours}H{minutes}M"),
        (hours, minutes, seconds) => format!("T{hours}H{minutes}M{seconds}S"),
    };
    match days {
        0 => format!("P{clock}"),
        days => format!("P{days}D{clock}"),
    }
}

#[cfg(test)]
mod tests;
