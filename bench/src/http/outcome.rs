//! What a load has shown of both systems, and the report of all.

use std::time::Duration;

use super::load::Workload;
use super::targets::{self, Measure, TARGETS, Target};
use crate::phase::Phase;
use crate::report::{Limit, Report};

/// What the figures of writes have to be read with.
const DURABILITY: &str = "What an acknowledgement means differs. Kafka has the record in the operating system's memory and relies on its replicas, of which \
    there are none here; Postgres has flushed its log to the disk. *Twin without flush* is the twin with `synchronous_commit=off`, which \
    gives a little less than Kafka: where only the server is killed, what it had acknowledged last may be gone.";

/// One load, on both.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Tasks that were there before.
    pub tasks: usize,
    /// What was called.
    pub workload: Workload,
    /// By how many at a time.
    pub clients: usize,
    /// What Tasklog did.
    pub tasklog: Phase,
    /// What the twin did.
    pub twin: Phase,
    /// What the twin did where it did less.
    pub lesser: Option<Lesser>,
    /// After a load that writes: until everything was projected.
    pub caught_up: Option<Duration>,
}

/// The twin, once more, without what a part of its time goes to.
#[derive(Debug, Clone, Copy)]
pub struct Lesser {
    /// Which part: the highlights of a search, the flush of a write.
    pub without: &'static str,
    /// What it did.
    pub phase: Phase,
}

impl Outcome {
    fn name(&self) -> String {
        format!("{}.{}.{}", self.tasks, self.workload.name(), self.clients)
    }

    fn quotient(&self, measure: Measure) -> f64 {
        let value = |phase: &Phase| match measure {
            Measure::Rate => phase.rate,
            Measure::Median => phase.p50,
            Measure::Tail => phase.p99,
        };
        value(&self.tasklog) / value(&self.twin)
    }

    /// What is said of it when it is over.
    pub fn line(&self) -> String {
        let of = |phase: &Phase| {
            let Phase { rate, p50, p99, refused, .. } = phase;
            format!("{rate:.0}/s, p50 {p50:.2} ms, p99 {p99:.2} ms, {refused} errors")
        };
        format!("{}: Tasklog {}; twin {}", self.name(), of(&self.tasklog), of(&self.twin))
    }

    fn row(&self) -> String {
        let of = |phase: &Phase| {
            let Phase { rate, p50, p99, refused, client_cores } = phase;
            format!("{rate:.0} | {p50:.2} | {p99:.2} | {refused} | {client_cores:.2}")
        };
        let caught_up = self.caught_up.map(|time| format!("{:.1}", time.as_secs_f64())).unwrap_or_default();
        let (name, clients) = (self.workload.name(), self.clients);
        let rates = self.quotient(Measure::Rate);
        let mut row =
            format!("| {name} | {clients} | {} | {} | {rates:.2} | {caught_up} |", of(&self.tasklog), of(&self.twin));
        if let Some(Lesser { without, phase }) = &self.lesser {
            let rates = self.tasklog.rate / phase.rate;
            row +=
                &format!("\n| {name}, twin without {without} | {clients} | | | | | | {} | {rates:.2} | |", of(phase));
        }
        row
    }
}

/// Figures of every load, the table behind them, and what was promised beside what was reached.
pub fn report(outcomes: &[Outcome], report: &mut Report) {
    for outcome in outcomes {
        figures(outcome, report);
    }
    for same in outcomes.chunk_by(|one, other| one.tasks == other.tasks) {
        errors(same, report);
    }
    for same in outcomes.chunk_by(|one, other| one.tasks == other.tasks) {
        report.note(&table(same));
    }
    report.note(&promises(outcomes));
    report.note(DURABILITY);
}

fn figures(outcome: &Outcome, report: &mut Report) {
    let Outcome { tasks, workload, clients, .. } = *outcome;
    for measure in Measure::ALL {
        let name = format!("{}.{}-to-twin", outcome.name(), measure.name());
        report.figure(&name, outcome.quotient(measure), "x", targets::limit(tasks, workload, clients, measure));
    }
    if let Some(Lesser { without, phase }) = &outcome.lesser {
        let name = format!("{}.rate-to-twin-without-{without}", outcome.name());
        report.figure(&name, outcome.tasklog.rate / phase.rate, "x", Limit::None);
    }
    if let Some(time) = outcome.caught_up {
        report.figure(&format!("{}.projected-after", outcome.name()), time.as_secs_f64(), "s", Limit::None);
    }
}

/// A call that is answered with an error is quick and counts for nothing: there must be none.
fn errors(outcomes: &[Outcome], report: &mut Report) {
    let Some(Outcome { tasks, .. }) = outcomes.first() else { return };
    let tasklog: usize = outcomes.iter().map(|outcome| outcome.tasklog.refused).sum();
    let of_both = |outcome: &Outcome| outcome.twin.refused + outcome.lesser.map_or(0, |lesser| lesser.phase.refused);
    let twin: usize = outcomes.iter().map(of_both).sum();
    for (name, count) in [("tasklog", tasklog), ("twin", twin)] {
        report.figure(&format!("{tasks}.{name}.errors"), count as f64, "calls", Limit::AtMost(0.0));
    }
}

