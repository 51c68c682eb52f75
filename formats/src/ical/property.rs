//! Properties as all our calendars write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::task::{Priority, Status};

use super::content::{escape, fold};

/// What a calendar begins with.
pub(super) const HEAD: &str =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tasklog//Tasklog//EN\r\nCALSCALE:GREGORIAN\r\n";
/// What it ends with.
pub(super) const END: &str = "END:VCALENDAR\r\n";

/// The most an INTEGER of RFC 5545 holds.
const INTEGER_MAX: u64 = i32::MAX.unsigned_abs() as u64;

/// Writes a text, if there is any.
pub(super) fn text(name: &str, value: &str, out: &mut String) {
    if !value.is_empty() {
        fold(&format!("{name}:{}", escape(value)), out);
    }
}

pub(super) fn status(status: Status, out: &mut String) {
    let word = match status {
        Status::Pending => "NEEDS-ACTION",
        Status::InProgress => "IN-PROCESS",
        Status::Completed => "COMPLETED",
        Status::Cancelled => "CANCELLED",
    };
    fold(&format!("STATUS:{word}"), out);
}

/// 1 is the highest of 9, 5 the middle.
pub(super) fn priority(priority: Priority, out: &mut String) {
    let number = match priority {
        Priority::None => return,
        Priority::Low => 9,
        Priority::Medium => 5,
        Priority::High => 3,
        Priority::Urgent => 1,
    };
    fold(&format!("PRIORITY:{number}"), out);
}

pub(super) fn categories(tags: &[String], out: &mut String) {
    if !tags.is_empty() {
        let tags: Vec<String> = tags.iter().map(|tag| escape(tag)).collect();
        fold(&format!("CATEGORIES:{}", tags.join(",")), out);
    }
}

pub(super) fn sequence(version: u64, out: &mut String) {
    fold(&format!("SEQUENCE:{}", version.min(INTEGER_MAX)), out);
}

/// The parameters and the value of a day.
pub(super) fn day(date: NaiveDate) -> String {
    format!(";VALUE=DATE:{}", date.format("%Y%m%d"))
}

/// The parameters and the value of a time in a zone, which a VTIMEZONE must describe.
pub(super) fn in_zone(at: NaiveDateTime, zone: Tz) -> String {
    format!(";TZID={}:{}", zone.name(), wall(at))
}

pub(super) fn utc(at: DateTime<Utc>) -> String {
    format!("{}Z", wall(at.naive_utc()))
}

pub(super) fn wall(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}
