//! Occurrences in a time zone.
//!
//! Rules count in wall time; the zone says which instants that makes. Where clocks skip a wall time, its occurrence comes as much later
//! as they skip, and where they show it twice, the first time (RFC 5545 section 3.3.5). So between them a rule may name an
//! instant twice, or name a later one first: HOURLY over a gap from 02:00 to 03:00 has 02:00, which comes at 03:00, and 03:00. Here each instant comes
//! once, and they come in order.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::rule::{Next, Rule, Until};
use crate::time::utc_of_wall;

/// Where a rule starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// All day, in no zone: its occurrences are days, given as their midnights.
    Day(NaiveDate),
    /// A wall time in a zone.
    At(NaiveDateTime, Tz),
}

/// What an occurrence must be later than.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// A wall time in the zone of the start, such as that of the occurrence before. Of a start that is a day, the day it names.
    Wall(NaiveDateTime),
    /// An instant. Of a start that is a day, its day in UTC.
    Instant(DateTime<Utc>),
}

/// An occurrence of a rule, from which others are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// Which one.
    pub at: Start,
    /// How many come before it, as COUNT counts.
    pub before: u32,
    /// Whether the rule has come to it. Then one that clocks skipped may be still to come, although its wall time is before this one's;
    /// nothing is before the first one.
    pub is_reached: bool,
}

/// The first occurrence later than `after` of the rule that starts at `start`. UNTIL and COUNT are both applied.
///
/// See [`Rule::next_after`], and the page above for what the zone has to do with it. COUNT counts what the rule makes in wall time.
#[must_use]
pub fn next(rule: &Rule, start: Start, after: After) -> Option<Next> {
    next_from(rule, Base { at: start, before: 0, is_reached: false }, after)
}

/// The first occurrence later than `after`, found from one that is known; its steps are counted from that one.
///
/// From one to the next so, a series comes to the same occurrences as [`next()`] finds from its start.
#[must_use]
pub fn next_from(rule: &Rule, base: Base, after: After) -> Option<Next> {
    match base.at {
        Start::Day(day) => next_day(rule, day, after, base.before),
        Start::At(start, zone) => next_instant(rule, (start, zone), after, base),
    }
}

fn next_day(rule: &Rule, start: NaiveDate, after: After, before: u32) -> Option<Next> {
    let after = match after {
        After::Wall(wall) => wall.date(),
        After::Instant(instant) => instant.date_naive(),
    };
    let end_of_day = after.succ_opt()?.and_time(NaiveTime::MIN) - Duration::seconds(1);
    let ended = |until, at: NaiveDateTime| match until {
        Until::Day(day) => at.date() > day,
        Until::Instant(instant) => at.date() > instant.date_naive(),
    };
    let next = rule.next_after(start.and_time(NaiveTime::MIN), end_of_day, ended)?;
    within_count(rule, before, Next { at: next.at.date().and_time(NaiveTime::MIN), ..next })
}

fn next_instant(rule: &Rule, (start, zone): (NaiveDateTime, Tz), after: After, base: Base) -> Option<Next> {
    let passed = match after {
        After::Wall(wall) => utc_of_wall(wall, zone),
        After::Instant(instant) => instant,
    };
    // An instant ends the rule below, where one that comes late is passed over and ends nothing.
    let ended = |until, at: NaiveDateTime| matches!(until, Until::Day(day) if at.date() > day);
    let is_over = |instant| matches!(rule.until(), Some(Until::Instant(until)) if instant > until);
    // The first one has come, whether or not the rule meets it: what is still to come stands behind it.
    let is_before_second = |next: Next| next.at < start && i64::from(base.before).saturating_add(next.steps) < 1;
    // An occurrence that was skipped may be still to come, although clocks are past its wall time already.
    let wall = passed.with_timezone(&zone).naive_local().checked_sub_signed(skipped_lately(passed, zone))?;
    let mut best: Option<(DateTime<Utc>, Next)> = None;
    let mut candidate =
        if base.is_reached { rule.next_around(start, wall, ended) } else { rule.next_after(start, wall, ended) };
    while let Some(next) = candidate.and_then(|next| within_count(rule, base.before, next)) {
        let instant = utc_of_wall(next.at, zone);
        if instant > passed {
            // Of two that come at the same instant, the one that clocks show.
            if best.is_none_or(|(earliest, _)| instant <= earliest) && !is_over(instant) && !is_before_second(next) {
                best = Some((instant, next));
            }
            // Beyond one that clocks show nothing is earlier; before it there may be skipped ones that come later.
            if instant.with_timezone(&zone).naive_local() == next.at {
                break;
            }
        }
        candidate = rule.following(start, next, ended);
    }
    best.map(|(_, next)| next)
}

/// How far clocks jumped forward within the day before `instant`.
fn skipped_lately(instant: DateTime<Utc>, zone: Tz) -> Duration {
    let offset_seconds =
        |time: DateTime<Utc>| i64::from(zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc());
    // The longest gap on record is a whole day.
    let before = instant.checked_sub_signed(Duration::days(1)).unwrap_or(instant);
    Duration::seconds((offset_seconds(instant) - offset_seconds(before)).max(0))
}

fn within_count(rule: &Rule, before: u32, next: Next) -> Option<Next> {
    let is_within = |count: u32| i64::from(before).saturating_add(next.steps) < i64::from(count);
    rule.count().is_none_or(is_within).then_some(next)
}
