//! Recurrences: `every other friday`, `daily at 9`, `on the 1st of every month`, `every! 3 days until june`.

use chrono::NaiveTime;

use super::dates::ARTICLES;
use super::days::{numbered, weekday_list};
use super::hold::Hold;
use super::line::Line;
use super::moment::{Moment, told};
use super::rule::{Freq, Rule};
use super::spans::{counted, span};
use super::times::{part_of_day, time};
use super::words::{self, Span, Unit};
use super::yearly::days_of_year;
use crate::task::RecurFrom;

/// What words say of how a task repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) rule: Rule,
    pub(super) from: RecurFrom,
    pub(super) time: Option<NaiveTime>,
    pub(super) start: Option<Moment>,
    pub(super) end: Option<End>,
}

/// When a recurrence ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With that day, or at that time of it.
    On(Moment),
    /// So long after its first occurrence.
    After(Span),
    /// With so many occurrences.
    Times(u32),
}

impl Repeat {
    fn of(rule: Rule) -> Self {
        Self { rule, from: RecurFrom::Due, time: None, start: None, end: None }
    }
}

/// The recurrence that begins at `at`.
pub(super) fn repeat(line: &Line<'_>, at: usize) -> Option<(Repeat, usize)> {
    if line.word(at) == "recur:" {
        return attribute(line, at + 1);
    }
    if let Some((repeat, next)) = every(line, at) {
        return Some(tails(line, repeat, next));
    }
    if let Some((rule, next)) = of_each_month(line, at).or_else(|| plural(line, at)) {
        return Some(tails(line, Repeat::of(rule), next));
    }
    if let Some((rule, next)) = after_completion(line, at) {
        return Some(tails(line, Repeat { from: RecurFrom::Completion, ..Repeat::of(rule) }, next));
    }
    // "weekly" and its like are as often part of a title: "write the weekly report".
    let rule = adverb(line.word(at)).and_then(Rule::of_span).filter(|_| !ARTICLES.contains(&line.word_before(at)))?;
    let (repeat, next) = tails(line, Repeat::of(rule), at + 1);
    (next > at + 1 || line.is_edge(next)).then_some((repeat, next))
}

/// `every …`, `ev …`, `each …`; with `every!` the next one counts from completion.
fn every(line: &Line<'_>, at: usize) -> Option<(Repeat, usize)> {
    let token = line.token(at).filter(|token| matches!(token.word.as_str(), "every" | "ev" | "each"))?;
    let from = if token.bang { RecurFrom::Completion } else { RecurFrom::Due };
    let (rule, time, next) = body(line, at + 1)?;
    Some((Repeat { from, time, ..Repeat::of(rule) }, next))
}

/// What may stand behind `every`.
fn body(line: &Line<'_>, at: usize) -> Option<(Rule, Option<NaiveTime>, usize)> {
    if let Some((rule, next)) = days_of_year(line, at, false) {
        return Some((rule, None, next));
    }
    let (interval, from) = interval(line, at);
    let word = line.word(from);
    if let Some(time) = part_of_day(word) {
        return Some((Rule::every(Freq::Daily, interval), Some(time), from + 1));
    }
    if matches!(word, "weekend" | "weekends") {
        return Some((Rule::weekly(interval, &[chrono::Weekday::Sat]), None, from + 1));
    }
    if let Some((days, next)) = weekday_list(line, from) {
        return Some((Rule::weekly(interval, &days), None, next));
    }
    if word == "half" {
        return half(line, from + 1).map(|(rule, next)| (rule, None, next));
    }
    let unit = words::unit(word).or_else(|| glued(line, from, at))?;
    // "every minute counts"
    if unit.unit == Unit::Minute && interval == 1 && unit.count == 1 && !line.is_edge(from + 1) {
        return None;
    }
    Some((Rule::of_span(words::scaled(interval, unit)?)?, None, from + 1))
}

/// `half year`, `half an hour`.
fn half(line: &Line<'_>, at: usize) -> Option<(Rule, usize)> {
    let from = line.skip(at, &["a", "an"]);
    match line.word(from) {
        "year" => Some((Rule::every(Freq::Monthly, 6), from + 1)),
        "hour" => Some((Rule::every(Freq::Minutely, 30), from + 1)),
        _ => None,
    }
}

