//! Reminders: `remind me 30 min before`, `!1 day before`, `reminder at 8am`, `remind me tomorrow at 9`.

use super::line::Line;
use super::moment::{Moment, told};
use super::spans::span;
use super::words::{Span, Unit};
use crate::time::IsoDuration;

/// What words say of a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Remind {
    /// So long before the task is due.
    Before(IsoDuration),
    /// At a time, which may leave its day to the task.
    At(Moment),
}

/// The reminder that begins at `at`.
pub(super) fn reminder(line: &Line<'_>, at: usize) -> Option<(Remind, usize)> {
    let from = introduction(line, at)?;
    if let Some((duration, next)) = before(line, from) {
        return Some((Remind::Before(duration), next));
    }
    let (moment, next) = told(line, from)?;
    // Of "remind me tomorrow to call Bob" the task is to call Bob.
    let to = if line.is_edge(next) { next } else { line.skip(next, &["to"]) };
    Some((Remind::At(moment), to))
}

/// Behind `remind me`, `and remind me`, `with a reminder`, `remind:`, `!`.
fn introduction(line: &Line<'_>, at: usize) -> Option<usize> {
    let from = line.phrase(at, &["with", "a"]).unwrap_or_else(|| line.skip(at, &["and", "with"]));
    let behind = match line.word(from) {
        "remind" => line.skip(from + 1, &["me"]),
        "reminder" | "remind:" => from + 1,
        "!" if from == at => from + 1,
        _ => return None,
    };
    Some(line.skip(behind, &["on"]))
}

/// `30 min before`, `1 hour and 30 minutes before it is due`.
fn before(line: &Line<'_>, at: usize) -> Option<(IsoDuration, usize)> {
    let (mut seconds, mut next) = the_unit(line, at).or_else(|| length(line, at))?;
    if let Some((more, behind)) = length(line, line.skip(next, &["and", "&"])) {
        seconds = seconds.checked_add(more)?;
        next = behind;
    }
    let next = match line.word(next) {
        "before" | "earlier" | "early" | "prior" => next + 1,
        "in" => line.phrase(next, &["in", "advance"])?,
        _ => return None,
    };
    let next = line.phrase(next, &["it", "is", "due"]).unwrap_or_else(|| line.skip(next, &["due"]));
    Some((iso(seconds)?, next))
}

/// A length of time in seconds. Taskwarrior's `m` are months, of which no reminder is; here they are minutes.
fn length(line: &Line<'_>, at: usize) -> Option<(i64, usize)> {
    let minutes = line.word(at).strip_suffix('m').and_then(super::words::number);
    if let Some(count) = minutes {
        return Some((Span { count, unit: Unit::Minute }.seconds()?, at + 1));
    }
    let (span, next) = span(line, at)?;
    Some((span.seconds()?, next))
}

/// `the day`, as in "the day before".
fn the_unit(line: &Line<'_>, at: usize) -> Option<(i64, usize)> {
    let unit = line.phrase(at, &["the"])?;
    Some((super::words::unit(line.word(unit))?.seconds()?, unit + 1))
}

/// In the largest unit that it is a whole number of.
fn iso(seconds: i64) -> Option<IsoDuration> {
    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    let text = match seconds {
        _ if seconds % DAY == 0 => format!("P{}D", seconds / DAY),
        _ if seconds % HOUR == 0 => format!("PT{}H", seconds / HOUR),
        _ => format!("PT{}M", seconds / 60),
    };
    text.try_into().ok()
}
