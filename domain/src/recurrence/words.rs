//! What a rule says, in plain English: `every month on the last day, 12 times in all`.
//!
//! All parts of the rule are in it and nothing else: what its start fills in, such as the day of a rule that is `FREQ=MONTHLY` alone, it
//! leaves to the start. What makes moments within a period stands behind `on`, `in` or `at`; what lets some of them through, behind `only`.

use chrono::{DateTime, NaiveTime, Timelike as _, Utc, Weekday};

use super::bits::{Numbers, Weekdays};
use super::rule::{Freq, Rule, Until};

/// More times of day than this are told by their hours and minutes.
const TIMES_MAX: u32 = 6;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// The parts of a rule that stand behind its period.
#[derive(Default)]
struct Parts {
    /// What makes moments.
    making: Vec<String>,
    /// What lets some of them through.
    only: Vec<String>,
}

impl Parts {
    fn put(&mut self, makes: bool, part: String) {
        if makes { self.making.push(part) } else { self.only.push(part) }
    }
}

impl Rule {
    /// The rule in plain English, to be read behind "repeats".
    #[must_use]
    pub fn words(&self) -> String {
        let mut parts = Parts::default();
        self.put_months_and_weeks(&mut parts);
        self.put_days(&mut parts);
        self.put_times(&mut parts);
        let mut words = vec![every(self.interval, self.freq)];
        words.extend(parts.making);
        let mut clauses = vec![words.join(" ")];
        clauses.extend(parts.only.into_iter().map(|part| format!("only {part}")));
        clauses.extend(self.positions());
        clauses.extend(self.weeks_begin());
        clauses.extend(self.count.map(|count| format!("{count} {} in all", plural(count, "time"))));
        clauses.extend(self.until.map(|until| format!("until {}", until_words(until))));
        clauses.join(", ")
    }

    fn put_months_and_weeks(&self, parts: &mut Parts) {
        let makes = self.freq == Freq::Yearly;
        if !self.months.is_empty() {
            let names = self.months.iter().filter_map(|month| MONTHS.get(month.checked_sub(1)? as usize));
            parts.put(makes, format!("in {}", list(names.map(|name| (*name).to_owned()))));
        }
        if !self.week_numbers.is_empty() {
            let weeks = self.week_numbers.iter().map(|week| of_row(week, "week"));
            parts.put(makes, format!("in {} of the year", list(weeks)));
        }
    }

    /// Of several parts that name days the first one makes them, in periods that are longer than a day.
    fn put_days(&self, parts: &mut Parts) {
        let mut makes = self.freq > Freq::Daily;
        let mut put = |part| {
            parts.put(makes, part);
            makes = false;
        };
        if !self.year_days.is_empty() {
            let (back, front): (Vec<i32>, _) = self.year_days.iter().partition(|day| **day < 0);
            put(format!("on {} of the year", list(front.into_iter().chain(back).map(|day| of_row(day, "day")))));
        }
        let in_a_month = self.freq == Freq::Monthly || self.freq == Freq::Yearly && !self.months.is_empty();
        if !self.month_days.is_empty() {
            let behind = if in_a_month { "" } else { " of each month" };
            put(format!("on {}{behind}", list(self.month_days.iter().map(day_of_month))));
        }
        if !self.weekdays.is_empty() {
            let behind = if in_a_month || !self.weekdays.has_numbers() { "" } else { " of the year" };
            put(format!("on {}{behind}", weekdays(self.weekdays, self.freq == Freq::Weekly)));
        }
    }

    fn put_times(&self, parts: &mut Parts) {
        if let Some(times) = self.times_of_day() {
            parts.put(true, format!("at {}", list(times.into_iter())));
            return;
        }
        if !self.hours.is_empty() {
            let hours = list(self.hours.iter().map(|hour| format!("{hour:02}:00")));
            parts.put(self.freq > Freq::Hourly, format!("in the {} from {hours}", plural(self.hours.len(), "hour")));
        }
        if !self.minutes.is_empty() {
            parts.put(self.freq > Freq::Minutely, at("minute", self.minutes));
        }
        if !self.seconds.is_empty() {
            parts.put(true, at("second", self.seconds));
        }
    }

    /// `09:00` and its like, where hours and minutes both are named and make no long list.
    fn times_of_day(&self) -> Option<Vec<String>> {
        let named = self.freq > Freq::Hourly && !self.hours.is_empty() && !self.minutes.is_empty();
        let count = self.hours.len() * self.minutes.len() * self.seconds.len().max(1);
        if !named || count > TIMES_MAX {
            return None;
        }
        let seconds = if self.seconds.is_empty() { Numbers::one(0) } else { self.seconds };
        let form = if self.seconds.is_empty() { "%H:%M" } else { "%H:%M:%S" };
        let times = self.hours.iter().flat_map(|hour| {
            let of_minute = move |minute| seconds.iter().map(move |second| (hour, minute, second));
            self.minutes.iter().flat_map(of_minute)
        });
        times.map(|(h, m, s)| Some(NaiveTime::from_hms_opt(h, m, s)?.format(form).to_string())).collect()
    }

    fn positions(&self) -> Option<String> {
        let (back, front): (Vec<i32>, _) = self.set_positions.iter().partition(|place| **place < 0);
        let places = front.into_iter().chain(back).map(|place| format!("the {}", ordinal(place)));
        (!self.set_positions.is_empty()).then(|| format!("only {} of these", list(places)))
    }

