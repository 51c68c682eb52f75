//! One contender through all phases, seen from outside.

use anyhow::Context;

use crate::phase::Phase;
use crate::process::{Child, disk_bytes};
use crate::store::Contender;

/// What was measured of one contender.
#[derive(Debug)]
pub struct Figures {
    /// Records written in a second, lookups included.
    pub written_per_second: f64,
    /// Resident memory once all are written, in MiB.
    pub memory_written_mib: f64,
    /// What the folder takes on disk once closed, in bytes.
    pub disk_bytes: u64,
    /// From before the store is opened until the partition row is read, in milliseconds.
    pub restart_ms: f64,
    /// The same after a process that wrote was killed.
    pub restart_killed_ms: f64,
    /// How many of the records it wrote outlived it.
    pub kept: u64,
    /// Random stream rows read in a second.
    pub read_per_second: f64,
    /// Resident memory after these reads, in MiB.
    pub memory_read_mib: f64,
}

/// Runs all phases in a folder that goes away.
pub fn measure(contender: Contender, records: u64) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let start = |phase: Phase| {
        eprintln!("{}: {}", contender.title(), phase.name());
        Child::start(phase, contender, folder.path(), records)
    };
    let [written_per_second, memory_written_mib] = start(Phase::Write)?.figures()?;
    let disk_bytes = disk_bytes(folder.path())?;
    let [restart_ms, read_per_second, memory_read_mib] = start(Phase::Read)?.figures()?;
    start(Phase::WriteOn)?.kill_when_done()?;
    let [restart_killed_ms, kept] = start(Phase::Recover)?.figures()?;
    Ok(Figures {
        written_per_second,
        memory_written_mib,
        disk_bytes,
        restart_ms,
        restart_killed_ms,
        kept: kept as u64,
        read_per_second,
        memory_read_mib,
    })
}
