//! The phases, each the whole life of a process: it prints its figures on one line.

use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::machine::resident_mib;
use crate::store::{Contender, Store, Table};
use crate::workload::{BATCH, Record, Workload, number_at, partition_key, partition_row};

/// What a process says that waits to be killed.
pub const DONE: &str = "done";
/// Records written by the process that is killed.
pub const WRITTEN_ON: u64 = 200_000;
/// Random stream rows read.
pub const READS: u64 = 200_000;
/// Records below the partition row whose rows are looked for.
const CHECKED: u64 = 1_000;

/// In the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Fills an empty store and closes it: records a second, memory.
    Write,
    /// Opens it and reads random streams: milliseconds, rows a second, memory.
    Read,
    /// Goes on writing until it is killed.
    WriteOn,
    /// Opens what that left: milliseconds, records kept.
    Recover,
}

impl Phase {
    /// As an argument of this program.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::WriteOn => "write-on",
            Self::Recover => "recover",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        let all = [Self::Write, Self::Read, Self::WriteOn, Self::Recover];
        all.into_iter().find(|phase| phase.name() == name).with_context(|| format!("no phase {name}"))
    }

    /// Runs it in this process.
    pub fn run(self, contender: Contender, folder: &Path, workload: &Workload) -> anyhow::Result<()> {
        let records = workload.records();
        let end = records + WRITTEN_ON;
        match self {
            Self::Write => {
                let mut store = contender.open(folder)?;
                let elapsed = write(&mut *store, workload, 0..records)?;
                println!("{} {}", records as f64 / elapsed.as_secs_f64(), resident_mib(std::process::id())?);
            }
            Self::Read => {
                let (store, next, restart) = restart(contender, folder)?;
                let elapsed = read(&*store, workload)?;
                let memory = resident_mib(std::process::id())?;
                ensure!(next == records, "{next} records are there, not {records}");
                check(&*store, workload, next, end)?;
                println!("{} {} {memory}", millis(restart), READS as f64 / elapsed.as_secs_f64());
            }
            Self::WriteOn => {
                let mut store = contender.open(folder)?;
                write_unsynced(&mut *store, workload, records..end)?;
                println!("{DONE}");
                // Waits for the kill; the end of the input means that nobody is left to do it.
                std::io::stdin().read_to_end(&mut Vec::new())?;
            }
            Self::Recover => {
                let (store, next, restart) = restart(contender, folder)?;
                ensure!((records..=end).contains(&next), "{next} records are there, not {records} to {end}");
                check(&*store, workload, next, end)?;
                println!("{} {}", millis(restart), next - records);
            }
        }
        Ok(())
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Opens the store and reads how far it was written.
fn restart(contender: Contender, folder: &Path) -> anyhow::Result<(Box<dyn Store>, u64, Duration)> {
    let started = Instant::now();
    let store = contender.open(folder)?;
    let next = store.get(Table::Partitions, &partition_key())?.context("no partition row")?;
    let elapsed = started.elapsed();
    Ok((store, number_at(&next)?, elapsed))
}

fn write(store: &mut dyn Store, workload: &Workload, offsets: Range<u64>) -> anyhow::Result<Duration> {
    let started = Instant::now();
    write_unsynced(store, workload, offsets)?;
    store.sync()?;
    Ok(started.elapsed())
}

/// Batches as kafka-es writes them: the log is the truth, a lost end only costs reading it again.
fn write_unsynced(store: &mut dyn Store, workload: &Workload, offsets: Range<u64>) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut start = offsets.start;
    while start < offsets.end {
        let next = offsets.end.min(start + BATCH);
        for record in (start..next).map(|offset| workload.record(offset)) {
            look_up(store, &record)?;
            rows.extend(record.rows());
        }
        rows.push(partition_row(next));
        // In order of key, as kafka-es does.
        rows.sort_unstable_by(|one, other| (one.table, &one.key).cmp(&(other.table, &other.key)));
        store.write(&rows)?;
        rows.clear();
        start = next;
    }
    Ok(())
}

/// What a command asks before it is written: was I here before, and what is my stream?
fn look_up(store: &dyn Store, record: &Record) -> anyhow::Result<()> {
    ensure!(
        store.get(Table::Commands, &record.command_key())?.is_none(),
        "a command that was not written yet is there"
    );
    let before = store.get(Table::Streams, record.stream_key())?.map(|row| number_at(&row)).transpose()?;
    ensure!(before.unwrap_or_default() + 1 == record.sequence(), "a stream is at {before:?} before {record:?}");
    Ok(())
}

fn read(store: &dyn Store, workload: &Workload) -> anyhow::Result<Duration> {
    let started = Instant::now();
    for draw in 0..READS {
        let stream = workload.random_stream(draw);
        store.get(Table::Streams, &stream)?.context("a stream is not there")?;
    }
    Ok(started.elapsed())
}

/// The partition row and the rows of the records must tell the same: all are there below it, and none from it on.
fn check(store: &dyn Store, workload: &Workload, next: u64, end: u64) -> anyhow::Result<()> {
    for offset in next - CHECKED..end {
        let record = workload.record(offset);
        let written = offset < next;
        let number = |table, key: &[u8]| store.get(table, key)?.map(|row| number_at(&row)).transpose();
        let event = number(Table::Events, &record.event_key())?;
        ensure!(event == written.then_some(offset), "next is {next}, but the event of {record:?} is {event:?}");
        let command = number(Table::Commands, &record.command_key())?;
        let expected = written.then_some(record.sequence());
        ensure!(command == expected, "next is {next}, but the command of {record:?} is {command:?}");
        let stream = number(Table::Streams, record.stream_key())?.unwrap_or_default();
        let agrees = if written { stream == record.sequence() } else { stream < record.sequence() };
        ensure!(agrees, "next is {next}, but the stream of {record:?} is at {stream}");
    }
    Ok(())
}