/// `every 2w`, `every 3days`.
fn glued(line: &Line<'_>, from: usize, at: usize) -> Option<Span> {
    (from == at).then(|| words::glued_span(line.word(at))).flatten()
}

/// `other`, `3`, `3rd`: every so many, and the word behind.
fn interval(line: &Line<'_>, at: usize) -> (u32, usize) {
    if line.word(at) == "other" {
        return (2, at + 1);
    }
    let word = line.word(at);
    let counted = words::number(word).or_else(|| words::ordinal(word).and_then(|number| u32::try_from(number).ok()));
    counted.filter(|count| *count > 0).map_or((1, at), |count| (count, at + 1))
}

/// `on the 1st of every month`, `last friday of each month`.
fn of_each_month(line: &Line<'_>, at: usize) -> Option<(Rule, usize)> {
    let from = line.skip(at, &["on"]);
    let (rule, next) = numbered(line, from, true)?;
    let each = next.checked_sub(2).filter(|each| line.is(*each, &["every", "each"]))?;
    line.phrase(each + 1, &["month"]).map(|next| (rule, next))
}

/// `on mondays and fridays`, `on weekdays`.
fn plural(line: &Line<'_>, at: usize) -> Option<(Rule, usize)> {
    let from = line.phrase(at, &["on"])?;
    match line.word(from) {
        "weekdays" | "workdays" => Some((Rule::workdays(), from + 1)),
        "weekends" => Some((Rule::weekly(1, &[chrono::Weekday::Sat]), from + 1)),
        word => {
            words::weekdays(word)?;
            weekday_list(line, from).map(|(days, next)| (Rule::weekly(1, &days), next))
        }
    }
}

const COMPLETION: &[&str] = &["completion", "completing", "completed", "finishing", "done"];

/// `after 3 days`, as Todoist has it; `3 days after completion`.
fn after_completion(line: &Line<'_>, at: usize) -> Option<(Rule, usize)> {
    let from = line.skip(at, &["after"]);
    let (span, next) = span(line, from)?;
    let behind = from_completion(line, next);
    if from == at {
        return Some((Rule::of_span(span)?, behind?));
    }
    let next = behind.unwrap_or(next);
    // "call back after 3 days of silence"
    line.is_edge(next).then(|| Rule::of_span(span)).flatten().map(|rule| (rule, next))
}

fn from_completion(line: &Line<'_>, at: usize) -> Option<usize> {
    let from = line.skip(at, &["after", "from", "when"]);
    (from > at && line.is(from, COMPLETION)).then_some(from + 1)
}

/// How often an adverb or an adjective of Taskwarrior's says.
fn adverb(word: &str) -> Option<Span> {
    let (count, unit) = match word {
        "hourly" => (1, Unit::Hour),
        "daily" | "everyday" => (1, Unit::Day),
        "weekdays" | "workdays" => (1, Unit::Workday),
        "weekly" => (1, Unit::Week),
        "biweekly" | "fortnightly" => (2, Unit::Week),
        "monthly" => (1, Unit::Month),
        "bimonthly" => (2, Unit::Month),
        "quarterly" => (3, Unit::Month),
        "semiannual" | "semiannually" => (6, Unit::Month),
        "yearly" | "annual" | "annually" => (1, Unit::Year),
        "biannual" | "biyearly" => (2, Unit::Year),
        _ => return None,
    };
    Some(Span { count, unit })
}

/// The value of `recur:`: `weekly`, `weekdays`, `3days`, `P2W`, and whatever stands behind `every`.
fn attribute(line: &Line<'_>, at: usize) -> Option<(Repeat, usize)> {
    let word = line.word(at);
    let span = adverb(word)
        .or_else(|| words::iso_span(word))
        .or_else(|| words::unit(word))
        .or_else(|| words::glued_span(word));
    let (rule, time, next) = match span.and_then(Rule::of_span) {
        Some(rule) => (rule, None, at + 1),
        None => body(line, at)?,
    };
    Some((Repeat { time, ..Repeat::of(rule) }, next))
}

/// What may stand behind a recurrence, in any order: days, time, start and end.
fn tails(line: &Line<'_>, mut repeat: Repeat, mut next: usize) -> (Repeat, usize) {
    let mut has_clock = false;
    loop {
        if let Some(behind) = tail(line, &mut repeat, next) {
            next = behind;
        } else if let Some(found) =
            time(line, next).filter(|found| !has_clock && (found.hold != Hold::After || repeat.time.is_none()))
        {
            // A part of the day, as in "every morning", may have its time told behind it.
            has_clock = found.hold != Hold::After;
            repeat.time = Some(found.time);
            next = found.next;
        } else {
            return (repeat, next);
        }
    }
}

