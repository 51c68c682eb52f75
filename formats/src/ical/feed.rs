//! Tasks as a calendar that other programs subscribe to: one VTODO a task, and a VTIMEZONE for each zone they use.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;
use domain::task::TaskView;

use super::content::fold;
use super::property::{END, HEAD, categories, day, in_zone, priority, sequence, status, text, utc};
use super::zone;

/// What programs show as its name.
const NAME: &str = "NAME:Tasklog\r\nX-WR-CALNAME:Tasklog\r\n";

/// Years around the present one whose clock changes a VTIMEZONE lists. Times outside of them are written in UTC.
const YEARS_BEFORE: i32 = 1;
const YEARS_AFTER: i32 = 10;

/// Writes one calendar, piece after piece: [`Self::begin`], [`Self::add`] for each task, [`Self::end`].
///
/// It remembers which zones it has described; nothing else grows with the number of tasks.
#[derive(Debug)]
pub struct FeedWriter {
    years: RangeInclusive<i32>,
    /// The zones that have been described.
    zones: BTreeSet<&'static str>,
}

impl FeedWriter {
    /// Goes up when the same task is written in another way.
    pub const FORMAT: u32 = 1;

    /// A calendar that nothing is written of yet.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { years: now.year() - YEARS_BEFORE..=now.year() + YEARS_AFTER, zones: BTreeSet::new() }
    }

    /// The first year whose clock changes are described: with [`Self::FORMAT`] and the tasks it decides what is written.
    #[must_use]
    pub const fn first_year(&self) -> i32 {
        *self.years.start()
    }

    /// Begins it.
    pub fn begin(&self, out: &mut String) {
        out.extend([HEAD, NAME]);
    }

    /// Adds a task, without a RRULE: each occurrence of a recurring task is a task of its own, which a calendar that knew the rule would
    /// show twice.
    pub fn add(&mut self, task: &TaskView, out: &mut String) {
        let zone = self.zone_of(task);
        if let Some(zone) = zone
            && self.zones.insert(zone.name())
        {
            zone::write(zone, self.years.clone(), out);
        }
        write(task, zone, out);
    }

    /// Ends it.
    pub fn end(&self, out: &mut String) {
        out.push_str(END);
    }

    /// The zone that its due time is written in; `None` where it has none, or is written in UTC.
    fn zone_of(&self, task: &TaskView) -> Option<Tz> {
        let zone: Tz = task.time_zone.as_deref()?.parse().ok()?;
        let described = task.due_at.is_some_and(|at| self.years.contains(&at.year()));
        (described && zone != Tz::UTC).then_some(zone)
    }
}

/// Writes the VTODO of a task. Its due time is written in `zone`, which must be described, or in UTC without one.
fn write(task: &TaskView, zone: Option<Tz>, out: &mut String) {
    fold("BEGIN:VTODO", out);
    if let Some(at) = task.completed_at {
        fold(&format!("COMPLETED:{}", utc(at)), out);
    }
    fold(&format!("CREATED:{}", utc(task.created_at)), out);
    text("DESCRIPTION", &task.description, out);
    // Of a calendar that is no message (no METHOD) it is the same as the time of the last change.
    fold(&format!("DTSTAMP:{}", utc(task.updated_at)), out);
    if let Some(due) = due(task, zone) {
        fold(&format!("DUE{due}"), out);
    }
    fold(&format!("LAST-MODIFIED:{}", utc(task.updated_at)), out);
    if task.completed_at.is_some() {
        // How far a task is before it is done, nobody says.
        fold("PERCENT-COMPLETE:100", out);
    }
    priority(task.priority, out);
    sequence(task.version, out);
    status(task.status, out);
    text("SUMMARY", &task.title, out);
    fold(&format!("UID:{}", task.id), out);
    categories(&task.tags, out);
    fold("END:VTODO", out);
}

/// The parameters and the value of DUE.
fn due(task: &TaskView, zone: Option<Tz>) -> Option<String> {
    match (task.due_date, zone) {
        (Some(date), _) => Some(day(date)),
        (None, Some(zone)) => Some(in_zone(task.due_at?, zone)),
        (None, None) => Some(format!(":{}", utc(task.due_utc?))),
    }
}

#[cfg(test)]
mod tests;
