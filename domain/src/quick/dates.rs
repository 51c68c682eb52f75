//! Dates in words: `tomorrow`, `next friday`, `27 jan`, `in 3 days`, `the 15th`.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};

use super::calendar::{self, Period};
use super::hold::Hold;
use super::line::Line;
use super::numeric::{coming, numeric};
use super::times::part_of_day;
use super::words::{self, Span, Unit};
use super::{named, spans};

/// A date that stands in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateFound {
    pub(super) date: NaiveDate,
    /// The time of that day, where the words tell it too: `in 2 hours`, `this evening`.
    pub(super) time: Option<NaiveTime>,
    /// The word behind it.
    pub(super) next: usize,
    pub(super) hold: Hold,
}

impl DateFound {
    pub(super) const fn firm(date: NaiveDate, next: usize) -> Self {
        Self::new(date, next, Hold::Firm)
    }

    pub(super) const fn new(date: NaiveDate, next: usize, hold: Hold) -> Self {
        Self { date, time: None, next, hold }
    }
}

/// The date that begins at `at`.
pub(super) fn date(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let today = line.today();
    if let Some(found) = numeric(line.word(at), today) {
        // The dot of `27.1.` was cut off as punctuation; it tells a date from a version.
        let hold = if found.hold == Hold::Told && line.token(at).is_some_and(|token| token.dot) {
            Hold::Firm
        } else {
            found.hold
        };
        return Some(DateFound { time: found.time, ..DateFound::new(found.date, at + 1, hold) });
    }
    day_word(line, at)
        .or_else(|| spans::later(line, at))
        .or_else(|| weekday(line, at))
        .or_else(|| this_or_next(line, at))
        .or_else(|| day_of_month(line, at))
        .or_else(|| named::boundary(line, at))
        .or_else(|| month(line, at))
        .or_else(|| ordinal(line, at))
        .or_else(|| named::short(line, at))
}

/// `today`, `tomorrow`, `tonight`, `day after tomorrow`.
pub(super) fn day_word(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let today = line.today();
    let in_days = |days: u64| today.checked_add_days(Days::new(days));
    let from = line.skip(at, &["the"]);
    if let Some(next) = line.phrase(from, &["day", "after", "tomorrow"]) {
        return Some(DateFound::firm(in_days(2)?, next));
    }
    let date = match line.word(at) {
        "today" | "tod" => today,
        "tonight" => {
            return Some(DateFound { time: part_of_day("evening"), ..DateFound::firm(today, at + 1) });
        }
        "tomorrow" | "tmr" | "tmrw" => in_days(1)?,
        // A name as well.
        "tom" => return Some(DateFound::new(in_days(1)?, at + 1, Hold::Edge)),
        "yesterday" => today.pred_opt()?,
        _ => return None,
    };
    Some(DateFound::firm(date, at + 1))
}

/// Names of feasts and sales that end in a day of the week.
const NOT_BEFORE_A_DAY: &[&str] =
    &["black", "good", "cyber", "easter", "ash", "palm", "shrove", "maundy", "whit", "super", "bloody"];

/// Words after which a name of a day or a month is part of the title.
pub(super) const ARTICLES: &[&str] =
    &["a", "an", "the", "my", "your", "our", "his", "her", "their", "every", "each", "no"];

/// `friday`, `fri`: the next one, which is not today. With a date behind it, the date counts: `fri, 27 nov`. With `next
/// week` behind it, it is the one in that week.
pub(super) fn weekday(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let (day, is_full) = words::weekday(line.word(at))?;
    let written_out = day_of_month(line, at + 1).or_else(|| {
        let found = numeric(line.word(at + 1), line.today())?;
        Some(DateFound { time: found.time, ..DateFound::firm(found.date, at + 2) })
    });
    if let Some(found) = written_out {
        return Some(DateFound { hold: Hold::Firm, ..found });
    }
    let before = line.word_before(at);
    if ARTICLES.contains(&before) || NOT_BEFORE_A_DAY.contains(&before) {
        return None;
    }
    if let Some(next) = line.phrase(at + 1, &["next", "week"]) {
        let monday = calendar::next_start(line.today(), Period::Week)?;
        return Some(DateFound::firm(calendar::on_or_after(monday, day)?, next));
    }
    let tomorrow = line.today().succ_opt()?;
    let hold = if is_full { Hold::Firm } else { Hold::Edge };
    Some(DateFound::new(calendar::on_or_after(tomorrow, day)?, at + 1, hold))
}

