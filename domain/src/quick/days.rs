//! The days that a recurrence names: `mon, wed and fri`, `1st and 15th`, `2nd tuesday`, `last workday`, `27 jan`.

use chrono::Weekday;

use super::calendar;
use super::dates::month_and_day;
use super::line::{DASHES, Line};
use super::rule::{Freq, Rule};
use super::words;
use super::yearly::{self, WeekdaysOf};

/// Days of a month, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Numbered {
    OfMonth(Vec<i32>),
    OfWeek(Vec<(i32, Weekday)>),
    Work(Vec<i32>),
}

/// Most items of a list that are read: a month has no more days.
pub(super) const ITEMS_MAX: usize = 31;

/// Words that go on with a recurrence, before which a bare `27th` is a day.
const GOES_ON: &[&str] = &["at", "@", "from", "starting", "until", "till", "ending", "for", "after", "in"];

/// Behind what separates the items of a list, where another item may follow.
pub(super) fn separator(line: &Line<'_>, at: usize) -> Option<usize> {
    let next = line.skip(at, &["and", "&"]);
    (next > at || line.stops_before(at)).then(|| line.skip(line.skip(next, &["every", "on"]), &["the"]))
}

/// `mon, wed & fri`, `mondays`, `monday to friday`, `mon-fri`, in the order of the week.
pub(super) fn weekday_list(line: &Line<'_>, at: usize) -> Option<(Vec<Weekday>, usize)> {
    let (mut days, mut next) = weekday_range(line, at)?;
    for _ in 1..ITEMS_MAX {
        let Some((more, behind)) = separator(line, next).and_then(|item| weekday_range(line, item)) else { break };
        days.extend(more);
        next = behind;
    }
    days.sort_unstable_by_key(Weekday::num_days_from_monday);
    days.dedup();
    Some((days, next))
}

fn weekday_range(line: &Line<'_>, at: usize) -> Option<(Vec<Weekday>, usize)> {
    let day = |word: &str| words::weekday(word).map(|(day, _)| day).or_else(|| words::weekdays(word));
    let word = line.word(at);
    if let Some((first, last)) = word.split_once(['-', '–']) {
        return Some((days_between(day(first)?, day(last)?), at + 1));
    }
    let first = day(word)?;
    let is_range = line.is(at + 1, &["to", "through", "thru"]) || line.is(at + 1, DASHES);
    if let Some(last) = day(line.word(at + 2)).filter(|_| is_range) {
        return Some((days_between(first, last), at + 3));
    }
    Some((vec![first], at + 1))
}

fn days_between(first: Weekday, last: Weekday) -> Vec<Weekday> {
    let mut days = vec![first];
    let mut day = first;
    while day != last {
        day = day.succ();
        days.push(day);
    }
    days
}

/// A rule for days that are counted in the month, or in the months that are named behind them. `is_told` where a word
/// such as `on` stands before.
pub(super) fn numbered(line: &Line<'_>, at: usize, is_told: bool) -> Option<(Rule, usize)> {
    let (days, next, has_noun) = numbered_list(line, at)?;
    if let Some(next) = of_the_year(line, next) {
        return edge_of_year(&days).map(|rule| (rule, next));
    }
    let framed = calendar::of_the_month(line, next).or_else(|| {
        let of = line.phrase(next, &["of"])?;
        let each = line.skip(of, &["every", "each"]);
        (each > of).then(|| line.phrase(each, &["month"])).flatten()
    });
    let of = line.skip(next, &["of", "in"]);
    let (months, next) = match framed {
        Some(next) => (Vec::new(), next),
        None => yearly::months(line, of).unwrap_or((Vec::new(), next)),
    };
    let is_framed = framed.is_some() || !months.is_empty();
    // "the last day of school"
    if !is_framed && line.word(next) == "of" {
        return None;
    }
    if !(has_noun || is_framed || is_told || line.is_edge(next) || line.is(next, GOES_ON)) {
        return None;
    }
    // "every second" is short for nothing, and "the first" may be anything.
    let is_digit = line.word(next.saturating_sub(1)).starts_with(|c: char| c.is_ascii_digit());
    if !has_noun && !is_framed && !is_digit {
        return None;
    }
    // "every 3rd day" counts days, not days of a month.
    if let Numbered::OfMonth(days) = &days
        && has_noun
        && !is_framed
        && days.iter().any(|day| *day > 1)
    {
        return None;
    }
    match days {
        // Of several months that are named, positions would count through the whole year.
        Numbered::Work(_) if months.len() > 1 => None,
        Numbered::OfWeek(days) if !months.is_empty() => weekdays_of_months(line, days, months, next),
        days => Some((on(days, months), next)),
    }
}

