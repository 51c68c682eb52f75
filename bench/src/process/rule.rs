//! The next occurrence of a rule: a function, measured in this process over the vectors that the engine is tested with.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use domain::recurrence::{After, Rule, Start, next};
use serde::Deserialize;

use crate::latency::Latencies;
use crate::quiet;
use crate::report::{Limit, Report};

/// The part's name, and what its figures begin with.
pub const NAME: &str = "rule";

/// A question's time is the mean of so many in a row ...
const TIMES: u32 = 20;
/// ... and the least of so many such: then it is that of the question, not of what else the machine did.
const BATCHES: usize = 5;
/// The longest half of the questions may take, in microseconds.
const P50_MAX: f64 = 10.0;

/// A rule with occurrences, as in `domain/testdata/recurrence`.
#[derive(Deserialize)]
struct Vector {
    rule: String,
    start: String,
    zone: Option<Tz>,
    occurrences: Vec<String>,
}

/// Asks after the start and after each occurrence of each rule, in its zone: once with the rule read before, and once with reading it.
pub async fn figures(report: &mut Report) -> anyhow::Result<()> {
    quiet::machine().await?;
    let path = tests::root().join("domain/testdata/recurrence/vectors.jsonl");
    let vectors = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let (mut known, mut text) = (Latencies::default(), Latencies::default());
    for line in vectors.lines() {
        let vector: Vector = serde_json::from_str(line)?;
        let rule = Rule::parse(&vector.rule).map_err(|error| anyhow!("{}: {error}", vector.rule))?;
        let first = wall(&vector.start)?;
        let start = vector.zone.map_or_else(|| Start::Day(first.date()), |zone| Start::At(first, zone));
        for occurrence in std::iter::once(&vector.start).chain(&vector.occurrences) {
            let after = After::Wall(wall(occurrence)?);
            known.add(took(|| next(black_box(&rule), black_box(start), black_box(after))));
            text.add(took(|| {
                Rule::parse(black_box(&vector.rule)).map(|rule| next(&rule, black_box(start), black_box(after)))
            }));
        }
    }
    report.figure(&format!("{NAME}.questions"), known.count() as f64, "questions", Limit::None);
    for (way, latencies, limit) in [("", &known, Limit::AtMost(P50_MAX)), (".of-text", &text, Limit::None)] {
        for (name, quantile, limit) in [("p50", 0.50, limit), ("p99", 0.99, Limit::None), ("max", 1.0, Limit::None)] {
            report.figure(&format!("{NAME}{way}.{name}"), latencies.millis(quantile) * 1e3, "µs", limit);
        }
    }
    Ok(())
}

/// A wall time, or the midnight of a day.
fn wall(text: &str) -> Result<NaiveDateTime, chrono::ParseError> {
    text.parse().or_else(|_| text.parse::<NaiveDate>().map(NaiveDateTime::from))
}

/// How long it takes to ask.
fn took<T>(mut ask: impl FnMut() -> T) -> Duration {
    let batch = || {
        let began = Instant::now();
        for _ in 0..TIMES {
            black_box(ask());
        }
        began.elapsed() / TIMES
    };
    std::iter::repeat_with(batch).take(BATCHES).min().unwrap_or_default()
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod asking {
    use super::*;

    #[test]
    fn given_a_time_or_a_day_when_read_then_it_is_a_wall_time() {
        assert_eq!(wall("2026-12-01T09:30:00").unwrap().to_string(), "2026-12-01 09:30:00");
        assert_eq!(wall("2026-12-01").unwrap().to_string(), "2026-12-01 00:00:00");
        assert!(wall("soon").is_err());
    }

    #[test]
    fn given_a_question_when_timed_then_it_is_asked_as_often_as_is_said_and_one_time_counts() {
        let mut asked = 0;
        let one = took(|| {
            asked += 1;
            std::thread::sleep(Duration::from_micros(50));
        });
        assert_eq!(asked, TIMES as usize * BATCHES);
        assert!(one >= Duration::from_micros(50), "{one:?}");
    }
}