    /// Where weeks begin, if that makes a difference.
    fn weeks_begin(&self) -> Option<String> {
        let weekly = self.freq == Freq::Weekly && (self.interval > 1 || !self.set_positions.is_empty());
        let matters = self.week_start != Weekday::Mon && (weekly || !self.week_numbers.is_empty());
        matters.then(|| format!("with weeks that begin on {}", name(self.week_start)))
    }
}

fn every(interval: u32, freq: Freq) -> String {
    let unit = match freq {
        Freq::Minutely => "minute",
        Freq::Hourly => "hour",
        Freq::Daily => "day",
        Freq::Weekly => "week",
        Freq::Monthly => "month",
        Freq::Yearly => "year",
    };
    if interval == 1 { format!("every {unit}") } else { format!("every {interval} {unit}s") }
}

fn plural(count: u32, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

fn at(unit: &str, numbers: Numbers) -> String {
    format!("at {} {}", plural(numbers.len(), unit), list(numbers.iter().map(|number| number.to_string())))
}

/// `a`, `a and b`, `a, b and c`.
fn list(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    let last = items.pop().unwrap_or_default();
    if items.is_empty() { last } else { format!("{} and {last}", items.join(", ")) }
}

/// `1st`, `last`, `2nd to last`.
fn ordinal(place: i32) -> String {
    let number = place.unsigned_abs();
    let ending = match (number % 10, number % 100) {
        (1, not) if not != 11 => "st",
        (2, not) if not != 12 => "nd",
        (3, not) if not != 13 => "rd",
        _ => "th",
    };
    match place {
        -1 => "last".to_owned(),
        ..0 => format!("{number}{ending} to last"),
        _ => format!("{number}{ending}"),
    }
}

/// `week 20`, `the last week`.
fn of_row(place: i32, unit: &str) -> String {
    if place < 0 { format!("the {} {unit}", ordinal(place)) } else { format!("{unit} {place}") }
}

/// `the 1st`, `the last day`.
fn day_of_month(day: i32) -> String {
    if day < 0 { format!("the {} day", ordinal(day)) } else { format!("the {}", ordinal(day)) }
}

/// `Mondays and the last Friday`; `Monday` where a week has only the one.
fn weekdays(days: Weekdays, in_a_week: bool) -> String {
    let plain: Vec<Weekday> = days.every().collect();
    let plain: Vec<String> = if plain == WEEKDAYS {
        vec!["weekdays".to_owned()]
    } else {
        let ending = if in_a_week { "" } else { "s" };
        plain.into_iter().map(|day| format!("{}{ending}", name(day))).collect()
    };
    let numbered = days.numbered().map(|(place, day)| format!("the {} {}", ordinal(place), name(day)));
    list(plain.into_iter().chain(numbered))
}

const fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

fn until_words(until: Until) -> String {
    match until {
        Until::Day(day) => day.format("%-d %B %Y").to_string(),
        Until::Instant(instant) => instant.format(instant_form(instant)).to_string(),
    }
}

fn instant_form(instant: DateTime<Utc>) -> &'static str {
    if instant.second() == 0 { "%-d %B %Y %H:%M UTC" } else { "%-d %B %Y %H:%M:%S UTC" }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::laws::any_rule;
    use super::*;

    /// A rule a line, and behind an arrow what it says.
    const TABLE: &str = include_str!("../../testdata/recurrence/words.txt");

    fn words(rule: &str) -> String {
        Rule::parse(rule).unwrap_or_else(|because| panic!("{rule} {because}")).words()
    }

    #[test]
    fn given_the_rules_of_the_table_when_put_in_words_then_as_it_says() {
        let rows: Vec<_> = TABLE.lines().map(|line| line.split_once(" -> ").expect("rule -> words")).collect();
        let wrong: Vec<_> = rows
            .iter()
            .map(|(rule, expected)| (*rule, *expected, words(rule.trim())))
            .filter(|(_, expected, found)| expected != found)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let rules: BTreeSet<_> = rows.iter().map(|(rule, _)| rule.trim()).collect();
        assert!(rules.len() >= 60 && rules.len() == rows.len(), "{} rules", rules.len());
    }

    proptest! {
        #[test]
        fn given_any_rule_when_put_in_words_then_they_tell_its_interval_its_count_and_its_end(
            rule in any_rule(), count in 1_u32..1000, counted in any::<bool>(),
        ) {
            let end = if counted { format!(";COUNT={count}") } else { ";UNTIL=20310527".to_owned() };
            let Ok(rule) = Rule::parse(&format!("{rule}{end}")) else { return Ok(()) };
            let words = rule.words();
            let begins = if rule.interval == 1 { "every ".to_owned() } else { format!("every {} ", rule.interval) };
            prop_assert!(words.starts_with(&begins), "{words}");
            let ends = if counted { format!(", {count} {} in all", plural(count, "time")) } else { ", until 27 May 2031".to_owned() };
            prop_assert!(words.ends_with(&ends), "{words}");
            prop_assert!(!words.contains("  ") && !words.contains(" ,"), "{words}");
        }

        #[test]
        fn given_any_rule_when_a_part_is_taken_from_it_then_its_words_are_others(rule in any_rule(), which in 2_usize..9) {
            let mut parts: Vec<&str> = rule.split(';').filter(|part| !part.starts_with("WKST")).collect();
            let Ok(whole) = Rule::parse(&parts.join(";")) else { return Ok(()) };
            if which < parts.len() {
                parts.remove(which);
                if let Ok(less) = Rule::parse(&parts.join(";")) {
                    prop_assert_ne!(whole.words(), less.words());
                }
            }
        }
    }
}
