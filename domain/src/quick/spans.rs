//! Lengths of time from now: `in 3 days`, `a week from now`, `+5 days`.

use super::dates::{DateFound, after, day_word, weekday};
use super::hold::Hold;
use super::line::Line;
use super::words::{self, Span, Unit};

/// A length of time and the word behind it: `3 days`, `a week`, `half an hour`, `2 working days`, `5d`.
pub(super) fn span(line: &Line<'_>, at: usize) -> Option<(Span, usize)> {
    if let Some(next) = line.phrase(at, &["half", "an", "hour"]) {
        return Some((Span { count: 30, unit: Unit::Minute }, next));
    }
    let word = line.word(at);
    if let Some(span) = words::iso_span(word) {
        return Some((words::scaled(1, span)?, at + 1));
    }
    // `5m` are months to some and minutes to others.
    if let Some(span) = words::glued_span(word).filter(|_| !word.ends_with('m')) {
        return Some((span, at + 1));
    }
    let (count, next) = counted(line, at)?;
    if line.is(next, &["business", "working", "work"]) && line.is(next + 1, &["day", "days"]) {
        return Some((words::scaled(count, Span { count: 1, unit: Unit::Workday })?, next + 2));
    }
    Some((words::scaled(count, words::unit(line.word(next))?)?, next + 1))
}

/// A number of things, and the word behind it.
pub(super) fn counted(line: &Line<'_>, at: usize) -> Option<(u32, usize)> {
    if let Some(next) = line.phrase(at, &["a", "couple", "of"]) {
        return Some((2, next));
    }
    match line.word(at) {
        "a" | "an" => Some((1, at + 1)),
        word => words::number(word).map(|count| (count, at + 1)),
    }
}

/// Words after which a length of time is how long something lasts.
const LASTING: &[&str] = &[
    "for", "of", "within", "takes", "take", "took", "over", "under", "about", "around", "than", "last", "past", "next",
    "only", "every", "each", "after", "before", "least", "most", "up", "to", "x",
];

/// A date that a length of time from now makes.
pub(super) fn later(line: &Line<'_>, at: usize) -> Option<DateFound> {
    if line.word(at) == "in" {
        let (span, next) = span(line, at + 1)?;
        return after(span, line, next, Hold::Firm);
    }
    if let Some(count) = line.word(at).strip_prefix('+') {
        let (span, next) = match words::number(count) {
            Some(count) => (words::scaled(count, words::unit(line.word(at + 1))?)?, at + 2),
            None => (words::glued_span(count)?, at + 1),
        };
        return after(span, line, next, Hold::Firm);
    }
    if let Some(found) = from_day(line, at) {
        return Some(found);
    }
    if let Some(next) = from_now(line, at + 1) {
        return after(words::unit(line.word(at))?, line, next, Hold::Firm);
    }
    let (span, next) = span(line, at)?;
    if let Some(next) = from_now(line, next) {
        return after(span, line, next, Hold::Firm);
    }
    let counts_days = !span.is_within_days() && words::number(line.word(at)).is_some();
    let hold = if counts_days && !LASTING.contains(&line.word_before(at)) { Hold::Bare } else { Hold::Spelled };
    after(span, line, next, hold)
}

/// `a week from friday`, `2 days from tomorrow`.
fn from_day(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let (span, next) = span(line, at)?;
    let from = line.phrase(next, &["from"])?;
    let day = day_word(line, from).or_else(|| weekday(line, from)).filter(|day| day.date > line.today())?;
    Some(DateFound::firm(span.after(day.date)?, day.next))
}

fn from_now(line: &Line<'_>, at: usize) -> Option<usize> {
    ["now", "today"].iter().find_map(|now| line.phrase(at, &["from", now]))
}
