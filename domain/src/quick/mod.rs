//! One line of text that says of a task what the fields of the API would: `pay rent every month on the 1st 9am #home !high`.
//!
//! [`parse`] is pure: the time and the zone of whoever wrote the line are arguments. What it understood is in
//! [`Quick::understood`], piece by piece; what it did not stays in the title. It knows English, as Todoist's and Taskwarrior's
//! documentation promise it; where these two differ from each other or from what follows, `domain/testdata/quick/README.md`
//! says so, and the phrases beside it are the tests.
//!
//! # Days
//! - A day of the week is the next one of its name, never today. `this friday` may be today. `next friday` is the one in the
//!   next week, and so is `friday next week`; a week begins on Monday.
//! - `next week`, `next month`, `next quarter` and `next year` are their first days; a month without a day is its first;
//!   `mid january` is the 15th; `weekend` is Saturday.
//! - A day without a year is the first that has not passed; `the 15th` is the first in a month that has it. Both may be today.
//! - `2026-12-01` and `2026/12/01` have the year first; with dots and dashes the day is first (`27.1.2027`), with slashes the
//!   month (`1/27/2027`), unless that is no month (`27/1`). A year of two digits is of this century.
//! - `end of month`, `start of next week`, `last day of january`, `first monday of the month`; of what begins it is the next
//!   beginning. `eod`, `eow`, `eom`, `eoq`, `eoy`, `sow`, `socm`, `eonw` … are Taskwarrior's; an end is the whole last day.
//! - `in 3 days`, `3 days from now`, `+3 days`, `in 3 working days`, `a week from friday`. Months and years keep the day, or
//!   take the last one of a shorter month. In minutes and hours it is a time.
//!
//! # Times
//! - A time without a day is today's if it is still ahead, else tomorrow's; with a day it is that day's, even if it has passed.
//! - `at 9` and `17:00` are on a clock of 24 hours: `at 5` is in the morning, `at 5pm` and `at 5 in the afternoon` are not.
//! - `morning` is 9:00, `afternoon` and `noon` 12:00, `evening` and `tonight` 19:00, `night` 22:00; `midnight` is the 0:00 that
//!   the day begins with.
//!
//! # Recurrences
//! - `every`, `ev` or `each`, with days, units, ordinals or months behind; `daily` and its like; `on mondays`; `on the 1st of
//!   every month`; `recur:`. Behind them, in any order: a time, `on` with days, `starting` or `from`, and `until`, `ending`,
//!   `for 3 weeks`, `for 5 times` or `x5`. A time, a day to start with and an end may also stand elsewhere.
//! - The due date is the first day that meets the rule, from the start or now on. Hours and minutes begin with this minute.
//! - `every 3rd friday` is the third of the month, `every 3rd week` each third week, `every other friday` each second one.
//! - `until` includes its day, and `until june` its first. `for 3 weeks` counts from the first occurrence.
//! - `every!`, `after 3 days` and `3 days after completion` count from completion.
//! - What no single rule can say is not understood: `every 3 workdays`, `every 29 feb, 15 apr`.
//!
//! # Marks and reminders
//! - `#home`, `@waiting`, `+garden` are tags; they begin with a letter. `!low` to `!urgent`, `p1` (urgent) to `p4` (none), `!!1`
//!   to `!!4`, `priority:H`.
//! - `remind me` or `reminder` or `!`, and behind it a time or a length of time with `before`. A time alone is on the day the
//!   task is due if that is still ahead. A length of time needs a due date.
//!
//! # What is taken
//! How sure words must be is written beside each form, as `Hold`:
//! - What means nothing else is taken anywhere: `tomorrow`, `friday`, `27 jan`, `5pm`, `in 3 days`, `in june`.
//! - What is also another word or number is taken behind `on`, `by` or `due`, or where its clause ends, which is at the end of
//!   the line, before punctuation, and before the next piece that is understood: `sat`, `june`, `at 9`, `daily`, `1/27`, `the 1st`;
//!   the last only there. So `buy the 1st edition`, `look at 9 houses` and `write the weekly report` keep their words.
//! - `may`, `march` and `27.1` want the word before them, `soy` and `sow` want `by` or `due:`. A bare `5 days` must end its clause,
//!   and nothing may stand before it that makes it how long something lasts.
//! - Nothing is taken behind `until`, `before`, `after`, `since`, `from`, `of` and the like, which only a recurrence gives a meaning;
//!   nor names of days behind an article or in `Black Friday`; nor a range or a list of days or times without `every`: a task has
//!   one due date. `for` is passed over only before what ends its clause: `for friday`, but `for friday dinners`.
//! - Of two dates the one behind `by`, `due` or `on` counts, else the last, and of two priorities the last; the other stays.
//! - A part in double quotes and a word behind a backslash mean nothing; the backslash goes, the quotes stay.
//!
//! # Why no crate
//! interim (which took over from chrono-english) and two_timer read a text that is a date and nothing else. date_time_parser finds a
//! date or a time among other words, of far fewer forms, and does not say which words it took, so that they could not leave
//! the title. None of them knows recurrences, nor tells how sure it is of a word; and rules such as "a time alone is
//! tomorrow's if it has passed" are theirs to make, not ours. All that is above would have been left to do.