/// `this friday`, `next week`, `next friday`, `this weekend`, `this evening`, `later this week`.
fn this_or_next(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let today = line.today();
    if let Some(next) = line.phrase(at, &["later", "this", "week"]) {
        let sunday = calendar::end(today, Period::Week)?;
        return Some(DateFound::firm(today.checked_add_days(Days::new(2))?.min(sunday), next));
    }
    if line.word(at) == "next" && ARTICLES.contains(&line.word_before(at)) {
        return None;
    }
    let (word, next) = (line.word(at + 1), at + 2);
    let found = |date| Some(DateFound::firm(date, next));
    match line.word(at) {
        "this" | "coming" => {
            if let Some(time) = part_of_day(word) {
                return Some(DateFound { time: Some(time), ..DateFound::firm(today, next) });
            }
            match word {
                "weekend" => found(calendar::this_weekend(today)?),
                _ => found(calendar::on_or_after(today, words::weekday(word)?.0)?),
            }
        }
        "next" => {
            let monday = calendar::next_start(today, Period::Week)?;
            match word {
                "weekend" => found(calendar::on_or_after(monday, Weekday::Sat)?),
                _ if calendar::period(word).is_some() => found(calendar::next_start(today, calendar::period(word)?)?),
                _ => match words::month(word) {
                    Some((month, _)) => found(coming(month, 1, today)?),
                    None => found(calendar::on_or_after(monday, words::weekday(word)?.0)?),
                },
            }
        }
        "the" | "at" | "on" if word == "weekend" => {
            Some(DateFound::new(calendar::this_weekend(today)?, next, Hold::Edge))
        }
        "weekend" => Some(DateFound::new(calendar::this_weekend(today)?, at + 1, Hold::Edge)),
        _ => None,
    }
}

/// `27 jan`, `jan 27th`, `27th of january 2027`, `january 27, 2027`.
pub(super) fn day_of_month(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let (month, day, behind, is_plain) = month_and_day(line, at)?;
    let year = words::number(line.word(behind)).filter(|year| (1_900..=2_999).contains(year));
    let date = match year {
        Some(year) => NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?,
        None => coming(month, day, line.today())?,
    };
    let next = if year.is_some() { behind + 1 } else { behind };
    // "march 3 miles": a verb, too.
    let hold = if year.is_none() && is_plain && line.word(at) == "march" { Hold::Edge } else { Hold::Firm };
    Some(DateFound::new(date, next, hold))
}

/// Month, day, the word behind them, and whether the day is a plain number.
pub(super) fn month_and_day(line: &Line<'_>, at: usize) -> Option<(u32, u32, usize, bool)> {
    let day_at = |at: usize| {
        let word = line.word(at);
        let plain = word.bytes().all(|byte| byte.is_ascii_digit()).then(|| words::number(word)).flatten();
        let day = plain.or_else(|| words::ordinal(word).and_then(|day| u32::try_from(day).ok()))?;
        (1..=31).contains(&day).then_some((day, plain.is_some()))
    };
    if let Some((month, _)) = words::month(line.word(at)) {
        let from = line.skip(at + 1, &["the"]);
        let (day, is_plain) = day_at(from)?;
        return Some((month, day, from + 1, is_plain));
    }
    let from = line.skip(at, &["the"]);
    let (day, is_plain) = day_at(from)?;
    let of = line.skip(from + 1, &["of"]);
    let (month, _) = words::month(line.word(of))?;
    Some((month, day, of + 1, is_plain))
}

/// `january`, `in january`, `january 2027`: its first day.
fn month(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let from = line.skip(at, &["in"]);
    let (month, is_full) = words::month(line.word(from))?;
    // The number of a day that the month does not have belongs to it all the same.
    let before = line.word_before(at);
    if ARTICLES.contains(&before) || words::number(before).is_some() || words::digit_ordinal(before).is_some() {
        return None;
    }
    let year = words::number(line.word(from + 1)).filter(|year| (1_900..=2_999).contains(year));
    if let Some(year) = year {
        return Some(DateFound::firm(NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, 1)?, from + 2));
    }
    let is_verb = line.is(from, &["march", "may", "mar"]);
    let hold = match (from > at, is_verb) {
        (true, _) if is_full => Hold::Firm,
        (true, _) => Hold::Clause,
        (false, true) => Hold::Told,
        (false, false) => Hold::Edge,
    };
    // A month that has begun is the next one of its name.
    let tomorrow = line.today().succ_opt()?;
    Some(DateFound::new(coming(month, 1, tomorrow)?, from + 1, hold))
}

/// `the 15th`, `1st`: the next such day, today included.
fn ordinal(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let from = line.skip(at, &["the"]);
    let word = line.word(from);
    // "first" and "second" count other things, unless the article and a clause's end say that it is a day.
    let day = words::digit_ordinal(word)?;
    let next = calendar::of_the_month(line, from + 1).unwrap_or(from + 1);
    let hold = if next > from + 1 { Hold::Firm } else { Hold::Clause };
    let day = u32::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
    Some(DateFound::new(calendar::coming_day(day, line.today())?, next, hold))
}

/// What is left of a length of time, as a date.
pub(super) fn after(span: Span, line: &Line<'_>, next: usize, hold: Hold) -> Option<DateFound> {
    if matches!(span.unit, Unit::Minute | Unit::Hour) {
        let time = span.after_time(line.now)?;
        return Some(DateFound {
            time: Some(calendar::whole_minute(time.time())),
            ..DateFound::new(time.date(), next, hold)
        });
    }
    let date = span.after(line.today()).filter(|date| date.year() <= crate::limits::YEAR_MAX)?;
    Some(DateFound::new(date, next, hold))
}
