//! This program as a child of itself, and what Linux tells of processes and files.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};

use anyhow::{Context, ensure};

use crate::phase::{DONE, Phase};
use crate::store::Contender;

/// A running phase.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a phase in a process of its own.
    pub fn start(phase: Phase, contender: Contender, folder: &Path, records: u64) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["phase", phase.name(), contender.name()])
            .arg(folder)
            .arg(records.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(process.stdout.take().context("the output is a pipe")?);
        Ok(Self { process, output })
    }

    /// Its figures, once it has ended well.
    pub fn figures<const N: usize>(mut self) -> anyhow::Result<[f64; N]> {
        let line = self.line()?;
        let status = self.process.wait()?;
        ensure!(status.success(), "a phase failed: {status}");
        let figures: Result<Vec<f64>, _> = line.split_whitespace().map(str::parse).collect();
        figures?.try_into().map_err(|found| anyhow::anyhow!("{N} figures were expected, not {found:?}"))
    }

    /// Waits until it says that it is done, and ends it on the spot: nothing is dropped, flushed or closed.
    pub fn kill_when_done(mut self) -> anyhow::Result<()> {
        let line = self.line()?;
        self.process.kill()?;
        let status = self.process.wait()?;
        ensure!(line == DONE, "a phase failed: {status}");
        Ok(())
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

/// What the files under a folder take on disk: files that were laid out ahead or have holes count as what they occupy.
pub fn disk_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}
