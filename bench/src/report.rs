//! Figures: printed as they come, and written with what they were measured on.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::machine::machine;

/// How a figure compares with its limit.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Nothing was promised; the figure is for the record.
    None,
}

impl Limit {
    /// Whether a figure keeps to it.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::None => true,
        }
    }

    /// As it is printed; `None` where nothing was promised.
    pub fn text(self) -> Option<String> {
        match self {
            Self::AtMost(most) => Some(format!("<= {most}")),
            Self::AtLeast(least) => Some(format!(">= {least}")),
            Self::None => None,
        }
    }
}

/// The figures of one run.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<String>,
    notes: Vec<String>,
    settings: Vec<String>,
    short: bool,
}

impl Report {
    /// Prints a figure and keeps it.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str, limit: Limit) {
        let holds = limit.holds(value);
        self.short |= !holds;
        let mut line = format!("{name} {value:.2} {unit}");
        if let Some(limit) = limit.text() {
            line += &format!(" limit {limit} {}", if holds { "holds" } else { "short" });
        }
        println!("{line}");
        self.lines.push(line);
    }

    /// Prints text in Markdown and keeps it, below the figures.
    pub fn note(&mut self, text: &str) {
        println!("\n{text}");
        self.notes.push(text.to_owned());
    }

    /// Notes that something was not measured to its end: what was is kept, and the run falls short.
    pub fn unmeasured(&mut self, text: &str) {
        self.short = true;
        self.note(&format!("**Not measured to its end:** {text}"));
    }

    /// Keeps a variable that this run was made with.
    pub fn setting(&mut self, name: &str, value: &str) {
        self.settings.push(format!(" {name}={value}"));
    }

    /// The same for a list of numbers, as the command line takes it.
    pub fn numbers(&mut self, name: &str, numbers: &[usize]) {
        self.setting(name, &numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(","));
    }

    /// Whether all was measured and every figure keeps its limit.
    pub fn holds(&self) -> bool {
        !self.short
    }

    /// Writes the figures with machine, commit and command.
    pub fn write(&self, file: &Path, name: &str, given_data: bool) -> anyhow::Result<()> {
        let mut page = format!("# {name}\n\n");
        writeln!(page, "Machine: {}; client, broker and servers share it\n", machine())?;
        writeln!(page, "Commit: {}\n", commit())?;
        let data = if given_data { " BENCH_DATA=FILE" } else { "" };
        writeln!(page, "Command: `make bench NAME={name}{}{data}`\n", self.settings.concat())?;
        writeln!(page, "```")?;
        for line in &self.lines {
            writeln!(page, "{line}")?;
        }
        writeln!(page, "```")?;
        for note in &self.notes {
            writeln!(page, "\n{note}")?;
        }
        std::fs::create_dir_all(file.parent().context("a results file has a folder")?)?;
        std::fs::write(file, page).with_context(|| format!("writing {}", file.display()))
    }
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let hash = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|status| !status.is_empty());
    if changed { format!("{hash} with uncommitted changes") } else { hash }
}
