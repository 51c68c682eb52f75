//! How far a rebuild is: a bar in a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use kafka_es::{ConsistencyToken, Position};
use projection::Positions;
use projection::source::ByPartition;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);
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

    /// All `total` records are done.
    pub fn done(self, total: u64) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let seconds = self.started.elapsed().as_secs_f64();
        println!("{}: rebuilt from {total} records in {seconds:.1} s", self.name);
    }

    /// Returns when the projection has applied everything below `ends`.
    pub async fn until_applied(mut self, projection: &str, ends: &ByPartition<i64>, positions: &Positions) {
        let last = ends.iter().filter(|(_, end)| **end > 0);
        let goal: ConsistencyToken = last
            .map(|((topic, partition), end)| Position { topic: topic.clone(), partition: *partition, offset: end - 1 })
            .collect();
        let total = ends.values().sum::<i64>().unsigned_abs();
        while positions.wait_for(projection, &goal, DRAW_EVERY).await.is_err() {
            let applied: i64 = positions.current(projection).values().map(|position| position + 1).sum();
            self.at(applied.unsigned_abs(), total);
        }
        self.done(total);
    }
}