mod line;
mod tokens;
mod words;

mod calendar;
mod dates;
mod hold;
mod moment;
mod named;
mod numeric;
mod spans;
mod times;

mod days;
mod repeat;
mod rule;
mod yearly;

mod marks;
mod reminders;

mod scan;

mod assemble;
mod schedule;
mod title;

mod request;
pub use request::QuickRequest;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod phrases;

use std::fmt;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use crate::task::{Due, Priority, RecurFrom};
use crate::time::IsoDuration;

/// What a line of text says of a task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quick {
    /// What is left, its white space tidied; the whole text where all of it was understood, so that it is empty only if the
    /// text was. Not checked against the limits of a title.
    pub title: String,
    /// When it is due; always there with a rule, whose first occurrence it is.
    pub due: Option<Due>,
    /// How it repeats: an RFC 5545 rule without `RRULE:`, which a task takes.
    pub rrule: Option<String>,
    /// What the next occurrence counts from.
    pub from: RecurFrom,
    /// Where it repeats on whole days: the zone whose days these are, unless that is UTC.
    pub zone_of_days: Option<Tz>,
    /// How much it matters, where the text says so.
    pub priority: Option<Priority>,
    /// Tags in the order of the text, no two the same, as many as a task takes.
    pub tags: Vec<String>,
    /// Reminders in the order of the text, no two the same. One before the due date is there only with a due date.
    pub reminders: Vec<QuickReminder>,
    /// The pieces that were understood, in the order of the text, none within another.
    pub understood: Vec<Part>,
}

/// When a reminder is to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuickReminder {
    /// So long before the task is due.
    BeforeDue(IsoDuration),
    /// At a wall time in a zone.
    At(NaiveDateTime, Tz),
}

impl fmt::Display for QuickReminder {
    /// As [`parse`] reads it back behind `remind me`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeDue(duration) => write!(f, "{duration} before"),
            Self::At(time, _) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

/// A piece of the text that was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Part {
    /// First byte of it in the text, which is UTF-8.
    #[schema(example = 9)]
    pub start: usize,
    /// Behind its last byte.
    #[schema(example = 17)]
    pub end: usize,
    /// As `start`, in code units of UTF-16: what JavaScript counts the text in.
    #[schema(example = 9)]
    pub start_utf16: usize,
    /// As `end`, in code units of UTF-16.
    #[schema(example = 17)]
    pub end_utf16: usize,
    /// The piece as it was written.
    #[schema(example = "tomorrow")]
    pub text: String,
    /// What it says something of.
    pub kind: PartKind,
    /// What it was read as: a date or a wall time, a rule, a priority, a tag, or when a reminder rings. Pieces that only
    /// together say when the task is due have the same here.
    #[schema(example = "2026-11-26")]
    pub read_as: String,
}

