//! For how long what a projection has not passed yet has been in the log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use kafka_es::Position;
use tokio::time::{Instant, timeout};

use crate::positions::{Offsets, Positions};
use crate::source::{ByPartition, Log, Written, WrittenAt};

/// Records that are passed within this were on their way: they are not looked up.
const ON_THEIR_WAY: Duration = Duration::from_millis(100);
/// Records are looked up for no longer than this.
const READ_TIMEOUT: Duration = Duration::from_secs(1);
/// What was told of a projection that moves is told again for so long: to read the log for every question would hold up whoever is behind.
const TOLD_FOR: Duration = Duration::from_secs(2);

/// By projection: seconds, or `None` where that cannot be told.
pub(crate) type Seconds = BTreeMap<String, Option<f64>>;

/// Tells how late projections are.
///
/// A record says when it was written, and the log is asked for it where a projection stands: only there, for something is under way at any
/// time, and what is passed a moment later is not late.
pub(crate) struct Lateness {
    positions: Positions,
    written: WrittenAt,
    told: Mutex<BTreeMap<String, (Instant, f64)>>,
}

impl Lateness {
    pub(crate) fn new(log: Arc<dyn Log>, positions: Positions) -> Self {
        Self { positions, written: WrittenAt::new(log), told: Mutex::default() }
    }

    /// How late each of these is at `now`: 0 where it has passed what the log held at `ends`.
    pub(crate) async fn of(&self, known: &[(String, Offsets)], ends: &ByPartition<i64>, now: DateTime<Utc>) -> Seconds {
        let next = known.iter().map(|(name, _)| self.next_after(name, ends));
        let next = join_all(next).await;
        let (mut seconds, mut asked) = (Seconds::new(), Vec::new());
        for ((name, _), next) in known.iter().zip(next) {
            match self.told_of(name) {
                _ if next.is_empty() => _ = seconds.insert(name.clone(), Some(0.0)),
                Some(told) => _ = seconds.insert(name.clone(), Some(told)),
                None => asked.push((name, next)),
            }
        }
        if asked.is_empty() {
            return seconds;
        }
        let wanted: BTreeSet<Position> = asked.iter().flat_map(|(_, next)| next.iter().cloned()).collect();
        let at = Instant::now();
        let written = self.written.of(&wanted, at + READ_TIMEOUT).await;
        for (name, next) in asked {
            let found = oldest(&next, &written, now);
            if let Some(found) = found {
                self.told().insert(name.clone(), (at, found));
            }
            seconds.insert(name.clone(), found);
        }
        seconds
    }

    /// The records that a projection comes to next, where it does not pass all before `ends` in a moment.
    async fn next_after(&self, name: &str, ends: &ByPartition<i64>) -> Vec<Position> {
        let mut at = self.positions.watch(name);
        // Whether it does or not, what is still to come is what counts.
        let _ = timeout(ON_THEIR_WAY, at.wait_for(|at| left(at, ends).is_empty())).await;
        left(&at.borrow(), ends)
    }

    fn told_of(&self, name: &str) -> Option<f64> {
        let told = self.told().get(name).copied();
        told.filter(|(at, _)| at.elapsed() < TOLD_FOR).map(|(_, seconds)| seconds)
    }

    fn told(&self) -> MutexGuard<'_, BTreeMap<String, (Instant, f64)>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first record of each partition that is not applied, of those before `ends`.
fn left(applied: &Offsets, ends: &ByPartition<i64>) -> Vec<Position> {
    let left = applied.iter().filter(|(partition, at)| ends.get(*partition).is_some_and(|end| **at < end - 1));
    left.map(|((topic, partition), at)| Position { topic: topic.clone(), partition: *partition, offset: at + 1 })
        .collect()
}

/// Seconds since the oldest of these was written; `None` where one of them cannot be told.
fn oldest(next: &[Position], written: &Written, now: DateTime<Utc>) -> Option<f64> {
    next.iter().try_fold(0.0, |oldest: f64, position| {
        let at = written.get(position).copied().flatten()?;
        Some(oldest.max((now - at).num_milliseconds() as f64 / 1_000.0))
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kafka_es::{EnvelopeError, LogRecord};

    use super::*;
    use crate::source::MemoryLog;

    const TOPIC: &str = "task-events";

    fn now() -> DateTime<Utc> {
        "2026-11-30T08:00:00Z".parse().unwrap()
    }

    fn append(log: &MemoryLog, seconds_ago: Option<i64>) {
        let written = seconds_ago.map(|ago| (now() - TimeDelta::seconds(ago)).timestamp_millis());
        log.append(LogRecord {
            position: Position { topic: TOPIC.to_owned(), partition: 0, offset: 0 },
            key: None,
            timestamp_ms: written,
            traceparent: None,
            content: Err(EnvelopeError::Empty),
            raw: Vec::new(),
        });
    }

    fn at(offset: i64) -> Offsets {
        [((TOPIC.to_owned(), 0), offset)].into()
    }

    /// How late `tasks` and `history` are.
    async fn late(lateness: &Lateness, log: &MemoryLog) -> [Option<f64>; 2] {
        let ends = log.end_offsets(&[TOPIC]).await.unwrap();
        let seconds = lateness.of(&lateness.positions.all(), &ends, now()).await;
        ["tasks", "history"].map(|name| seconds[name])
    }

    #[tokio::test(start_paused = true)]
    async fn given_projections_at_some_places_then_each_is_as_late_as_the_record_that_it_comes_to_next() {
        let log = MemoryLog::new(&[TOPIC], 1);
        for ago in [90, 60, 30] {
            append(&log, Some(ago));
        }
        let (positions, source) = (Positions::new(), Arc::new(log.clone()));
        let lateness = Lateness::new(source, positions.clone());
        positions.replace("tasks", at(0));
        positions.replace("history", at(2));
        assert_eq!(late(&lateness, &log).await, [Some(60.0), Some(0.0)]);
        // Where it has come to meanwhile is looked up after a while.
        positions.replace("tasks", at(1));
        assert_eq!(late(&lateness, &log).await, [Some(60.0), Some(0.0)]);
        tokio::time::advance(TOLD_FOR).await;
        assert_eq!(late(&lateness, &log).await, [Some(30.0), Some(0.0)]);
        // But not whether it is there.
        positions.replace("tasks", at(2));
        assert_eq!(late(&lateness, &log).await, [Some(0.0); 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn given_a_record_that_does_not_say_when_it_was_written_then_it_cannot_be_told() {
        let log = MemoryLog::new(&[TOPIC], 1);
        append(&log, None);
        let positions = Positions::new();
        let lateness = Lateness::new(Arc::new(log.clone()), positions.clone());
        positions.replace("tasks", at(-1));
        positions.replace("history", at(0));
        assert_eq!(late(&lateness, &log).await, [None, Some(0.0)]);
    }

    #[tokio::test(start_paused = true)]
    async fn given_a_projection_that_is_there_a_moment_later_then_it_is_not_late() {
        let log = MemoryLog::new(&[TOPIC], 1);
        append(&log, Some(90));
        let positions = Positions::new();
        let lateness = Lateness::new(Arc::new(log.clone()), positions.clone());
        positions.replace("tasks", at(-1));
        positions.replace("history", at(0));
        let moves = async {
            tokio::time::sleep(ON_THEIR_WAY / 2).await;
            positions.replace("tasks", at(0));
        };
        let (late, ()) = tokio::join!(late(&lateness, &log), moves);
        assert_eq!(late, [Some(0.0); 2]);
    }
}
