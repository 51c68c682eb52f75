//! The result: a Markdown table of one line a store, and what it was measured on.

use std::fmt;

use crate::contest::Figures;
use crate::machine::machine;
use crate::phase::{READS, WRITTEN_ON};
use crate::store::Contender;

/// The versions that were built.
const LOCK: &str = include_str!("../Cargo.lock");
const MIB: f64 = 1024.0 * 1024.0;

const COLUMNS: [&str; 9] = [
    "store",
    "write, records/s",
    "memory then, MiB",
    "restart, ms",
    "restart after a kill, ms",
    "kept of what the killed one wrote",
    "read, rows/s",
    "memory then, MiB",
    "on disk, MiB",
];

/// The table so far.
#[derive(Debug)]
pub struct Report {
    records: u64,
    lines: Vec<String>,
}

impl Report {
    /// An empty table for that many records.
    pub const fn new(records: u64) -> Self {
        Self { records, lines: Vec::new() }
    }

    /// Adds the line of a store.
    pub fn add(&mut self, contender: Contender, figures: &Figures) {
        let line = format!(
            "| {} | {:.0} | {:.0} | {:.1} | {:.1} | {} | {:.0} | {:.0} | {:.0} |",
            contender.title(),
            figures.written_per_second,
            figures.memory_written_mib,
            figures.restart_ms,
            figures.restart_killed_ms,
            figures.kept,
            figures.read_per_second,
            figures.memory_read_mib,
            figures.disk_bytes as f64 / MIB,
        );
        eprintln!("{line}");
        self.lines.push(line);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = self.records;
        writeln!(out, "Machine: {}\n", machine())?;
        writeln!(out, "Versions: {}\n", versions())?;
        writeln!(out, "Command, in `bench/state-stores`: `cargo run --release --locked -- {records}`\n")?;
        writeln!(
            out,
            "{records} records written, {WRITTEN_ON} more by a process that is then killed, {READS} stream rows read.\n"
        )?;
        writeln!(out, "| {} |", COLUMNS.join(" | "))?;
        writeln!(out, "|---{}|", "|---:".repeat(COLUMNS.len() - 1))?;
        self.lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

/// Of the stores and of what they are made of.
fn versions() -> String {
    let names = ["fjall", "lsm-tree", "redb", "rocksdb", "librocksdb-sys"];
    let version = |name: &str| {
        let (_, package) = LOCK.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        package.split('"').next()
    };
    names.map(|name| format!("{name} {}", version(name).unwrap_or("?"))).join(", ")
}
