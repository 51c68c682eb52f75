//! Decides between the pieces of a line and puts the answer together.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::reminders::Remind;
use super::repeat::End;
use super::scan::{Found, Piece};
use super::schedule::Here;
use super::title::{tidy, title};
use super::tokens::Token;
use super::{Part, PartKind, Quick, QuickReminder};
use crate::limits::TAGS_MAX;
use crate::task::Due;

/// Most reminders that one line makes.
const REMINDERS_MAX: usize = 10;

/// What each piece was read as; `None` while it is not taken, so that it stays in the title.
type ReadAs = Vec<Option<(PartKind, String)>>;

/// The answer for a line and the pieces found in it.
pub(super) fn assemble(text: &str, tokens: &[Token], found: &[Found], here: Here) -> Quick {
    let mut quick = Quick::default();
    let mut read_as: ReadAs = vec![None; found.len()];
    take_tags(found, &mut quick, &mut read_as);
    take_priority(found, &mut quick, &mut read_as);
    if !take_recurrence(found, here, &mut quick, &mut read_as) {
        take_due(found, here, &mut quick, &mut read_as);
    }
    take_reminders(found, here, &mut quick, &mut read_as);
    quick.understood = parts(text, tokens, found, read_as);
    let taken: Vec<(usize, usize)> = quick.understood.iter().map(|part| (part.start, part.end)).collect();
    quick.title = title(text, tokens, &taken);
    if !quick.title.chars().any(crate::text::is_visible) {
        quick.title = tidy(text);
    }
    quick
}

fn take_tags(found: &[Found], quick: &mut Quick, read_as: &mut ReadAs) {
    for (at, piece) in found.iter().enumerate() {
        let Piece::Tag(tag) = &piece.piece else { continue };
        let is_new = !quick.tags.contains(tag);
        if is_new && quick.tags.len() == TAGS_MAX {
            continue;
        }
        if is_new {
            quick.tags.push(tag.clone());
        }
        read_as[at] = Some((PartKind::Tag, tag.clone()));
    }
}

/// Of several the last counts.
fn take_priority(found: &[Found], quick: &mut Quick, read_as: &mut ReadAs) {
    for (at, piece) in found.iter().enumerate().rev() {
        if let Piece::Priority(priority) = piece.piece {
            quick.priority = Some(priority);
            read_as[at] = Some((PartKind::Priority, priority.to_string()));
            return;
        }
    }
}

/// The day and the time that are told apart from a recurrence, and the pieces they are in.
#[derive(Default)]
struct Apart {
    date: Option<(usize, NaiveDate)>,
    time: Option<(usize, NaiveTime)>,
}

/// Of several days the one that `by`, `due` or `on` introduces counts, else the last; its time with it. A time by itself
/// counts where the day has none.
fn apart(found: &[Found]) -> Apart {
    let moments = || {
        found.iter().enumerate().filter_map(|(at, found)| match found.piece {
            Piece::Moment(moment) => Some((at, moment)),
            _ => None,
        })
    };
    // The last one of several that are the greatest.
    let dated = moments().filter(|(_, moment)| moment.date.is_some()).max_by_key(|(_, moment)| moment.telling);
    let timed = moments().filter(|(_, moment)| moment.date.is_none()).max_by_key(|(_, moment)| moment.telling);
    let date = dated.and_then(|(at, moment)| Some((at, moment.date?)));
    let time_of = |(at, moment): (usize, super::moment::Moment)| Some((at, moment.time?));
    Apart { date, time: dated.and_then(time_of).or_else(|| timed.and_then(time_of)) }
}

fn take_due(found: &[Found], here: Here, quick: &mut Quick, read_as: &mut ReadAs) {
    let Apart { date, time } = apart(found);
    quick.due = here.due(date.map(|(_, date)| date), time.map(|(_, time)| time));
    let Some(due) = quick.due else { return };
    for at in [date.map(|(at, _)| at), time.map(|(at, _)| at)].into_iter().flatten() {
        read_as[at] = Some((PartKind::Due, due_text(due)));
    }
}

