//! Times of a day: `5pm`, `17:00`, `at 9`, `noon`, `in the morning`.

use chrono::{NaiveTime, Timelike};

use super::hold::Hold;
use super::line::Line;

/// A time that stands in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeFound {
    pub(super) time: NaiveTime,
    /// The word behind it.
    pub(super) next: usize,
    pub(super) hold: Hold,
}

const MORNING_HOUR: u32 = 9;
const NOON_HOUR: u32 = 12;
const EVENING_HOUR: u32 = 19;
const NIGHT_HOUR: u32 = 22;

/// When a part of the day begins, as Todoist has it.
pub(super) fn part_of_day(word: &str) -> Option<NaiveTime> {
    let hour = match word {
        "morning" => MORNING_HOUR,
        "afternoon" => NOON_HOUR,
        "evening" => EVENING_HOUR,
        "night" => NIGHT_HOUR,
        _ => return None,
    };
    NaiveTime::from_hms_opt(hour, 0, 0)
}

/// The time that begins at `at`.
pub(super) fn time(line: &Line<'_>, at: usize) -> Option<TimeFound> {
    if let Some((time, next)) = spoken_part(line, at) {
        return Some(TimeFound { time, next, hold: if line.word(at) == "at" { Hold::Edge } else { Hold::Firm } });
    }
    let from = line.skip(at, &["at", "@"]);
    let told = from > at;
    let (time, next, hold) = named(line, from)
        .or_else(|| with_half(line, from))
        .or_else(|| twenty_four(line, from, told))
        .or_else(|| part_of_day(line.word(from)).filter(|_| !told).map(|time| (time, from + 1, Hold::After)))?;
    let (time, next) = later_half(line, time, next, hold);
    Some(TimeFound { time, next, hold })
}

/// `in the morning`, `at night`.
fn spoken_part(line: &Line<'_>, at: usize) -> Option<(NaiveTime, usize)> {
    let part = line
        .phrase(at, &["in", "the"])
        .or_else(|| line.phrase(at, &["at"]).filter(|part| line.word(*part) == "night"))?;
    part_of_day(line.word(part)).map(|time| (time, part + 1))
}

/// `at 8 in the evening` is 20:00. Only a clock time has a half of the day to be told.
fn later_half(line: &Line<'_>, time: NaiveTime, next: usize, hold: Hold) -> (NaiveTime, usize) {
    let Some((part, behind)) = spoken_part(line, next).filter(|_| hold != Hold::After) else { return (time, next) };
    let is_late = part.hour() >= NOON_HOUR && (1..NOON_HOUR).contains(&time.hour());
    let hour = if is_late { time.hour() + NOON_HOUR } else { time.hour() };
    (time.with_hour(hour).unwrap_or(time), behind)
}

fn named(line: &Line<'_>, at: usize) -> Option<(NaiveTime, usize, Hold)> {
    let hour = match line.word(at) {
        "noon" | "midday" => NOON_HOUR,
        "midnight" => 0,
        _ => return None,
    };
    Some((NaiveTime::from_hms_opt(hour, 0, 0)?, at + 1, Hold::Edge))
}

/// `5pm`, `5:30 pm`, `9 a.m.`.
fn with_half(line: &Line<'_>, at: usize) -> Option<(NaiveTime, usize, Hold)> {
    let half = |word: &str| match word {
        "am" | "a.m" => Some(0),
        "pm" | "p.m" => Some(NOON_HOUR),
        _ => None,
    };
    let word = line.word(at);
    let ending = ["am", "pm", "a.m", "p.m"].iter().find_map(|ending| Some((word.strip_suffix(ending)?, half(ending)?)));
    let (clock, late, next) = match ending {
        Some((clock, late)) => (clock, late, at + 1),
        None if line.stops_before(at + 1) => return None,
        None => (word, half(line.word(at + 1))?, at + 2),
    };
    let (hour, minute, _) = hour_minute(clock, &[':', '.'])?;
    let hour = (1..=NOON_HOUR).contains(&hour).then(|| hour % NOON_HOUR + late)?;
    Some((NaiveTime::from_hms_opt(hour, minute, 0)?, next, Hold::Firm))
}

/// `17:00`, `17h30`, and after `at` also `9`, `9h`, `1700` and `9 o'clock`.
fn twenty_four(line: &Line<'_>, at: usize, told: bool) -> Option<(NaiveTime, usize, Hold)> {
    let word = line.word(at);
    // Seconds mean nothing to a task, so only :00 may stand there.
    let word = word.strip_suffix(":00").filter(|rest| rest.contains(':')).unwrap_or(word);
    let oclock = line.is(at + 1, &["o'clock", "o’clock", "oclock"]);
    let next = if oclock { at + 2 } else { at + 1 };
    if let Some((hour, minute, true)) = hour_minute(word, &[':', 'h']) {
        return Some((NaiveTime::from_hms_opt(hour, minute, 0)?, next, Hold::Firm));
    }
    if !told && !oclock {
        return None;
    }
    let (hour, minute) = match word.len() {
        4 => (word.get(..2)?, word.get(2..)?),
        _ => (word.trim_end_matches('h'), "0"),
    };
    let time = NaiveTime::from_hms_opt(short_number(hour)?, short_number(minute)?, 0)?;
    Some((time, next, if oclock { Hold::Firm } else { Hold::Edge }))
}

/// Hour and minute with one of `between` between them, and whether minutes are there.
fn hour_minute(clock: &str, between: &[char]) -> Option<(u32, u32, bool)> {
    match clock.split_once(between) {
        Some((hour, minute)) if minute.len() == 2 => Some((short_number(hour)?, short_number(minute)?, true)),
        Some(_) => None,
        None => Some((short_number(clock)?, 0, false)),
    }
}

/// A number of one or two digits.
fn short_number(digits: &str) -> Option<u32> {
    let plain = matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
