//! Finds the pieces of a line that mean something.

use chrono::NaiveDateTime;

use super::line::{DASHES, Line};
use super::moment::{self, BLOCKERS, Moment};
use super::reminders::{self, Remind};
use super::repeat::{self, Repeat};
use super::tokens::Token;
use super::{marks, words, yearly};
use crate::task::Priority;

/// What a piece of the line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Moment(Moment),
    Repeat(Repeat),
    /// Where a recurrence starts, apart from it.
    Start(Moment),
    /// Where a recurrence ends, apart from it.
    Until(Moment),
    Priority(Priority),
    Tag(String),
    Reminder(Remind),
    /// What looks like a recurrence and is none: a part of the title.
    Unsaid,
}

/// A piece and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its first word.
    pub(super) first: usize,
    /// The word behind it.
    pub(super) next: usize,
    pub(super) piece: Piece,
}

/// The pieces of a line, in their order. Where a recurrence starts or ends means nothing without one.
pub(super) fn pieces(text: &str, tokens: &[Token], now: NaiveDateTime) -> Vec<Found> {
    let found = scan(text, tokens, now, true);
    if found.iter().any(|found| matches!(found.piece, Piece::Repeat(_))) {
        return found;
    }
    scan(text, tokens, now, false)
}

fn scan(text: &str, tokens: &[Token], now: NaiveDateTime, has_bounds: bool) -> Vec<Found> {
    let mut line = Line::new(text, tokens, now);
    let mut found: Vec<Option<Found>> = vec![None; tokens.len()];
    // From the end, so that what comes behind a word is known when the word is judged.
    for at in (0..tokens.len()).rev() {
        if let Some((piece, next)) = piece(&line, at, has_bounds) {
            line.set_begins(at);
            found[at] = Some(Found { first: at, next, piece });
        }
    }
    in_order(&line, found)
}

/// The pieces from left to right, none within another, without those that belong to the title.
fn in_order(line: &Line<'_>, mut found: Vec<Option<Found>>) -> Vec<Found> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < found.len() {
        let Some(piece) = found[at].take() else {
            at += 1;
            continue;
        };
        at = piece.next;
        // The `before` of "remind me 30 min before friday 5pm" belongs to the reminder, and friday is when the task is due.
        let is_reminded_of = pieces.last().is_some_and(|last: &Found| ends_reminder(last, piece.first));
        if !matches!(piece.piece, Piece::Moment(_)) {
            pieces.push(piece);
        } else if let Some(next) = range_end(line, &found, piece.next) {
            at = next;
        } else if is_reminded_of || !is_title(line, piece.first) {
            pieces.push(piece);
        }
    }
    pieces
}

fn ends_reminder(found: &Found, at: usize) -> bool {
    found.next == at && matches!(found.piece, Piece::Reminder(Remind::Before(_)))
}

/// Whether the word before says that a moment belongs to the title: `until friday`, and the second day of `sat and sun`.
fn is_title(line: &Line<'_>, at: usize) -> bool {
    let before = line.word_before(at);
    let is_list = matches!(before, "and" | "or" | "&") && at > 1 && words::weekday(line.word(at - 2)).is_some();
    is_list || BLOCKERS.contains(&before)
}

/// Behind the second half of `monday to friday`, `3pm - 4pm`, `monday and friday`: a task has no length and one due date, so
/// these stay in the title.
fn range_end(line: &Line<'_>, found: &[Option<Found>], at: usize) -> Option<usize> {
    let is_range = line.is(at, &["to", "until", "till", "through", "thru", "and", "or", "&"]) || line.is(at, DASHES);
    let second = found.get(at + 1)?.as_ref().filter(|found| is_range && matches!(found.piece, Piece::Moment(_)))?;
    Some(second.next)
}

fn piece(line: &Line<'_>, at: usize, has_bounds: bool) -> Option<(Piece, usize)> {
    if let Some((priority, next)) = marks::priority(line, at) {
        return Some((Piece::Priority(priority), next));
    }
    if let Some((tag, next)) = marks::tag(line, at) {
        return Some((Piece::Tag(tag), next));
    }
    if let Some((remind, next)) = reminders::reminder(line, at) {
        return Some((Piece::Reminder(remind), next));
    }
    if let Some((repeat, next)) = repeat::repeat(line, at) {
        return Some((Piece::Repeat(repeat), next));
    }
    if let Some(next) = yearly::unsaid(line, at) {
        return Some((Piece::Unsaid, next));
    }
    if has_bounds && let Some((start, next)) = repeat::start(line, at) {
        return Some((Piece::Start(start), next));
    }
    if has_bounds && let Some((until, next)) = repeat::until(line, at) {
        return Some((Piece::Until(until), next));
    }
    moment::loose(line, at).map(|(moment, next)| (Piece::Moment(moment), next))
}
