//! The read side at several sizes: how fast projections follow the log and are built again, how soon a write is seen, how fast lists and
//! searches are answered, what a query replica holds in memory, and what very many listeners to the live stream cost. Beside what people
//! use today: postgres-es's views, `COPY`, a bare Tantivy writer.

mod answers;
mod bare_index;
mod catch_up;
mod copy;
mod figures;
mod fill;
mod generic_query;
mod live;
mod memory;
mod positions;
mod questions;
mod rebuild;
mod search_rebuild;
mod visible;

use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use clap::Args;

use crate::filled::{Filled, settle};
use crate::http::twin::Task;
use crate::phase::Pace;
use crate::report::Report;
use crate::vocabulary::Vocabulary;
use crate::warm_up;
use figures::{Figures, Part};

/// Tasks that words are drawn from.
const SAMPLE: usize = 5_000;

/// What the figures have to be read with.
const READ_WITH: &str = "*Growth* is the value at the largest size divided by the one at the smallest. The log holds lives of tasks: each was \
    imported as it began, and its due date and its completion, where it has them, are events of their own. A projector's time begins with \
    its process: its start and its migrations are in it, and all projections take their part of the machine at the same time. postgres-es is \
    given all events of some tasks, which are spread over the log. Rebuilds are the median of the rounds, taken in turn with their peers. The \
    bare Tantivy writer has its documents at hand and commits once; the product reads them from the log, folds events and commits as it goes.";

/// How much is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Tasks that are there: one round each.
    #[arg(long, env = "BENCH_TASKS", value_delimiter = ',', default_values_t = [50_000, 200_000, 1_000_000])]
    tasks: Vec<usize>,
    /// How often each rebuild is measured.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 3)]
    rounds: usize,
    #[command(flatten)]
    pace: Pace,
}

/// Measures every part, or those that `only` names, and reports them.
///
/// # Errors
/// When a system does not start, or a part does not come to its end.
pub async fn run(options: &Options, file: &Path, only: &[String]) -> anyhow::Result<Report> {
    for name in only {
        ensure!(Part::ALL.iter().any(|part| part.name() == name), "there is no part {name}");
    }
    ensure!(options.rounds > 0, "a rebuild is measured once at least");
    let mut report = Report::default();
    report.numbers("BENCH_TASKS", &options.tasks);
    report.setting("BENCH_ROUNDS", &options.rounds.to_string());
    options.pace.tell(&mut report);
    let mut figures = Figures::new(report);
    for &tasks in &options.tasks {
        figures.at(tasks);
        let mut filled = fill::start(file, tasks).await?;
        let vocabulary = Arc::new(sampled(&filled, tasks)?);
        for part in Part::ALL {
            if only.is_empty() || only.iter().any(|name| name == part.name()) {
                println!("{tasks} tasks: {}", part.name());
                settle(&filled.postgres.url()).await?;
                measure(part, options, &mut filled, &vocabulary, &mut figures).await?;
            }
        }
        filled.tasklog.stop().await;
    }
    figures.note(READ_WITH);
    Ok(figures.into_report())
}

async fn measure(
    part: Part,
    options: &Options,
    filled: &mut Filled,
    vocabulary: &Arc<Vocabulary>,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let address = filled.tasklog.address().to_owned();
    match part {
        Part::CatchUp => catch_up::figures(filled, figures).await,
        Part::Rebuild => rebuild::figures(filled, options.rounds, figures).await,
        Part::SearchRebuild => search_rebuild::figures(filled, options.rounds, figures).await,
        Part::List => answers::lists(&address, vocabulary, options.pace, figures).await,
        Part::Search => answers::searches(&address, vocabulary, options.pace, figures).await,
        Part::Memory => memory::figures(filled, vocabulary, figures).await,
        Part::Visible => {
            warm_up::broker(&filled.kafka.bootstrap()).await?;
            visible::figures(&address, figures).await
        }
        Part::Live => {
            warm_up::broker(&filled.kafka.bootstrap()).await?;
            live::figures(&mut filled.tasklog, figures).await
        }
    }
}

/// Words of some of the tasks, spread over all of them.
fn sampled(filled: &Filled, tasks: usize) -> anyhow::Result<Vocabulary> {
    let step = (tasks / SAMPLE).max(1);
    let sample = filled.exported()?.step_by(step).collect::<anyhow::Result<Vec<Task>>>()?;
    let vocabulary = Vocabulary::of(&sample)?;
    ensure!(!vocabulary.pairs.is_empty(), "no title has two words side by side");
    Ok(vocabulary)
}
