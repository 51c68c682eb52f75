//! What the person at the terminal sees of an import.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kafka_es::ConsistencyToken;

use super::{Answer, Refused};

/// Between two lines of progress where there is no terminal for a bar.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// Counts, and shows the progress.
pub(super) struct Report {
    imported: u64,
    present: u64,
    refused: Vec<Refused>,
    token: ConsistencyToken,
    bar: Option<ProgressBar>,
    started: Instant,
    logged: Instant,
}

impl Report {
    pub(super) fn new(total_bytes: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(total_bytes));
        let now = Instant::now();
        Self {
            imported: 0,
            present: 0,
            refused: Vec::new(),
            token: ConsistencyToken::default(),
            bar,
            started: now,
            logged: now,
        }
    }

    pub(super) fn add(&mut self, answer: Answer) {
        self.imported += answer.imported;
        self.present += answer.present;
        self.refused.extend(answer.refused);
        self.token.merge(&answer.token);
        if let Some(bar) = &self.bar {
            bar.set_position(answer.at_bytes);
            bar.set_message(self.counts());
        } else if self.logged.elapsed() >= LOG_EVERY {
            self.logged = Instant::now();
            tracing::info!(
                imported = self.imported,
                present = self.present,
                refused = self.refused_lines(),
                "importing"
            );
        }
    }

    /// Everything is sent; what is left is waiting.
    pub(super) fn sent(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}, waiting until all is listed and searchable", self.counts()));
        }
    }

    pub(super) fn token(&self) -> &ConsistencyToken {
        &self.token
    }

    /// Prints the result; the exit code is 1 when a line was refused.
    pub(super) fn finish(self) -> ExitCode {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        for Refused { line, field, why } in &self.refused {
            match field.as_str() {
                "" => eprintln!("line {line}: {why}"),
                field => eprintln!("line {line}: {field}: {why}"),
            }
        }
        println!("{} in {:.1} s", self.counts(), self.started.elapsed().as_secs_f64());
        if self.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }

    fn counts(&self) -> String {
        format!("{} imported, {} already there, {} refused", self.imported, self.present, self.refused_lines())
    }

    /// A line may be refused for several fields.
    fn refused_lines(&self) -> usize {
        self.refused.chunk_by(|one, next| one.line == next.line).count()
    }
}

fn bar(total_bytes: Option<u64>) -> ProgressBar {
    let bar = total_bytes.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = if total_bytes.is_some() { "{bar:30} {percent:>3} % {msg}" } else { "{spinner} {msg}" };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    bar
}
