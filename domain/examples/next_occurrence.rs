//! How long the next occurrence of a rule takes, over the vectors of `testdata/recurrence`: after the start and after each
//! occurrence of each, in its zone. Prints median, 99th percentile and maximum over these questions, once with the rule read before
//! and once with reading it. A question's time is the mean of 20 in a row, and of five such means the least: the maximum is then that
//! of a question, not of what else the machine did.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use domain::recurrence::{After, Rule, Start, next};
use serde::Deserialize;

const BATCHES: usize = 5;
const TIMES: u128 = 20;

#[derive(Deserialize)]
struct Vector {
    rule: String,
    start: String,
    zone: Option<Tz>,
    occurrences: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Of the folder that it runs for: a build may be shared by several.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let path = Path::new(&package).join("testdata/recurrence/vectors.jsonl");
    let (mut known, mut read) = (Vec::new(), Vec::new());
    for line in fs::read_to_string(path)?.lines() {
        let vector: Vector = serde_json::from_str(line)?;
        let rule = Rule::parse(&vector.rule)?;
        let first = wall(&vector.start)?;
        let start = vector.zone.map_or_else(|| Start::Day(first.date()), |zone| Start::At(first, zone));
        for occurrence in std::iter::once(&vector.start).chain(&vector.occurrences) {
            let after = After::Wall(wall(occurrence)?);
            known.push(nanoseconds(|| next(black_box(&rule), black_box(start), black_box(after))));
            read.push(nanoseconds(|| {
                Rule::parse(black_box(&vector.rule)).map(|rule| next(&rule, black_box(start), black_box(after)))
            }));
        }
    }
    print("next_occurrence", &mut known);
    print("next_occurrence_of_text", &mut read);
    Ok(())
}

fn wall(text: &str) -> Result<NaiveDateTime, chrono::ParseError> {
    text.parse().or_else(|_| text.parse::<NaiveDate>().map(NaiveDateTime::from))
}

#[expect(clippy::disallowed_methods, reason = "this measures, the crate does not")]
fn nanoseconds<T>(mut ask: impl FnMut() -> T) -> u128 {
    let batch = || {
        let begun = Instant::now();
        for _ in 0..TIMES {
            black_box(ask());
        }
        begun.elapsed().as_nanos() / TIMES
    };
    std::iter::repeat_with(batch).take(BATCHES).min().unwrap_or_default()
}

fn print(name: &str, figures: &mut [u128]) {
    figures.sort_unstable();
    let at = |per_mille: usize| figures.get(figures.len() * per_mille / 1000).copied().unwrap_or_default();
    println!("{name}_questions {}", figures.len());
    println!("{name}_median {} ns", at(500));
    println!("{name}_p99 {} ns", at(990));
    println!("{name}_max {} ns", figures.last().copied().unwrap_or_default());
}
