//! What a run showed, and the evidence when it showed a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

use kafka_es::LogRecord;
use kafka_es::conformance::{Audit, audit};

use super::history::Operation;
use super::model::{self, Log};
use super::storm::Faults;
use crate::tasklog::built;

/// What a run showed.
#[derive(Debug)]
pub struct Report {
    /// The seed of schedule and clients.
    pub seed: u64,
    /// Operations by the kind of their outcome.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// Tries of commands under an id that was tried before.
    pub repeated: usize,
    /// Faults by kind.
    pub faults: Faults,
    /// What the log holds.
    pub audit: Audit,
    /// Streams with at least one operation that was checked, and those operations.
    pub checked: (usize, usize),
    /// The longest time in which nothing was committed, seconds.
    pub longest_gap_s: f64,
    /// How long after the storm every stream had taken a command from every writer, seconds; nothing when that did not
    /// happen in time.
    pub recovered_s: Option<f64>,
    /// Everything that is wrong; empty when nothing is.
    pub violations: Vec<String>,
}

/// What a run recorded.
#[derive(Debug)]
pub struct Recorded {
    /// The seed.
    pub seed: u64,
    /// Every operation.
    pub operations: Vec<Operation>,
    /// The log afterwards, partition by partition.
    pub records: Vec<LogRecord>,
    /// What broke.
    pub faults: Faults,
    /// See [`Report::recovered_s`].
    pub recovered_s: Option<f64>,
    /// What happened when, and what the writers said.
    pub lines: Vec<String>,
}

impl Recorded {
    /// Compares everything with everything.
    #[must_use]
    pub fn judge(&self) -> Report {
        let mut violations = Vec::new();
        let attempts: Vec<_> = self.operations.iter().filter_map(Operation::audited).collect();
        let audit = audit(&self.records, &attempts).unwrap_or_else(|faults| {
            violations.extend(faults.into_iter().map(|fault| format!("audit: {fault}")));
            Audit::default()
        });
        let log = Log::read(&self.records);
        let histories = model::histories(&self.operations, &log);
        let checked = (histories.len(), histories.values().map(Vec::len).sum());
        violations.extend(histories.iter().filter_map(|(stream, history)| model::check(stream, history).err()));
        let stopped: BTreeSet<&str> = self.operations.iter().filter_map(Operation::stopped).collect();
        violations.extend(
            stopped.into_iter().map(|why| format!("a writer stopped a partition of a log that is whole: {why}")),
        );
        if self.recovered_s.is_none() {
            violations.push("after the storm not every stream took a command from every writer".to_owned());
        }
        let mut outcomes = BTreeMap::new();
        self.operations.iter().for_each(|operation| *outcomes.entry(operation.kind()).or_default() += 1);
        Report {
            seed: self.seed,
            outcomes,
            repeated: self.operations.iter().map(|operation| operation.attempts.len() - 1).sum(),
            faults: self.faults.clone(),
            audit,
            checked,
            longest_gap_s: self.longest_gap_s(),
            recovered_s: self.recovered_s,
            violations,
        }
    }

    fn longest_gap_s(&self) -> f64 {
        let committed = self.operations.iter().filter(|operation| operation.kind() == "committed");
        let mut ends: Vec<u64> = committed.filter_map(|operation| Some(operation.attempts.last()?.end_us)).collect();
        ends.sort_unstable();
        let gap_us = ends.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        std::time::Duration::from_micros(gap_us).as_secs_f64()
    }

    /// Writes everything into a folder beside the running program, named after the seed: the report, what happened when,
    /// each operation and each record as a line.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep(&self, report: &Report) -> std::io::Result<PathBuf> {
        let folder = built(&format!("chaos-{}", self.seed));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("report.txt"), report.to_string())?;
        std::fs::write(folder.join("run.log"), self.lines.join("\n"))?;
        let mut history = std::io::BufWriter::new(std::fs::File::create(folder.join("history.jsonl"))?);
        for operation in &self.operations {
            writeln!(history, "{}", serde_json::to_string(operation)?)?;
        }
        let mut log = std::io::BufWriter::new(std::fs::File::create(folder.join("log.txt"))?);
        for record in &self.records {
            writeln!(log, "{} {}", record.position, String::from_utf8_lossy(&record.raw))?;
        }
        history.flush()?;
        log.flush()?;
        folder.canonicalize()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, outcomes, repeated, faults, audit, checked, .. } = self;
        writeln!(f, "seed {seed}")?;
        writeln!(f, "operations {}", outcomes.values().sum::<usize>())?;
        outcomes.iter().try_for_each(|(kind, count)| writeln!(f, "  {kind} {count}"))?;
        writeln!(f, "  tried again under the same id {repeated}")?;
        writeln!(f, "faults {}", faults.values().sum::<u32>())?;
        faults.iter().try_for_each(|(kind, count)| writeln!(f, "  {kind} {count}"))?;
        writeln!(f, "log: {} streams, {} events, {} void records", audit.streams, audit.events, audit.void)?;
        writeln!(f, "checked for linearizability: {} streams, {} operations", checked.0, checked.1)?;
        writeln!(f, "longest time without a committed command: {:.1} s", self.longest_gap_s)?;
        match self.recovered_s {
            Some(seconds) => {
                writeln!(f, "every stream took a command from every writer {seconds:.1} s after the storm")?
            }
            None => writeln!(f, "not every stream took a command from every writer after the storm")?,
        }
        match self.violations.as_slice() {
            [] => writeln!(f, "verdict: linearizable, and the log agrees"),
            violations => {
                writeln!(f, "verdict: {} VIOLATIONS", violations.len())?;
                violations.iter().take(20).try_for_each(|violation| writeln!(f, "  {violation}"))
            }
        }
    }
}
