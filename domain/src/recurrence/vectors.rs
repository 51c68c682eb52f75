//! The vectors of `testdata/recurrence`: how they were made is said there.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{After, Base, Rule, Start, next, next_from};
use crate::time::utc_of_wall;

#[derive(Debug, Deserialize)]
struct Vector {
    rule: String,
    start: String,
    zone: Option<Tz>,
    occurrences: Vec<String>,
    /// Whether nothing more comes before 2041.
    whole: bool,
    #[serde(default)]
    instants: Vec<DateTime<Utc>>,
}

/// A rule that the two implementations do not agree on.
#[derive(Debug, Deserialize)]
struct Differing {
    rule: String,
    start: NaiveDateTime,
    /// Which of the two RFC 5545 bears out.
    right: String,
    dateutil: Vec<NaiveDateTime>,
    #[serde(rename = "lib-recur")]
    lib_recur: Vec<NaiveDateTime>,
}

impl Vector {
    fn start(&self) -> Start {
        match self.zone {
            Some(zone) => Start::At(self.start.parse().unwrap(), zone),
            None => Start::Day(self.start.parse().unwrap()),
        }
    }

    /// The occurrences as the engine has them: a day is its midnight.
    fn walls(&self) -> Vec<NaiveDateTime> {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap();
        let wall = |text: &String| text.parse().unwrap_or_else(|_| day(text));
        self.occurrences.iter().map(wall).collect()
    }
}

impl Start {
    fn wall(self) -> NaiveDateTime {
        match self {
            Self::Day(day) => day.into(),
            Self::At(wall, _) => wall,
        }
    }
}

fn lines<T: DeserializeOwned>(file: &str) -> Vec<T> {
    // Of the folder that the test runs for: a build may be shared by several.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let path = Path::new(&package).join("testdata/recurrence").join(file);
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What comes in wall time from the start on, no more than is asked for. Neither implementation has a start that the rule does not
/// meet, so it is left out where they do not list it.
fn walls(rule: &Rule, start: NaiveDateTime, listed: &[NaiveDateTime]) -> Vec<NaiveDateTime> {
    let later = |after| rule.next_after(start, after, |_, _| false).map(|next| next.at);
    let first = if listed.first() == Some(&start) { Some(start) } else { later(start) };
    std::iter::successors(first, |at| later(*at)).take(listed.len()).collect()
}

/// The same with zone, UNTIL and COUNT, and what comes then, if it does before 2041.
fn zoned(rule: &Rule, start: Start, listed: &[NaiveDateTime]) -> (Vec<NaiveDateTime>, Option<NaiveDateTime>) {
    let later = |after| next(rule, start, After::Wall(after)).map(|next| next.at).filter(|at| at.year() <= 2040);
    let wall = start.wall();
    let first = if listed.first() == Some(&wall) { later(wall - Duration::days(1)) } else { later(wall) };
    let mut found: Vec<_> = std::iter::successors(first, |at| later(*at)).take(listed.len() + 1).collect();
    let more = if found.len() > listed.len() { found.pop() } else { None };
    (found, more)
}

/// The same from one to the next, as a series goes: each is found from the one before, and the start is forgotten.
fn one_by_one(rule: &Rule, start: Start, listed: &[NaiveDateTime]) -> (Vec<NaiveDateTime>, Option<NaiveDateTime>) {
    let later = |(wall, number): (NaiveDateTime, u32)| {
        let at = match start {
            Start::Day(_) => Start::Day(wall.date()),
            Start::At(_, zone) => Start::At(wall, zone),
        };
        let next = next_from(rule, Base { at, before: number - 1, is_reached: number > 1 }, After::Wall(wall))?;
        let number = i64::from(number) + next.steps;
        Some((next.at, u32::try_from(number).unwrap())).filter(|(at, _)| at.year() <= 2040)
    };
    // As in `zoned`; where clocks skip the start, others come before it.
    let before = if listed.first() == Some(&start.wall()) { start.wall() - Duration::days(1) } else { start.wall() };
    let first = next(rule, start, After::Wall(before)).filter(|next| next.at.year() <= 2040);
    let first = first.map(|next| (next.at, u32::try_from(next.steps).unwrap() + 1));
    let first = first.map(|(wall, number)| (wall, if wall == start.wall() { 1 } else { number }));
    let mut found: Vec<_> =
        std::iter::successors(first, |one| later(*one)).map(|(wall, _)| wall).take(listed.len() + 1).collect();
    let more = if found.len() > listed.len() { found.pop() } else { None };
    (found, more)
}

#[test]
fn given_vectors_when_counted_then_there_are_enough_of_rules_and_zones() {
    let vectors: Vec<Vector> = lines("vectors.jsonl");
    let mut zones: Vec<_> = vectors.iter().filter_map(|vector| vector.zone).map(|zone| zone.name()).collect();
    zones.sort_unstable();
    zones.dedup();
    let mut rules: Vec<_> = vectors.iter().map(|vector| &vector.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    assert!(vectors.len() >= 700 && rules.len() >= 500 && zones.len() >= 8, "{} {}", vectors.len(), rules.len());
}

#[test]
fn given_vectors_when_walked_through_then_their_occurrences_in_wall_time() {
    let mut wrong = Vec::new();
    for vector in lines::<Vector>("vectors.jsonl") {
        let rule = Rule::parse(&vector.rule).unwrap();
        let listed = vector.walls();
        let found = walls(&rule, vector.start().wall(), &listed);
        if found != listed {
            wrong.push(format!("{} from {}: {found:?} and not {listed:?}", vector.rule, vector.start));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn given_vectors_when_walked_through_in_their_zones_then_their_instants_and_their_ends() {
    let mut wrong = Vec::new();
    for vector in lines::<Vector>("vectors.jsonl") {
        let rule = Rule::parse(&vector.rule).unwrap();
        let listed = vector.walls();
        for (found, more) in [zoned(&rule, vector.start(), &listed), one_by_one(&rule, vector.start(), &listed)] {
            let is_right = match vector.zone {
                Some(zone) => found.iter().map(|wall| utc_of_wall(*wall, zone)).eq(vector.instants.iter().copied()),
                None => found == listed,
            };
            if !is_right || vector.whole && more.is_some() {
                wrong.push(format!("{} from {} {:?}: {found:?}, {more:?}", vector.rule, vector.start, vector.zone));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn given_rules_that_the_implementations_differ_on_when_walked_through_then_as_the_rfc_has_them() {
    let mut wrong = Vec::new();
    for differing in lines::<Differing>("differing.jsonl") {
        let listed = match differing.right.as_str() {
            "dateutil" => differing.dateutil,
            "lib-recur" => differing.lib_recur,
            other => panic!("{other} is neither"),
        };
        let found = walls(&Rule::parse(&differing.rule).unwrap(), differing.start, &listed);
        if found != listed {
            wrong.push(format!("{} from {}: {found:?} and not {listed:?}", differing.rule, differing.start));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