fn tail(line: &Line<'_>, repeat: &mut Repeat, at: usize) -> Option<usize> {
    if repeat.from == RecurFrom::Due
        && let Some(next) = from_completion(line, at)
    {
        repeat.from = RecurFrom::Completion;
        return Some(next);
    }
    if let Some((rule, next)) = on_days(line, &repeat.rule, at) {
        repeat.rule = rule;
        return Some(next);
    }
    if repeat.start.is_none()
        && let Some((start, next)) = start(line, at)
    {
        repeat.start = Some(start);
        return Some(next);
    }
    let (end, next) = end(line, at, repeat).filter(|_| repeat.end.is_none())?;
    repeat.end = Some(end);
    Some(next)
}

/// `every day from monday to friday`, `every month on the 15th`, `weekly on mon and thu`, `every year on 5 june`, `every 3 months on the last friday`.
fn on_days(line: &Line<'_>, rule: &Rule, at: usize) -> Option<(Rule, usize)> {
    let from = line.phrase(at, &["on"]).or_else(|| line.phrase(at, &["from"])).filter(|_| rule.is_plain())?;
    if line.word(at) == "from" {
        let (days, next) = weekday_list(line, from).filter(|(days, _)| days.len() > 1)?;
        return (rule.freq == Freq::Daily && rule.interval == 1).then(|| (Rule::weekly(1, &days), next));
    }
    let same = |found: Rule| Rule { interval: rule.interval, ..found };
    match rule.freq {
        Freq::Weekly => weekday_list(line, from).map(|(days, next)| (Rule::weekly(rule.interval, &days), next)),
        Freq::Monthly => {
            let (found, next) = numbered(line, from, true)?;
            (found.freq == Freq::Monthly).then(|| (same(found), next))
        }
        Freq::Yearly => {
            let (found, next) = days_of_year(line, from, true)?;
            (found.freq == Freq::Yearly).then(|| (same(found), next))
        }
        Freq::Minutely | Freq::Hourly | Freq::Daily => None,
    }
}

/// `starting monday`, `from 10 may`, `beginning tomorrow at 9`.
pub(super) fn start(line: &Line<'_>, at: usize) -> Option<(Moment, usize)> {
    let from = line.skip(at, &["starting", "starts", "start", "beginning", "begins", "from"]);
    if from == at {
        return None;
    }
    told(line, line.skip(from, &["at", "on"])).or_else(|| told(line, from))
}

/// `until june`, `ending aug 3`, `until:eoy`: the end of a recurrence, wherever it stands.
pub(super) fn until(line: &Line<'_>, at: usize) -> Option<(Moment, usize)> {
    let from = line.skip(at, &["until", "until:", "till", "til", "ending", "through", "thru"]);
    (from > at).then(|| told(line, from)).flatten()
}

/// The end of a recurrence directly behind it: `until june`, `for 3 weeks`, `for 5 times`, `x5`.
fn end(line: &Line<'_>, at: usize, repeat: &Repeat) -> Option<(End, usize)> {
    let from = match line.word(at) {
        "end" | "ends" => Some(at + 1),
        "to" if repeat.start.is_some() => Some(at + 1),
        _ => None,
    };
    if let Some((moment, next)) = until(line, at).or_else(|| told(line, from?)) {
        return Some((End::On(moment), next));
    }
    let times = |count: u32| (count > 0).then_some(End::Times(count));
    if let Some(count) =
        line.word(at).strip_prefix('x').or_else(|| line.word(at).strip_suffix('x')).and_then(words::number)
    {
        return times(count).map(|end| (end, at + 1));
    }
    let from = line.skip(at, &["for"]);
    if let Some((count, next)) =
        counted(line, from).filter(|(_, next)| line.is(*next, &["times", "occurrences", "repetitions"]))
    {
        return times(count).map(|end| (end, next + 1));
    }
    let (span, next) = span(line, from).filter(|_| from > at)?;
    // "every day for 10 minutes" is how long it takes.
    (!span.is_within_days() || repeat.rule.is_within_days()).then_some((End::After(span), next))
}