/// What a piece of text says something of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// When the task is due.
    Due,
    /// How it repeats.
    Recurrence,
    /// How much it matters.
    Priority,
    /// One tag.
    Tag,
    /// One reminder.
    Reminder,
}

/// Reads a line of text. `now` is what clocks in `zone` show, which is the zone of whoever wrote it.
#[must_use]
pub fn parse(text: &str, now: NaiveDateTime, zone: Tz) -> Quick {
    let tokens = tokens::cut(text);
    let found = scan::pieces(text, &tokens, now);
    assemble::assemble(text, &tokens, &found, schedule::Here { now, zone })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{TAG_MAX_CHARS, TAGS_MAX};
    use serde_json::json;

    fn read(text: &str) -> Quick {
        parse(text, phrases::now(), Tz::Europe__Berlin)
    }

    #[test]
    fn given_a_line_when_parsed_then_its_pieces_say_where_they_stand_and_what_they_were_read_as() {
        let quick = read("Müll raus morgens every friday 7am, remind me 1 hour before #haus !low");
        assert_eq!(
            serde_json::to_value(&quick.understood).unwrap(),
            json!([
                {"start": 19, "end": 35, "start_utf16": 18, "end_utf16": 34, "text": "every friday 7am", "kind": "recurrence", "read_as": "FREQ=WEEKLY;BYDAY=FR"},
                {"start": 37, "end": 60, "start_utf16": 36, "end_utf16": 59, "text": "remind me 1 hour before", "kind": "reminder", "read_as": "PT1H before"},
                {"start": 61, "end": 66, "start_utf16": 60, "end_utf16": 65, "text": "#haus", "kind": "tag", "read_as": "haus"},
                {"start": 67, "end": 71, "start_utf16": 66, "end_utf16": 70, "text": "!low", "kind": "priority", "read_as": "low"},
            ])
        );
        assert_eq!(quick.title, "Müll raus morgens");
    }

    #[test]
    fn given_a_line_with_what_two_code_units_stand_for_when_parsed_then_the_places_in_utf_16_are_those_of_the_text() {
        let text = "🎂 Zoë 🎁 tomorrow 🧁 #öl";
        let units: Vec<u16> = text.encode_utf16().collect();
        let quick = read(text);
        for part in &quick.understood {
            assert_eq!(String::from_utf16(&units[part.start_utf16..part.end_utf16]).unwrap(), part.text);
            assert_eq!(text[part.start..part.end], part.text);
        }
        let places: Vec<_> = quick.understood.iter().map(|part| (part.start, part.start_utf16)).collect();
        assert_eq!(places, [(15, 10), (29, 22)]);
    }

    #[test]
    fn given_a_day_and_a_time_apart_when_parsed_then_both_pieces_say_when_it_is_due() {
        let quick = read("at 17:00 call Bob by friday");
        let read_as: Vec<&str> = quick.understood.iter().map(|part| part.read_as.as_str()).collect();
        assert_eq!(read_as, ["2026-11-27T17:00:00"; 2]);
    }

    #[test]
    fn given_tags_that_no_task_takes_when_parsed_then_they_stay_in_the_title() {
        let long = "x".repeat(TAG_MAX_CHARS + 1);
        let quick = read(&format!("call #{long}"));
        assert_eq!((quick.title, quick.tags), (format!("call #{long}"), vec![]));
        let many: Vec<String> = (0..=TAGS_MAX).map(|number| format!("#t{number}")).collect();
        let quick = read(&format!("call {} #t0", many.join(" ")));
        assert_eq!((quick.title, quick.tags.len()), (format!("call #t{TAGS_MAX}"), TAGS_MAX));
    }

    #[test]
    fn given_a_tag_in_another_spelling_of_unicode_when_parsed_then_it_is_the_same_tag() {
        assert_eq!(read("call #caf\u{e9} #cafe\u{301}").tags, ["caf\u{e9}"]);
    }
}
