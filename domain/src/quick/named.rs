//! Boundaries of periods, in words (`end of month`, `last day of january`) and as Taskwarrior abbreviates them (`eom`).

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::calendar::{self, Period};
use super::dates::DateFound;
use super::hold::Hold;
use super::line::Line;
use super::numeric::coming;
use super::words;

/// A day within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Middle,
    Last,
    /// Such a day of the week, counted from the end where the number is negative.
    Weekday(i32, Weekday),
    /// Such a day from Monday to Friday, counted in the same way.
    Workday(i32),
}

/// `end of month`, `start of next week`, `mid january`, `last day of the year`, `first monday of january`.
pub(super) fn boundary(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let from = line.phrase(at, &["at", "the"]).unwrap_or_else(|| line.skip(at, &["the"]));
    let (place, next) = place(line, from)?;
    let today = line.today();
    let (base, period, next) = match words::month(line.word(next)) {
        Some((month, _)) => (first_of_month(place, month, today)?, Period::Month, next + 1),
        None => frame(line, next)?,
    };
    let date = day_in(place, base, period)?;
    // The start of what is going on has passed: the next one is meant.
    let date = if date < today { day_in(place, calendar::next_start(base, period)?, period)? } else { date };
    let hold = if matches!(place, Place::Weekday(..) | Place::Workday(_)) { Hold::Firm } else { Hold::Edge };
    Some(DateFound::new(date, next, hold))
}

/// The place, and the word behind it and its `of`.
fn place(line: &Line<'_>, at: usize) -> Option<(Place, usize)> {
    let of = |next| line.phrase(next, &["of"]);
    match line.word(at) {
        "mid" => return Some((Place::Middle, at + 1)),
        "middle" => return Some((Place::Middle, of(at + 1)?)),
        "end" => return Some((Place::Last, of(at + 1)?)),
        "start" | "beginning" => return Some((Place::First, of(at + 1)?)),
        _ => {}
    }
    let nth = words::ordinal(line.word(at))?;
    let noun = line.word(at + 1);
    let place = match noun {
        "day" if nth == 1 => Place::First,
        "day" if nth == -1 => Place::Last,
        "workday" | "weekday" => Place::Workday(nth),
        _ => Place::Weekday(nth, words::weekday(noun)?.0),
    };
    Some((place, of(at + 2).or_else(|| line.phrase(at + 2, &["in"]))?))
}

/// `the month`, `this week`, `next year`: its first day, its kind, and the word behind.
fn frame(line: &Line<'_>, at: usize) -> Option<(NaiveDate, Period, usize)> {
    let from = line.skip(at, &["the", "this", "next"]);
    let period = calendar::period(line.word(from))?;
    let base = match line.word(at) {
        "next" => calendar::next_start(line.today(), period)?,
        _ => calendar::start(line.today(), period)?,
    };
    Some((base, period, from + 1))
}

/// The first of the month of that name in which the place has not passed.
fn first_of_month(place: Place, month: u32, today: NaiveDate) -> Option<NaiveDate> {
    let bases = (0..=1).filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, 1));
    bases.into_iter().find(|base| day_in(place, *base, Period::Month).is_some_and(|date| date >= today))
}

fn day_in(place: Place, base: NaiveDate, period: Period) -> Option<NaiveDate> {
    match (place, period) {
        (Place::First, _) => Some(base),
        (Place::Last, _) => calendar::end(base, period),
        (Place::Middle, Period::Month) => base.with_day(15),
        (Place::Weekday(nth, weekday), Period::Month) => calendar::nth_weekday(base, nth, weekday),
        (Place::Workday(nth), Period::Month) => calendar::nth_workday(base, nth),
        (Place::Middle | Place::Weekday(..) | Place::Workday(_), _) => None,
    }
}

/// Abbreviations and names of Taskwarrior.
pub(super) fn short(line: &Line<'_>, at: usize) -> Option<DateFound> {
    let (word, today) = (line.word(at), line.today());
    if word == "now" {
        let time = Some(calendar::whole_minute(line.now.time()));
        return Some(DateFound { time, ..DateFound::new(today, at + 1, Hold::Spelled) });
    }
    if matches!(word, "later" | "someday") {
        // The end of time in 32 bits, as Taskwarrior has it.
        return Some(DateFound::new(NaiveDate::from_ymd_opt(2038, 1, 18)?, at + 1, Hold::Spelled));
    }
    if let Some(date) = abbreviation(word, today) {
        let hold = match word {
            "sod" | "sow" | "soy" => Hold::Spelled,
            _ if word.starts_with('e') => Hold::Firm,
            _ => Hold::Edge,
        };
        return Some(DateFound::new(date, at + 1, hold));
    }
    if let Some((month, day, next)) = fixed_feast(line, at) {
        return Some(DateFound::new(coming(month, day, today)?, next, Hold::Edge));
    }
    let years = [today.year(), today.year().checked_add(1)?];
    let date = years.into_iter().filter_map(|year| feast(word, year)).find(|date| *date >= today)?;
    Some(DateFound::new(date, at + 1, Hold::Told))
}

/// `eom`, `sow`, `eonq`: start or end; of the current period, or the next where an `n` says so; and the period. The bare
/// start is the next one, but of the day.
fn abbreviation(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (is_end, rest) = match word.split_at_checked(2)? {
        ("so", rest) => (false, rest),
        ("eo", rest) => (true, rest),
        _ => return None,
    };
    let current = rest.strip_prefix('c');
    let next = rest.strip_prefix('n');
    let period = match current.or(next).unwrap_or(rest) {
        "d" => Period::Day,
        "w" => Period::Week,
        "ww" => Period::WorkWeek,
        "m" => Period::Month,
        "q" => Period::Quarter,
        "y" => Period::Year,
        _ => return None,
    };
    let following = calendar::next_start(today, period)?;
    match (is_end, next.is_some()) {
        (true, true) => calendar::end(following, period),
        (true, false) => {
            calendar::end(today, period).filter(|date| *date >= today).or_else(|| calendar::end(following, period))
        }
        (false, true) => Some(following),
        (false, false) if current.is_some() || period == Period::Day => calendar::start(today, period),
        (false, false) => Some(following),
    }
}

/// The days of the year that Todoist knows by name: month, day and the word behind.
fn fixed_feast(line: &Line<'_>, at: usize) -> Option<(u32, u32, usize)> {
    match line.word(at) {
        "halloween" => Some((10, 31, at + 1)),
        "valentine" | "valentines" | "valentine's" | "valentine’s" => Some((2, 14, line.skip(at + 1, &["day"]))),
        "new" if line.is(at + 1, &["year", "years", "year's", "year’s"]) => match line.word(at + 2) {
            "day" => Some((1, 1, at + 3)),
            "eve" => Some((12, 31, at + 3)),
            _ => None,
        },
        _ => None,
    }
}

/// The movable feasts that Taskwarrior knows.
fn feast(word: &str, year: i32) -> Option<NaiveDate> {
    let after_easter = |days: u64| calendar::easter(year)?.checked_add_days(Days::new(days));
    match word {
        "goodfriday" => calendar::easter(year)?.checked_sub_days(Days::new(2)),
        "easter" => after_easter(0),
        "eastermonday" => after_easter(1),
        "ascension" => after_easter(39),
        "pentecost" => after_easter(49),
        "midsommarafton" => calendar::on_or_after(NaiveDate::from_ymd_opt(year, 6, 19)?, Weekday::Fri),
        "midsommar" => calendar::on_or_after(NaiveDate::from_ymd_opt(year, 6, 20)?, Weekday::Sat),
        _ => None,
    }
}
