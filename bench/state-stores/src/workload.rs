//! The records: the same for every store, and each made from its offset alone, so that nothing has to be remembered.

use anyhow::Context;

use crate::store::{Row, Table};

/// Records written as one.
pub const BATCH: u64 = 2_000;
/// Another one makes other ids and texts.
const SEED: u64 = 0x7461_736b_6c6f_6700;
/// Records to a stream.
const DEPTH: u64 = 10;
const WORDS: [&str; 16] = [
    "water", "plants", "call", "report", "review", "quarter", "invoice", "garden", "doctor", "ticket", "budget",
    "kitchen", "letter", "meeting", "archive", "bicycle",
];

/// So many records over a tenth as many streams. Each stream has its turn before the first one comes again: no store
/// profits from a row it has just written.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    records: u64,
}

impl Workload {
    /// A workload of that size; what is written beyond it goes on with the same streams.
    pub const fn new(records: u64) -> Self {
        Self { records }
    }

    /// How many records.
    pub const fn records(&self) -> u64 {
        self.records
    }

    const fn streams(&self) -> u64 {
        self.records / DEPTH
    }

    /// The record at an offset.
    pub fn record(&self, offset: u64) -> Record {
        let stream = stream_key(offset % self.streams());
        Record { offset, sequence: offset / self.streams() + 1, stream, command: id("command", offset) }
    }

    /// Key of some stream; the same one for the same draw.
    pub fn random_stream(&self, draw: u64) -> Vec<u8> {
        stream_key(hash("draw", draw) % self.streams()).into_bytes()
    }
}

/// One event of a task, as kafka-es would keep what it has to remember of it.
#[derive(Debug)]
pub struct Record {
    offset: u64,
    sequence: u64,
    stream: String,
    command: String,
}

impl Record {
    /// Its number within its stream, from 1.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Key of the stream row.
    pub const fn stream_key(&self) -> &[u8] {
        self.stream.as_bytes()
    }

    /// Key of the event row.
    pub fn event_key(&self) -> Vec<u8> {
        [self.stream.as_bytes(), &[0], &self.sequence.to_be_bytes()].concat()
    }

    /// Key of the command row.
    pub fn command_key(&self) -> Vec<u8> {
        [self.stream.as_bytes(), &[0], self.command.as_bytes()].concat()
    }

    /// All that is written of it.
    pub fn rows(&self) -> [Row; 3] {
        let sequence = self.sequence.to_be_bytes();
        let snapshot_version = 1_u32.to_be_bytes();
        let state = [&sequence[..], &snapshot_version, self.snapshot().as_bytes()].concat();
        [
            Row { table: Table::Streams, key: self.stream_key().to_vec(), value: state },
            Row { table: Table::Events, key: self.event_key(), value: self.offset.to_be_bytes().to_vec() },
            Row { table: Table::Commands, key: self.command_key(), value: sequence.to_vec() },
        ]
    }

    /// About 250 bytes of JSON that say what a task's snapshot says.
    fn snapshot(&self) -> String {
        let chosen = hash("text", self.offset);
        let word = |n: u32| WORDS[(chosen >> (4 * n)) as usize % WORDS.len()];
        let day = |n: u32| (chosen >> (4 * n)) % 28 + 1;
        let task = self.stream.rsplit('/').next().unwrap_or_default();
        let what = format!(
            r#""id":"{task}","title":"{} {} {} {}","status":"open","priority":"high","tags":["{}"]"#,
            word(0),
            word(1),
            word(2),
            word(3),
            word(4),
        );
        let (due, created, updated, second) = (day(5), day(6), day(7), chosen % 60);
        let created = format!("2026-07-{created:02}T09:00:00Z");
        let updated = format!("2026-08-{updated:02}T10:00:{second:02}Z");
        let when = format!(r#""due":"2026-12-{due:02}","created_at":"{created}","updated_at":"{updated}""#);
        format!(r#"{{{what},{when},"version":{}}}"#, self.sequence)
    }
}

/// Key of the one partition.
pub const fn partition_key() -> [u8; 4] {
    0_i32.to_be_bytes()
}

/// Says that every record below `next` is written.
pub fn partition_row(next: u64) -> Row {
    Row { table: Table::Partitions, key: partition_key().to_vec(), value: next.to_be_bytes().to_vec() }
}

/// The number that every row's value begins with.
pub fn number_at(value: &[u8]) -> anyhow::Result<u64> {
    value.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)).context("a row is too short")
}

fn stream_key(stream: u64) -> String {
    format!("default/{}", id("stream", stream))
}

/// Reads like a UUID of random bits, which those of imported tasks and of commands are.
fn id(kind: &str, n: u64) -> String {
    let (high, low) = (hash(kind, n), hash(kind, !n));
    let part = |bits: u64, shift: u32, mask: u64| bits >> shift & mask;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        part(high, 16, 0xffff),
        part(high, 0, 0xffff),
        low >> 48,
        part(low, 0, 0xffff_ffff_ffff),
    )
}

/// splitmix64 of a number, different for each kind.
fn hash(kind: &str, n: u64) -> u64 {
    let kind = kind.bytes().fold(SEED, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    let mut z = (kind ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
