//! What the person at the terminal sees of an import.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use formats::Reading;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kafka_es::ConsistencyToken;

use super::{Answer, Refused, lost};
use crate::stdout;

/// Between two lines of progress where there is no terminal for a bar.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// Complaints that are kept for the end; of more only the number is told, so that memory does not grow with the file.
const REFUSED_SHOWN_MAX: usize = 1_000;

/// Tasks that lost their parent and are shown; of more only the number is told.
const ORPHANS_SHOWN_MAX: usize = 20;

/// Counts, and shows the progress.
pub(super) struct Report {
    /// Of another program's file, where each task stands in it.
    sources: Vec<String>,
    /// Of another program's file, what is not carried, line by line.
    lost: Vec<String>,
    /// Tasks that were sent without their parent.
    orphans: usize,
    imported: u64,
    present: u64,
    /// The first complaints; a line may be refused for several fields.
    refused: Vec<Refused>,
    refused_lines: usize,
    reminders: u64,
    token: ConsistencyToken,
    bar: Option<ProgressBar>,
    started: Instant,
    logged: Instant,
}

impl Report {
    /// Of JSON Lines, whose last one ends at `total`; see [`Answer::at`].
    pub(super) fn new(total: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(total));
        let now = Instant::now();
        Self {
            sources: Vec::new(),
            lost: Vec::new(),
            orphans: 0,
            imported: 0,
            present: 0,
            refused: Vec::new(),
            refused_lines: 0,
            reminders: 0,
            token: ConsistencyToken::default(),
            bar,
            started: now,
            logged: now,
        }
    }

    /// Of another program's file that was read.
    pub(super) fn of(reading: &Reading) -> Self {
        let sources = reading.tasks.iter().map(|task| task.source.clone()).collect();
        Self { sources, lost: lost::lines(reading), ..Self::new(u64::try_from(reading.tasks.len()).ok()) }
    }

    pub(super) fn add(&mut self, answer: Answer) {
        self.imported += answer.imported;
        self.present += answer.present;
        self.reminders += answer.reminders;
        self.refused_lines += answer.refused.chunk_by(|one, next| one.line == next.line).count();
        let room = REFUSED_SHOWN_MAX - self.refused.len();
        self.refused.extend(answer.refused.into_iter().take(room));
        self.token.merge(&answer.token);
        if let Some(bar) = &self.bar {
            bar.set_position(answer.at);
            bar.set_message(self.counts());
        } else if self.logged.elapsed() >= LOG_EVERY {
            self.logged = Instant::now();
            eprintln!("{}", self.counts());
        }
    }

    /// Tasks that are sent without their parent, which was refused: that is lost, and no task is.
    pub(super) fn lose(&mut self, parents: Vec<Refused>) {
        let room = ORPHANS_SHOWN_MAX.saturating_sub(self.orphans);
        self.orphans += parents.len();
        for Refused { line, field, why } in parents.into_iter().take(room) {
            self.lost.push(format!("{}: {field}: {why}; the task is imported without it", self.place(line)));
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

    /// Prints the result, which after a failure is what became of the lines until then; the exit code is 1 when a line was refused.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn finish(self) -> io::Result<ExitCode> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        for line in &self.lost {
            eprintln!("{line}");
        }
        if self.orphans > ORPHANS_SHOWN_MAX {
            eprintln!("and {} more tasks without their parent", self.orphans - ORPHANS_SHOWN_MAX);
        }
        for Refused { line, field, why } in &self.refused {
            let place = self.place(*line);
            match field.as_str() {
                "" => eprintln!("{place}: {why}"),
                field => eprintln!("{place}: {field}: {why}"),
            }
        }
        if let Some(last) = self.refused.last().filter(|_| self.refused.len() == REFUSED_SHOWN_MAX) {
            eprintln!("and more after {}; import the file again when these are mended", self.place(last.line));
        }
        stdout::print(&format!("{} in {:.1} s\n", self.counts(), self.started.elapsed().as_secs_f64()))?;
        Ok(if self.refused_lines == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn counts(&self) -> String {
        let counts =
            format!("{} imported, {} already there, {} refused", self.imported, self.present, self.refused_lines);
        // JSON Lines have none.
        if self.sources.is_empty() { counts } else { format!("{counts}, {} reminders made", self.reminders) }
    }

    /// What a person finds the line by, which counts from 1.
    fn place(&self, line: u64) -> String {
        let source = usize::try_from(line).ok().and_then(|line| self.sources.get(line.checked_sub(1)?));
        source.cloned().unwrap_or_else(|| format!("line {line}"))
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = if total.is_some() { "{bar:30} {percent:>3} % {msg}" } else { "{spinner} {msg}" };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_more_refused_lines_than_are_shown_when_added_then_all_are_counted_and_the_first_are_kept() {
        let mut report = Report::new(None);
        for batch in 0..3 {
            // Each line is refused for two fields.
            let refused = (0..800)
                .map(|index| Refused { line: batch * 400 + index / 2 + 1, field: String::new(), why: String::new() })
                .collect();
            report.add(Answer { refused, ..Answer::default() });
        }
        assert_eq!((report.refused.len(), report.refused_lines), (REFUSED_SHOWN_MAX, 1_200));
        assert_eq!(report.refused[0].line, 1);
        assert_eq!(report.finish().unwrap(), ExitCode::from(1));
    }

    #[test]
    fn given_tasks_that_lost_their_parent_when_reported_then_the_first_are_shown_and_none_is_refused() {
        let lost = |lines: std::ops::Range<u64>| {
            lines.map(|line| Refused { line, field: "parent_id".to_owned(), why: "is gone".to_owned() }).collect()
        };
        let mut report = Report::new(None);
        report.lose(lost(1..16));
        report.lose(lost(16..31));
        assert_eq!((report.lost.len(), report.orphans), (ORPHANS_SHOWN_MAX, 30));
        assert_eq!(report.lost[0], "line 1: parent_id: is gone; the task is imported without it");
        assert_eq!(report.finish().unwrap(), ExitCode::SUCCESS);
    }

    #[test]
    fn given_a_file_of_another_program_when_reported_then_a_task_is_named_as_it_stands_there() {
        let task = |source: &str| formats::Imported {
            source: source.to_owned(),
            line: serde_json::Map::new(),
            reminders: Vec::new(),
            lost: Vec::new(),
        };
        let mut report = Report::of(&Reading { tasks: vec![task("row at line 7")], ..Reading::default() });
        assert_eq!((report.place(1), report.place(2)), ("row at line 7".to_owned(), "line 2".to_owned()));
        assert_eq!(Report::new(None).place(1), "line 1");
        report.add(Answer { imported: 1, reminders: 2, ..Answer::default() });
        assert_eq!(report.counts(), "1 imported, 0 already there, 0 refused, 2 reminders made");
    }
}
