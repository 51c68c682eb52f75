//! Process managers: how soon the next task of a series is there; how soon reminders ring that are due in the same second, killed in the
//! midst of it or not; what very many series and very many waiting reminders cost. And the function behind all series: how long it takes to
//! find the next occurrence of a rule.

mod bell;
mod given;
mod load;
mod log;
mod next_occurrence;
mod ring;
mod rule;
mod series;
mod timers;

use anyhow::ensure;
use clap::Args;

use crate::filled::Filled;
use crate::report::Report;
use crate::warm_up;

/// What the figures have to be read with.
const READ_WITH: &str = "*rule*: the next occurrence of a rule, found in the benchmark's own process over the vectors in `domain/testdata/recurrence`, \
    after the start and after each occurrence of each; *of-text* reads the rule each time. Each other part runs on a system of its own that was empty before, on a broker that has taken 150,000 other records and given each to six readers. *next-occurrence*: from the answer to the completion until a list shows \
    the next task, which is asked for again and again. The completion's token stands for the completion alone, so it does not say when the \
    next task is there: *with-token* are the same questions with that token. What rings and what is made is read from the log: a time ends \
    when this reader has the record, and a record that lost the race for its sequence (*void*) is no event. In *ring-killed*, a delivery that the \
    killed process had just taken up is taken up again after ten seconds (*sent*). *series*: *before* and \
    *during* are the same calls, fifty creates a second, before the time comes and from there until the last task is made. *timers*: the \
    rows that wait are copies, made in the database, of one that the program has written, with ids and times of their own, and no events \
    behind them; those that ring are made by the API. The clock of that process is off, so that a tick finds what is due.";

/// How much there is of each.
#[derive(Debug, Args)]
pub struct Options {
    /// Tasks of series that are completed, for each way to ask for the next one.
    #[arg(long, env = "BENCH_COMPLETIONS", default_value_t = 300)]
    completions: usize,
    /// Reminders that are due in the same second.
    #[arg(long, env = "BENCH_REMINDERS", default_value_t = 10_000)]
    reminders: usize,
    /// Series whose next task the same second brings about.
    #[arg(long, env = "BENCH_SERIES", default_value_t = 100_000)]
    series: usize,
    /// Reminders that wait.
    #[arg(long, env = "BENCH_TIMERS", default_value_t = 1_000_000)]
    timers: usize,
}

impl Options {
    fn counts(&self) -> [(&'static str, usize); 4] {
        [
            ("BENCH_COMPLETIONS", self.completions),
            ("BENCH_REMINDERS", self.reminders),
            ("BENCH_SERIES", self.series),
            ("BENCH_TIMERS", self.timers),
        ]
    }
}

/// A part of the benchmark that runs on a system, by the name that `--only` takes and its figures begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    NextOccurrence,
    Ring,
    RingKilled,
    Series,
    Timers,
}

impl Part {
    const ALL: [Self; 5] = [Self::NextOccurrence, Self::Ring, Self::RingKilled, Self::Series, Self::Timers];

    fn name(self) -> &'static str {
        match self {
            Self::NextOccurrence => "next-occurrence",
            Self::Ring => "ring",
            Self::RingKilled => "ring-killed",
            Self::Series => "series",
            Self::Timers => "timers",
        }
    }

    /// What its system is started with.
    fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::NextOccurrence | Self::Series => &[],
            // The receiver is on this machine.
            Self::Ring | Self::RingKilled => &[("NOTIFY_ALLOW_PRIVATE", "true")],
            Self::Timers => &[("INTERNAL_CLOCK", "false")],
        }
    }

    async fn measure(self, options: &Options, system: &mut Filled, report: &mut Report) -> anyhow::Result<()> {
        match self {
            Self::NextOccurrence => next_occurrence::figures(system, options.completions, report).await,
            Self::Ring => ring::figures(system, options.reminders, report).await,
            Self::RingKilled => ring::figures_killed(system, options.reminders, report).await,
            Self::Series => series::figures(system, options.series, report).await,
            Self::Timers => timers::figures(system, options.timers, report).await,
        }
    }
}

/// Measures every part, or those that `only` names, and reports them.
///
/// # Errors
/// When a system does not start, or a part does not come to its end.
pub async fn run(options: &Options, only: &[String]) -> anyhow::Result<Report> {
    for name in only {
        ensure!(name == rule::NAME || Part::ALL.iter().any(|part| part.name() == name), "there is no part {name}");
    }
    let wanted = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
    let mut report = Report::default();
    for (name, count) in options.counts() {
        ensure!(count > 0, "{name} is at least 1");
        report.setting(name, &count.to_string());
    }
    // It needs no system, and nothing is busy yet.
    if wanted(rule::NAME) {
        println!("{}", rule::NAME);
        rule::figures(&mut report).await?;
    }
    for part in Part::ALL {
        if wanted(part.name()) {
            println!("{}", part.name());
            let mut system = Filled::empty(part.variables()).await;
            warm_up::broker(&system.kafka.bootstrap()).await?;
            part.measure(options, &mut system, &mut report).await?;
            system.tasklog.stop().await;
        }
    }
    report.note(READ_WITH);
    Ok(report)
}