/// The last recurrence, with what is told of it elsewhere. False where there is none that can be followed.
fn take_recurrence(found: &[Found], here: Here, quick: &mut Quick, read_as: &mut ReadAs) -> bool {
    let last = |is: fn(&Piece) -> bool| found.iter().rposition(|found| is(&found.piece));
    let Some(repeat_at) = last(|piece| matches!(piece, Piece::Repeat(_))) else { return false };
    let Piece::Repeat(repeat) = &found[repeat_at].piece else { return false };
    let start_at = last(|piece| matches!(piece, Piece::Start(_))).filter(|_| repeat.start.is_none());
    let until_at = last(|piece| matches!(piece, Piece::Until(_))).filter(|_| repeat.end.is_none());
    let start = start_at.and_then(|at| moment_of(&found[at])).or(repeat.start);
    let until = until_at.and_then(|at| moment_of(&found[at])).map(End::On).or(repeat.end);
    let Apart { date, time } = apart(found);
    // What the recurrence says itself comes first; what stands apart then is part of the title.
    let date = date.filter(|_| start.is_none_or(|start| start.date.is_none()));
    let told = repeat.time.or(start.and_then(|start| start.time));
    let time = time.filter(|(at, _)| {
        told.is_none() && (date.is_some_and(|(of_date, _)| of_date == *at) || is_timed_only(&found[*at]))
    });
    let first_date = start.and_then(|start| start.date).or(date.map(|(_, date)| date));
    let first_time = told.or(time.map(|(_, time)| time));
    let Some((due, rrule)) = here.recurrence(repeat, until, first_date, first_time) else { return false };
    for at in [Some(repeat_at), start_at, until_at].into_iter().flatten() {
        read_as[at] = Some((PartKind::Recurrence, rrule.clone()));
    }
    for at in [date.map(|(at, _)| at), time.map(|(at, _)| at)].into_iter().flatten() {
        read_as[at] = Some((PartKind::Due, due_text(due)));
    }
    let has_days = matches!(due, Due::Date { .. }) && here.zone != Tz::UTC;
    quick.zone_of_days = has_days.then_some(here.zone);
    (quick.due, quick.rrule, quick.from) = (Some(due), Some(rrule), repeat.from);
    true
}

fn moment_of(found: &Found) -> Option<super::moment::Moment> {
    match found.piece {
        Piece::Start(moment) | Piece::Until(moment) | Piece::Moment(moment) => Some(moment),
        _ => None,
    }
}

fn is_timed_only(found: &Found) -> bool {
    moment_of(found).is_some_and(|moment| moment.date.is_none())
}

fn take_reminders(found: &[Found], here: Here, quick: &mut Quick, read_as: &mut ReadAs) {
    for (at, piece) in found.iter().enumerate() {
        let Piece::Reminder(remind) = &piece.piece else { continue };
        let reminder = match remind {
            Remind::Before(duration) => quick.due.map(|_| QuickReminder::BeforeDue(duration.clone())),
            Remind::At(moment) => here.reminder(*moment, quick.due).map(|time| QuickReminder::At(time, here.zone)),
        };
        let Some(reminder) = reminder else { continue };
        let is_new = !quick.reminders.contains(&reminder);
        if is_new && quick.reminders.len() == REMINDERS_MAX {
            continue;
        }
        read_as[at] = Some((PartKind::Reminder, reminder.to_string()));
        if is_new {
            quick.reminders.push(reminder);
        }
    }
}

fn parts(text: &str, tokens: &[Token], found: &[Found], read_as: ReadAs) -> Vec<Part> {
    found
        .iter()
        .zip(read_as)
        .filter_map(|(found, read_as)| {
            let (kind, read_as) = read_as?;
            let (first, last) = (tokens.get(found.first)?, tokens.get(found.next.checked_sub(1)?)?);
            let (before, piece) = (text.get(..first.start)?, text.get(first.start..last.end)?);
            let start_utf16 = before.encode_utf16().count();
            let end_utf16 = start_utf16 + piece.encode_utf16().count();
            let (start, end, text) = (first.start, last.end, piece.to_owned());
            Some(Part { start, end, start_utf16, end_utf16, text, kind, read_as })
        })
        .collect()
}

/// As [`super::parse`] reads it back.
fn due_text(due: Due) -> String {
    match due {
        Due::Date { due_date } => due_date.to_string(),
        Due::At { due_at, .. } => due_at.format("%Y-%m-%dT%H:%M:%S").to_string(),
    }
}
