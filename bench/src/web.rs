//! The page in a real Chromium, on a `tasklog up` with its embedded broker: how soon it is there, how soon a key shows what it does, how
//! it scrolls, what Lighthouse says. What drives the browser is `web/bench`; the times are taken in the page.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Deserialize;
use tests::system::{Broker, System};

use crate::data;
use crate::filled::caught_up;
use crate::quiet;
use crate::report::{Limit, Report};

/// What is measured on the tasks that were asked for: the files of `web/bench`.
const PARTS: [&str; 5] = ["first", "changes", "search", "windows", "lighthouse"];
/// What is measured on so many, whatever was asked for.
const SCROLL: &str = "scroll";
const SCROLLED: usize = 100_000;

/// What the figures have to be read with.
const READ_WITH: &str = "Times are taken in the page, by its own clock: from the time stamp of the key's event, or from the beginning of the navigation, until the \
    frame with the change was painted (a message that the frame's callback sends comes after it). \
    *first-list*: a browser context of its own for each load, so that nothing is cached; `all` is every open task, `today` the first view. \
    *javascript*: bytes as they came over the network (a browser on this machine takes brotli; `npm run check:size` limits gzip), of scripts that were \
    asked for before the first list was painted. \
    *change*: the cursor's task is completed by `e`, given a priority by Enter in the list of them, and one is added by Enter in quick add, \
    which is shown once the server has read it; *confirmed* is the toast, which comes with the server's answer. \
    *search*: each key that brings other tasks to the top, typed into the list of all; the page waits only where keys come within 60 ms of one another. \
    *search.shown* has half a second between keys: what one key costs by itself, the first letters included, which find most. *search.typed* has \
    120 ms, as somebody types, whether or not the page keeps up: answers of earlier keys are still on their way, and the last key counts, unless \
    the one before it finds the same. The limit is for both, as either can fail by itself: a slow search, or answers that get in one another's way. \
    *windows*: from the key in one window until the other shows it; the windows stand side by side, and each of two browsers has a stream of its own. \
    A task that is completed is gone, one that is *added* by quick add is in the list of the newest, and one whose *due* date is set, with a time of day, \
    says so: of such a time the event does not tell the instant, so the other window asks for the task. \
    *scroll*: every task of the list was read before; *frame* is the time between two frames, *long-frames* are those that the browser itself calls \
    long (over 50 ms), *blank-frames* those that are painted without a line in the middle of the list; *up* and *down* scroll after every frame, by 120 \
    and by 2,400 pixels, *jumps* go to 100 places of the list. The heap is what \
    JavaScript holds by `Runtime.getHeapUsage`, after garbage was collected three times by `HeapProfiler.collectGarbage`. \
    *lighthouse*: the median of three runs on the list of all open tasks; `mobile` is Lighthouse's own standard, a slow phone on a slow line. \
    That phone is four times slower than this machine was meanwhile, however fast that is: *benchmark-index* says how fast Lighthouse found it. \
    What the performance is made of is told without limits of its own.";

/// How much is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Tasks that are there.
    #[arg(long, env = "BENCH_TASKS", default_value_t = 50_000)]
    tasks: usize,
}

/// A figure, as `web/bench` writes it.
#[derive(Debug, Deserialize)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
    at_most: Option<f64>,
    at_least: Option<f64>,
}

/// Measures every part, or those that `only` names, and reports them.
///
/// # Errors
/// When there is no such part, or Tasklog or the browser cannot be started.
pub async fn run(options: &Options, file: &Path, only: &[String]) -> anyhow::Result<Report> {
    for name in only {
        ensure!(PARTS.contains(&name.as_str()) || name == SCROLL, "there is no part {name}");
    }
    let wanted = |name: &&str| only.is_empty() || only.iter().any(|other| other == name);
    let mut report = Report::default();
    report.numbers("BENCH_TASKS", &[options.tasks]);
    let mut system = System::start_with(Broker::Embedded, &[("RUST_LOG", "warn")]).await;

    let parts: Vec<&str> = PARTS.into_iter().filter(wanted).collect();
    if !parts.is_empty() {
        import(&system, file, options.tasks).await?;
        measure(&system, &parts, &mut report)?;
    }
    if wanted(&SCROLL) {
        // A line that was imported already makes no second task.
        import(&system, file, options.tasks.max(SCROLLED)).await?;
        measure(&system, &[SCROLL], &mut report)?;
    }
    system.tasklog.stop().await;
    report.note(READ_WITH);
    Ok(report)
}

async fn import(system: &System, file: &Path, tasks: usize) -> anyhow::Result<()> {
    println!("importing {tasks} tasks");
    let given = data::sized(file, tasks, system.folder())?;
    system.tasklog.run_well(&["import", &given.to_string_lossy()]);
    caught_up(&system.tasklog).await;
    quiet::machine().await
}

/// Has the browser driven through parts, and takes over their figures. One that fails costs no other: a whole run takes half an hour.
fn measure(system: &System, parts: &[&str], report: &mut Report) -> anyhow::Result<()> {
    let figures = system.folder().join("figures.jsonl");
    std::fs::write(&figures, "")?;
    let status = Command::new("scripts/web/bench.sh")
        .args(parts)
        .env("TASKLOG_URL", format!("http://{}", system.tasklog.address()))
        .env("BENCH_FIGURES", &figures)
        .status()
        .context("scripts/web/bench.sh: the benchmark runs in the project's folder")?;
    for line in std::fs::read_to_string(&figures)?.lines() {
        let Figure { name, value, unit, at_most, at_least } =
            serde_json::from_str(line).with_context(|| format!("not a figure: {line}"))?;
        let limit = at_most.map(Limit::AtMost).or(at_least.map(Limit::AtLeast)).unwrap_or(Limit::None);
        report.figure(&name, value, &unit, limit);
    }
    if !status.success() {
        report.unmeasured(&format!("one of {} ({status}).", parts.join(", ")));
    }
    Ok(())
}