/// `1st wed jan, 3rd thu jul`: goes on where the first item has ended.
fn weekdays_of_months(
    line: &Line<'_>,
    days: Vec<(i32, Weekday)>,
    months: Vec<u32>,
    mut next: usize,
) -> Option<(Rule, usize)> {
    let mut items = vec![WeekdaysOf { months, days }];
    for _ in 1..ITEMS_MAX {
        let another = separator(line, next).and_then(|item| {
            let (Numbered::OfWeek(days), behind, _) = numbered_list(line, item)? else { return None };
            let (months, behind) = yearly::months(line, line.skip(behind, &["of", "in"]))?;
            Some((WeekdaysOf { months, days }, behind))
        });
        let Some((item, behind)) = another else { break };
        items.push(item);
        next = behind;
    }
    yearly::rule_of_weekdays(&items).map(|rule| (rule, next))
}

fn of_the_year(line: &Line<'_>, at: usize) -> Option<usize> {
    let from = line.phrase(at, &["of"])?;
    line.phrase(line.skip(from, &["the", "every", "each"]), &["year"])
}

/// The first or the last day of every year; other days are not counted in the year.
fn edge_of_year(days: &Numbered) -> Option<Rule> {
    match days {
        Numbered::OfMonth(days) if *days == [1] => Some(on(Numbered::OfMonth(vec![1]), vec![1])),
        Numbered::OfMonth(days) if *days == [-1] => Some(on(Numbered::OfMonth(vec![-1]), vec![12])),
        _ => None,
    }
}

fn on(days: Numbered, months: Vec<u32>) -> Rule {
    let freq = if months.is_empty() { Freq::Monthly } else { Freq::Yearly };
    let rule = Rule { months, ..Rule::every(freq, 1) };
    match days {
        Numbered::OfMonth(month_days) => Rule { month_days, ..rule },
        Numbered::OfWeek(days) => Rule { days, ..rule },
        Numbered::Work(positions) => rule.on_workdays(positions),
    }
}

/// The items, the word behind them, and whether the last one says what it counts. Numbers without a noun count what the
/// next noun says, or days.
fn numbered_list(line: &Line<'_>, at: usize) -> Option<(Numbered, usize, bool)> {
    let mut list: Option<Numbered> = None;
    let mut bare = Vec::new();
    let (mut item, mut next, mut has_noun) = (line.skip(at, &["the"]), at, false);
    for _ in 0..ITEMS_MAX {
        let Some(number) = day_number(line.word(item)) else { break };
        bare.push(number);
        next = item + 1;
        has_noun = add(&mut list, &mut bare, line.word(next))?;
        // "every 1 day" and "every 2 friday" count what comes, not what the month has.
        if has_noun && words::ordinal(line.word(item)).is_none() {
            return None;
        }
        next += usize::from(has_noun);
        match separator(line, next) {
            Some(another) if day_number(line.word(another)).is_some() && month_and_day(line, another).is_none() => {
                item = another;
            }
            _ => break,
        }
    }
    if !bare.is_empty() {
        add(&mut list, &mut bare, "day")?;
    }
    list.map(|list| (list, next, has_noun))
}

/// A number that counts days: `15th`, `first`, `last`, `27`.
fn day_number(word: &str) -> Option<i32> {
    let plain = || words::number(word).filter(|_| word.bytes().all(|byte| byte.is_ascii_digit()));
    let number = words::ordinal(word).or_else(|| plain().and_then(|number| i32::try_from(number).ok()))?;
    (number == -1 || (1..=31).contains(&number)).then_some(number)
}

/// Adds the numbers to the list as what the noun says. False where it is no noun of ours; `None` where it is of another
/// kind than the list, or counts what no month has.
fn add(list: &mut Option<Numbered>, bare: &mut Vec<i32>, noun: &str) -> Option<bool> {
    let weekday = words::weekday(noun).map(|(day, _)| day);
    let kind = match noun {
        "day" => Numbered::OfMonth(Vec::new()),
        "workday" | "weekday" => Numbered::Work(Vec::new()),
        _ if weekday.is_some() => Numbered::OfWeek(Vec::new()),
        _ => return Some(false),
    };
    let numbers = std::mem::take(bare);
    match list.get_or_insert(kind.clone()) {
        Numbered::OfMonth(days) if kind == Numbered::OfMonth(Vec::new()) => extend(days, numbers),
        Numbered::Work(days) if kind == Numbered::Work(Vec::new()) && numbers.iter().all(|nth| *nth <= 23) => {
            extend(days, numbers);
        }
        Numbered::OfWeek(days) if weekday.is_some() && numbers.iter().all(|nth| *nth <= 5) => {
            extend(days, numbers.into_iter().filter_map(|nth| Some((nth, weekday?))).collect());
        }
        _ => return None,
    }
    Some(true)
}

/// Adds what is not there yet.
fn extend<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}
