//! A log that grows at random: tasks come, change and go, and between them stands what is no event or cannot be read.

use std::collections::BTreeMap;

use domain::task::{Status, TaskChanges, TaskCreated, TaskEvent, TaskUpdated};
use domain::topics;
use kafka_es::{EnvelopeError, LogRecord};
use serde_json::value::RawValue;

use super::given::{created, deleted, record, record_of, renamed, time};
use crate::source::MemoryLog;

const WORDS: [&str; 8] = ["word", "Wörd", "games", "wordy", "ward", "other", "report", "reports"];
const TAGS: [&str; 4] = ["home", "Home", "two words", "work"];

/// Numbers that follow from a seed (SplitMix64).
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub(super) fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap()
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<'a>(&mut self, things: &[&'a str]) -> &'a str {
        things[self.index(things.len())]
    }
}

/// A log in memory of two partitions, and what has been appended to each stream.
pub(super) struct Growing {
    pub log: MemoryLog,
    pub dice: Dice,
    streams: BTreeMap<u128, Stream>,
}

#[derive(Default)]
struct Stream {
    sequence: u64,
    deleted: bool,
}

impl Growing {
    pub(super) fn new(seed: u64) -> Self {
        let log = MemoryLog::new(&[topics::TASKS], 2);
        Self { log, dice: Dice::new(seed), streams: BTreeMap::new() }
    }

    /// Appends so many records.
    pub(super) fn grow(&mut self, records: u64) {
        for _ in 0..records {
            let next = self.streams.len() as u128 + 1;
            let n = if self.dice.chance(12) { next } else { u128::from(self.dice.below(next as u64)) + 1 };
            let mut record = self.record(n);
            record.position.partition = i32::try_from(n % 2).unwrap();
            self.log.append(record);
        }
    }

    fn record(&mut self, n: u128) -> LogRecord {
        let lot = self.dice.below(100);
        let Stream { sequence, deleted: gone } = *self.streams.entry(n).or_default();
        match lot {
            0..4 => return foreign(n, EnvelopeError::Empty),
            4..8 => return foreign(n, EnvelopeError::Blank),
            8..22 if sequence > 0 => {
                let lost = self.dice.below(sequence) + 1;
                return record(n, lost, 0, &renamed("word that lost", 9));
            }
            _ if gone => return record(n, sequence, 0, &renamed("word that lost to the end", 9)),
            _ => {}
        }
        let event = match (lot, sequence) {
            (95.., _) => None,
            (_, 0) => Some(TaskEvent::Created(self.task(n))),
            (85..95, _) => Some(deleted(1_000)),
            _ => Some(self.change()),
        };
        let stream = self.streams.entry(n).or_default();
        stream.sequence += 1;
        stream.deleted = matches!(event, Some(TaskEvent::Deleted(_)));
        match event {
            Some(event) => record(n, stream.sequence, 0, &event),
            None => record_of(n, stream.sequence, 0, "tasklog.task.painted.v9", RawValue::NULL.to_owned()),
        }
    }

    fn task(&mut self, n: u128) -> TaskCreated {
        let (title, description) = (self.text(4), self.text(12));
        let tags = self.tags();
        TaskCreated { tags, ..created(n, &title, &description) }
    }

    fn change(&mut self) -> TaskEvent {
        let mut changes = TaskChanges { title: Some(self.text(4)), ..TaskChanges::default() };
        if self.dice.chance(40) {
            changes.tags = Some(self.tags());
        }
        if self.dice.chance(40) {
            changes.status = Some(if self.dice.chance(50) { Status::InProgress } else { Status::Cancelled });
        }
        let updated_at = time(i64::try_from(self.dice.below(1_000)).unwrap());
        TaskEvent::Updated(TaskUpdated { changes, updated_at })
    }

    fn text(&mut self, most: usize) -> String {
        let words = 1 + self.dice.index(most);
        (0..words).map(|_| self.dice.one_of(&WORDS)).collect::<Vec<_>>().join(" ")
    }

    fn tags(&mut self) -> Vec<String> {
        let count = self.dice.index(3);
        (0..count).map(|_| self.dice.one_of(&TAGS).to_owned()).collect()
    }
}

fn foreign(n: u128, error: EnvelopeError) -> LogRecord {
    LogRecord { content: Err(error), ..record(n, 1, 0, &renamed("word of nobody", 9)) }
}
