//! A date, a time or both, in either order, with the word that introduces them.

use chrono::{NaiveDate, NaiveTime};

use super::dates::{DateFound, date};
use super::hold::{Hold, Telling};
use super::line::Line;
use super::times::time;

/// What words say of a point in time: a day, a time of day, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) date: Option<NaiveDate>,
    pub(super) time: Option<NaiveTime>,
    /// What introduced it.
    pub(super) telling: Telling,
}

/// Words after which a date belongs to the title, since it is not when the task is due.
pub(super) const BLOCKERS: &[&str] = &[
    "until", "till", "til", "since", "after", "before", "from", "between", "during", "last", "past", "than", "of",
    "to", "not", "for", "except", "starting", "ending", "through", "thru",
];

/// The moment that begins at `at`, where it can stand among other words; and the word behind it.
pub(super) fn loose(line: &Line<'_>, at: usize) -> Option<(Moment, usize)> {
    let (telling, from) = telling(line, at);
    let (moment, next, hold) = read(line, from)?;
    // "for friday 7pm" is a time, "for the friday meeting" and "for friday dinners" are none.
    let is_edge = line.is_edge(next) || (telling == Telling::For && moment.time.is_some());
    hold.takes(telling, is_edge).then_some((Moment { telling, ..moment }, next))
}

/// The moment that begins at `at`, where the word before it says that one must.
pub(super) fn told(line: &Line<'_>, at: usize) -> Option<(Moment, usize)> {
    let (_, from) = telling(line, at);
    let (moment, next, hold) = read(line, from)?;
    hold.takes(Telling::Key, false).then_some((Moment { telling: Telling::Key, ..moment }, next))
}

fn telling(line: &Line<'_>, at: usize) -> (Telling, usize) {
    match line.word(at) {
        "due:" => (Telling::Key, at + 1),
        "due" => (Telling::Due, line.skip(at + 1, &["on", "by"])),
        "by" => (Telling::Due, at + 1),
        "on" => (Telling::On, at + 1),
        "for" => (Telling::For, at + 1),
        // Of "at 9" the word belongs to the time.
        "at" if date(line, at + 1).is_some_and(|day| day.hold == Hold::Firm && day.time.is_none()) => {
            (Telling::On, at + 1)
        }
        _ => (Telling::Nothing, at),
    }
}

fn read(line: &Line<'_>, at: usize) -> Option<(Moment, usize, Hold)> {
    match date(line, at) {
        Some(found) => Some(with_time(line, found)),
        None => time_first(line, at),
    }
}

/// A date and the time behind it: `tomorrow at 9`, `friday evening`, `this evening at 8`.
fn with_time(line: &Line<'_>, found: DateFound) -> (Moment, usize, Hold) {
    let mut moment = Moment { date: Some(found.date), time: found.time, telling: Telling::Nothing };
    let (mut next, mut hold) = (found.next, found.hold);
    // A part of the day may have its time told behind it.
    for _ in 0..2 {
        let behind = time(line, next).filter(|behind| behind.hold != Hold::After || !line.stops_before(next));
        let Some(behind) = behind else { break };
        moment.time = Some(behind.time);
        next = behind.next;
        let confirms = behind.hold == Hold::Firm && matches!(hold, Hold::Edge | Hold::Clause | Hold::Told);
        hold = if confirms { Hold::Firm } else { hold };
        if behind.hold != Hold::After {
            break;
        }
    }
    (moment, next, hold)
}

/// A time and perhaps the date behind it: `5pm tomorrow`, `at 9 on friday`.
fn time_first(line: &Line<'_>, at: usize) -> Option<(Moment, usize, Hold)> {
    let found = time(line, at).filter(|found| found.hold != Hold::After)?;
    let alone = Moment { date: None, time: Some(found.time), telling: Telling::Nothing };
    let (telling, from) = telling(line, found.next);
    let with_date =
        date(line, from).filter(|day| day.time.is_none() && day.hold.takes(telling, line.is_edge(day.next)));
    Some(match with_date {
        Some(day) => (Moment { date: Some(day.date), ..alone }, day.next, Hold::Firm),
        None => (alone, found.next, found.hold),
    })
}
