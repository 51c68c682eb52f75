//! Days of the year that a recurrence names: `27 jan`, `14 jan, 14 apr, 15 jun`, `1st wed jan, 3rd thu jul`.
//!
//! One rule names months and days apart, which means each of these days in each of these months. Where not all of them are
//! meant, BYSETPOS picks those that are: it counts through the year, so that their order must be the same in every year.

use chrono::Weekday;

use super::dates::month_and_day;
use super::days::{ITEMS_MAX, numbered, separator};
use super::line::Line;
use super::rule::{Freq, Rule};
use super::words;

/// Days of each month that has the most of them.
const LENGTHS: [i32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// `27 jan`, `jan 27 and jul 27`, `27 jan and jul`, `jan`, or days that are numbered in a month. Where no rule can say all
/// days of a list, none of it is taken.
pub(super) fn days_of_year(line: &Line<'_>, at: usize, is_told: bool) -> Option<(Rule, usize)> {
    let numbered = || numbered(line, at, is_told);
    if month_and_day(line, at).is_none() {
        return numbered().or_else(|| bare_months(line, at));
    }
    let (rule, next) = dates(line, at)?;
    numbered().filter(|(_, longer)| *longer > next).or(Some((rule, next)))
}

/// `14 jan, 14 apr, 15 jun`.
fn dates(line: &Line<'_>, at: usize) -> Option<(Rule, usize)> {
    let (days, next) = date_list(line, at);
    Some((rule_of_dates(days)?, next))
}

/// Months and days, and the word behind them.
fn date_list(line: &Line<'_>, at: usize) -> (Vec<(u32, i32)>, usize) {
    let (mut days, mut item, mut next) = (Vec::new(), at, at);
    for _ in 0..ITEMS_MAX {
        let Some((month, day, behind, _)) = month_and_day(line, item) else { break };
        days.push((month, i32::try_from(day).unwrap_or_default()));
        next = behind;
        let Some(another) = separator(line, next) else { break };
        item = another;
    }
    (days, next)
}

/// Behind `every 29 feb, 15 apr`, which no rule can say, so that none of its dates is taken for a due date.
pub(super) fn unsaid(line: &Line<'_>, at: usize) -> Option<usize> {
    if !line.is(at, &["every", "ev", "each"]) {
        return None;
    }
    let (days, next) = date_list(line, at + 1);
    (!days.is_empty()).then_some(next)
}

fn rule_of_dates(days: Vec<(u32, i32)>) -> Option<Rule> {
    let (months, month_days) = (sorted(days.iter().map(|day| day.0)), sorted(days.iter().map(|day| day.1)));
    let exists = |(month, day): &(u32, i32)| usize::try_from(*month).is_ok_and(|month| *day <= LENGTHS[month - 1]);
    let all: Vec<(u32, i32)> = each_with_each(&months, &month_days).filter(exists).collect();
    let positions = positions(&all, &days)?;
    // 29 February shifts what comes behind it in some years.
    if !positions.is_empty() && all.contains(&(2, 29)) {
        return None;
    }
    Some(Rule { months, month_days, positions, ..Rule::every(Freq::Yearly, 1) })
}

/// Days of the week, counted in each of some months.
pub(super) struct WeekdaysOf {
    pub(super) months: Vec<u32>,
    pub(super) days: Vec<(i32, Weekday)>,
}

/// A rule for days of the week that are counted in months.
pub(super) fn rule_of_weekdays(items: &[WeekdaysOf]) -> Option<Rule> {
    // The last one comes behind the fourth, but is it as often as not.
    let order = |(nth, day): (i32, Weekday)| (if nth < 0 { 6 } else { nth }, day.num_days_from_monday());
    let months = sorted(items.iter().flat_map(|item| item.months.iter().copied()));
    let mut days: Vec<(i32, Weekday)> = items.iter().flat_map(|item| item.days.iter().copied()).collect();
    days.sort_unstable_by_key(|day| order(*day));
    days.dedup();
    let all: Vec<(u32, (i32, Weekday))> = each_with_each(&months, &days).collect();
    let meant: Vec<(u32, (i32, Weekday))> =
        items.iter().flat_map(|item| each_with_each(&item.months, &item.days)).collect();
    let positions = positions(&all, &meant)?;
    let is_ordered = days.windows(2).all(|pair| pair[0].0 != pair[1].0)
        && !days.iter().any(|day| day.0 == 5)
        && !(days.iter().any(|day| day.0 < 0) && days.iter().any(|day| day.0 > 3));
    if !positions.is_empty() && !is_ordered {
        return None;
    }
    Some(Rule { months, days, positions, ..Rule::every(Freq::Yearly, 1) })
}

/// Where `some` are among `all`, from 1; none where all are meant, and nothing where one of them is not there.
fn positions<T: PartialEq>(all: &[T], some: &[T]) -> Option<Vec<i32>> {
    let at = |item: &T| all.iter().position(|other| other == item).and_then(|at| i32::try_from(at + 1).ok());
    let positions = sorted(some.iter().map(at).collect::<Option<Vec<i32>>>()?.into_iter());
    Some(if positions.len() == all.len() { Vec::new() } else { positions })
}

fn each_with_each<'a, T: Copy>(months: &'a [u32], days: &'a [T]) -> impl Iterator<Item = (u32, T)> + 'a {
    months.iter().flat_map(|month| days.iter().map(|day| (*month, *day)))
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// `jan`, `jan and jul`, `january, april`, in the order of the year.
pub(super) fn months(line: &Line<'_>, at: usize) -> Option<(Vec<u32>, usize)> {
    let mut months = vec![words::month(line.word(at))?.0];
    let mut next = at + 1;
    for _ in 1..ITEMS_MAX {
        let Some(item) = separator(line, next) else { break };
        // A month with a day behind it begins an item of its own.
        let Some((month, _)) = words::month(line.word(item)).filter(|_| month_and_day(line, item).is_none()) else {
            break;
        };
        months.push(month);
        next = item + 1;
    }
    Some((sorted(months.into_iter()), next))
}

/// Months alone: their first days.
fn bare_months(line: &Line<'_>, at: usize) -> Option<(Rule, usize)> {
    let (months, next) = months(line, at)?;
    line.is_edge(next).then(|| (Rule { months, month_days: vec![1], ..Rule::every(Freq::Yearly, 1) }, next))
}
