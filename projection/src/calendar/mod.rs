//! Tasks as a calendar that other programs read (RFC 5545): one VTODO a task, and a VTIMEZONE for each zone they use.
//!
//! Pure text: knows no store and no clock. The crate `icalendar` makes the properties; the content lines are written here ([`line`]).

mod line;
mod todo;
mod zone;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;
use domain::task::TaskView;

/// Goes up when the same task is written in another way.
pub const FORMAT: u32 = 1;

/// What stands before the first task.
const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tasklog//Tasklog//EN\r\nCALSCALE:GREGORIAN\r\n\
                    NAME:Tasklog\r\nX-WR-CALNAME:Tasklog\r\n";
/// What stands after the last one.
const END: &str = "END:VCALENDAR\r\n";

/// Years around the present one whose clock changes a VTIMEZONE lists. Times outside of them are written in UTC.
const YEARS_BEFORE: i32 = 1;
const YEARS_AFTER: i32 = 10;

/// Writes one calendar, piece after piece.
#[derive(Debug)]
pub struct Writer {
    years: RangeInclusive<i32>,
    /// The zones that have been described.
    zones: BTreeSet<&'static str>,
}

impl Writer {
    /// A calendar that nothing is written of yet.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { years: now.year() - YEARS_BEFORE..=now.year() + YEARS_AFTER, zones: BTreeSet::new() }
    }

    /// The first year whose clock changes are described: with [`FORMAT`] and the tasks it decides what is written.
    pub fn first_year(&self) -> i32 {
        *self.years.start()
    }

    /// Begins it.
    pub fn begin(&self, out: &mut String) {
        out.push_str(HEAD);
    }

    /// Adds a task.
    pub fn add(&mut self, task: &TaskView, out: &mut String) {
        let zone = self.zone_of(task);
        if let Some(zone) = zone
            && self.zones.insert(zone.name())
        {
            zone::write(zone, &self.years, out);
        }
        line::write(&todo::of(task, zone), out);
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

#[cfg(test)]
mod tests;