fn table(outcomes: &[Outcome]) -> String {
    let tasks = outcomes.first().map_or(0, |outcome| outcome.tasks);
    let rows: Vec<String> = outcomes.iter().map(Outcome::row).collect();
    format!(
        "## {tasks} tasks\n\n\
         Times in milliseconds; *cores* are those that the clients took of the machine's; *projected* is how many seconds after a load that \
         writes every list and the search showed all of it.\n\n\
         | calls | clients | Tasklog /s | p50 | p99 | errors | cores | twin /s | p50 | p99 | errors | cores | Tasklog/twin | projected |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n{}",
        rows.join("\n")
    )
}

fn promises(outcomes: &[Outcome]) -> String {
    let rows: Vec<String> = TARGETS.iter().map(|target| promise(target, outcomes)).collect();
    format!(
        "## Promised and reached\n\n\
         Tasklog's figure divided by the twin's; of several loads the worst.\n\n\
         | figure | promised | reached | with | |\n|---|---:|---:|---|---|\n{}",
        rows.join("\n")
    )
}

fn promise(target: &Target, outcomes: &[Outcome]) -> String {
    let (sign, limit, worse): (_, _, fn(f64, f64) -> bool) = match target.limit {
        Limit::AtLeast(least) => (">=", least, |one, other| one < other),
        Limit::AtMost(most) => ("<=", most, |one, other| one > other),
        Limit::None => ("", 0.0, |_, _| false),
    };
    let reached = outcomes.iter().flat_map(|outcome| {
        let Outcome { tasks, workload, clients, .. } = *outcome;
        let covered = Measure::ALL.into_iter().filter(move |measure| target.covers(tasks, workload, clients, *measure));
        covered.map(|measure| (outcome.quotient(measure), outcome.name()))
    });
    match reached.reduce(|one, other| if worse(other.0, one.0) { other } else { one }) {
        Some((value, name)) => {
            let verdict = if worse(value, limit) { "short" } else { "holds" };
            format!("| {} | {sign} {limit} | {value:.2} | {name} | {verdict} |", target.text())
        }
        None => format!("| {} | {sign} {limit} | not measured | | |", target.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(rate: f64, p50: f64) -> Phase {
        Phase { rate, p50, p99: 2.0 * p50, refused: 0, client_cores: 0.1 }
    }

    fn outcome(tasks: usize, workload: Workload, clients: usize, tasklog: Phase) -> Outcome {
        Outcome { tasks, workload, clients, tasklog, twin: phase(100.0, 1.0), lesser: None, caught_up: None }
    }

    #[test]
    fn given_outcomes_when_compared_with_what_was_promised_then_the_worst_is_told() {
        let outcomes = [
            outcome(20_000, Workload::Create, 64, phase(300.0, 9.0)),
            outcome(200_000, Workload::Create, 64, phase(150.0, 9.0)),
            outcome(200_000, Workload::Create, 1, phase(150.0, 1.5)),
            outcome(20_000, Workload::Search, 1, phase(600.0, 1.0)),
        ];
        let text = promises(&outcomes);
        assert!(text.contains("| create rate at 64 clients | >= 2 | 1.50 | 200000.create.64 | short |"), "{text}");
        assert!(text.contains("| create p50 at 1 client | <= 1.5 | 1.50 | 200000.create.1 | holds |"), "{text}");
        assert!(text.contains("| search rate, from 200000 tasks on | >= 5 | not measured | | |"), "{text}");
    }

    #[test]
    fn given_an_outcome_when_put_into_the_table_then_it_has_a_cell_for_each_column() {
        let mut outcome = outcome(20_000, Workload::Search, 1, phase(600.0, 1.0));
        outcome.lesser = Some(Lesser { without: "highlights", phase: phase(50.0, 2.0) });
        let table = table(&[outcome]);
        let cells: Vec<usize> =
            table.lines().filter(|line| line.starts_with('|')).map(|line| line.matches('|').count()).collect();
        assert_eq!(cells, [15, 15, 15, 15], "{table}");
    }

    #[test]
    fn given_an_error_when_reported_then_the_report_is_short() {
        let mut well = Report::default();
        report(&[outcome(20_000, Workload::Get, 1, phase(100.0, 1.0))], &mut well);
        assert!(well.holds());
        let mut bad = Report::default();
        let refused = Phase { refused: 1, ..phase(100.0, 1.0) };
        report(&[outcome(20_000, Workload::Get, 1, refused)], &mut bad);
        assert!(!bad.holds());
    }
}
