//! How far a rebuild is: a bar in a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::ensure;
use indicatif::{ProgressBar, ProgressStyle};
use kafka_es::{ConsistencyToken, Position};
use projection::Positions;
use projection::source::ByPartition;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);
/// A projection that applies no record for this long will not do so later either.
pub const STUCK_AFTER: Duration = Duration::from_secs(60);
/// Between two looks at the positions, to move the bar; the end itself is a wake-up.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// The progress of one projection.
pub struct Progress {
    name: String,
    started: Instant,
    said: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of `name`, from now.
    pub fn new(name: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix:>10} {bar:40} {human_pos}/{human_len} {per_sec} {eta}")
                .expect("a fixed template that is well formed");
            ProgressBar::new(0).with_style(style).with_prefix(name.to_owned())
        });
        Self { name: name.to_owned(), started: Instant::now(), said: Instant::now(), bar }
    }

    /// `read` of `total` records are done.
    pub fn at(&mut self, read: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(read);
        } else if self.said.elapsed() >= LINE_EVERY {
            self.said = Instant::now();
            eprintln!("{}: {read} of {total} records", self.name);
        }
    }

    /// A line beside the progress.
    pub fn say(&self, what: &str) {
        let line = format!("{}: {what}", self.name);
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// All `total` records are done.
    pub fn done(self, total: u64) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let seconds = self.started.elapsed().as_secs_f64();
        println!("{}: rebuilt from {total} records in {seconds:.1} s", self.name);
    }

    /// True when the projection has applied everything below `ends`; false when it has applied nothing for `patience`.
    pub async fn until_applied(
        &mut self,
        projection: &str,
        ends: &ByPartition<i64>,
        positions: &Positions,
        patience: Duration,
    ) -> bool {
        let last = ends.iter().filter(|(_, end)| **end > 0);
        let goal: ConsistencyToken = last
            .map(|((topic, partition), end)| Position { topic: topic.clone(), partition: *partition, offset: end - 1 })
            .collect();
        let (mut before, mut moved) = (None, Instant::now());
        while positions.wait_for(projection, &goal, DRAW_EVERY).await.is_err() {
            let applied: i64 = positions.current(projection).values().map(|position| position + 1).sum();
            if before.replace(applied) != Some(applied) {
                moved = Instant::now();
            } else if moved.elapsed() > patience {
                return false;
            }
            self.at(applied.unsigned_abs(), total(ends));
        }
        true
    }

    /// The end of it: everything below `ends` is applied, or it is stuck.
    ///
    /// # Errors
    /// When it is not `applied`.
    pub fn end(self, applied: bool, ends: &ByPartition<i64>) -> anyhow::Result<()> {
        ensure!(
            applied,
            "{} has applied no record for {} s; GET /projections and the log of the projector say why",
            self.name,
            STUCK_AFTER.as_secs()
        );
        self.done(total(ends));
        Ok(())
    }
}

fn total(ends: &ByPartition<i64>) -> u64 {
    ends.values().sum::<i64>().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    fn ends(offset: i64) -> ByPartition<i64> {
        [(("task-events".to_owned(), 0), offset)].into()
    }

    #[tokio::test]
    async fn given_a_projection_that_nobody_moves_when_watched_then_it_is_told_and_is_no_success() {
        let positions = Positions::new();
        let mut progress = Progress::new("tasks");
        assert!(!progress.until_applied("tasks", &ends(1), &positions, SOON).await);
        assert!(progress.end(false, &ends(1)).unwrap_err().to_string().contains("tasks"));
    }

    #[tokio::test]
    async fn given_an_empty_log_or_one_that_is_applied_when_watched_then_it_is_done() {
        let positions = Positions::new();
        positions.advance("tasks", [(("task-events".to_owned(), 0), 6)]);
        for end in [0, 7] {
            assert!(Progress::new("tasks").until_applied("tasks", &ends(end), &positions, SOON).await, "{end}");
        }
    }
}
