//! How far a rebuild is: a bar in a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use projection::{Positions, generations};
use sqlx::PgPool;

use super::Wish;
use crate::stdout;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);
/// A projection that applies no record for this long will not do so later either.
pub const STUCK_AFTER: Duration = Duration::from_secs(60);
/// Between two looks at the positions, to move the bar; the end itself is a wake-up.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// What became of a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The generation serves.
    Serves,
    /// It is not there any more.
    GivenUp,
    /// Nothing moves.
    Stuck,
}

/// The progress of one projection.
pub struct Progress {
    name: String,
    wish: Wish,
    started: Instant,
    said: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of what is wished to `name`, from now.
    pub fn new(name: &str, wish: Wish) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix:>10} {bar:40} {human_pos}/{human_len} {per_sec} {eta}")
                .expect("a fixed template that is well formed");
            ProgressBar::new(0).with_style(style).with_prefix(name.to_owned())
        });
        Self { name: name.to_owned(), wish, started: Instant::now(), said: Instant::now(), bar }
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

    /// It is done.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn done(self) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let done = if self.wish == Wish::RollBack { "rolled back" } else { "rebuilt" };
        stdout::print(&format!("{}: {done} in {:.1} s\n", self.name, self.started.elapsed().as_secs_f64()))
    }

    /// Waits until the generation serves, is given up, or nothing moves for `patience`.
    pub async fn until_serving(
        &mut self,
        projection: &str,
        generation: i32,
        positions: &Positions,
        patience: Duration,
    ) -> Outcome {
        let mut changes = positions.buildings();
        let (mut before, mut moved) = (None, Instant::now());
        loop {
            let building = positions.building(projection).filter(|building| building.generation == generation);
            let serves = positions.serving(projection) == Some(generation);
            if serves && positions.is_filled(projection) {
                return Outcome::Serves;
            }
            let (read, total) = match &building {
                Some(building) => (building.read(), count(positions.current(projection).values())),
                None if serves => positions.filling(projection).unwrap_or_default(),
                None => return Outcome::GivenUp,
            };
            if before.replace(read) != Some(read) {
                moved = Instant::now();
            } else if moved.elapsed() > patience {
                return Outcome::Stuck;
            }
            self.at(read, total);
            // The end is a wake-up; in between the bar is drawn now and then.
            let _ = tokio::time::timeout(DRAW_EVERY, changes.changed()).await;
            tokio::time::sleep(DRAW_EVERY / 10).await;
        }
    }

    /// The end of it.
    ///
    /// # Errors
    /// When the generation does not serve, or what became of it cannot be written.
    pub async fn end(self, outcome: Outcome, pool: &PgPool, generation: i32) -> anyhow::Result<()> {
        let name = &self.name;
        match outcome {
            Outcome::Serves => {}
            Outcome::GivenUp => bail!("the rebuild of {name} was given up elsewhere; what served before serves on"),
            Outcome::Stuck => bail!(
                "{name} makes no progress for {} s; GET /projections and the log of the projector say why",
                STUCK_AFTER.as_secs()
            ),
        }
        let stored = generations::all(pool).await?.into_iter().find(|stored| stored.generation == generation);
        match stored.and_then(|stored| stored.compared.zip(stored.differences)) {
            None => {}
            Some((rows, 0)) => self.say(&format!("{rows} rows, the same as before byte for byte")),
            Some((rows, differences)) => self.say(&format!(
                "{rows} rows, with {differences} differences to what served before, which is kept: \
                 `tasklog rebuild --rollback {name}` brings it back"
            )),
        }
        Ok(self.done()?)
    }
}

fn count<'a>(offsets: impl Iterator<Item = &'a i64>) -> u64 {
    offsets.map(|offset| (offset + 1).max(0).unsigned_abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    fn at(offset: i64) -> projection::positions::Offsets {
        [(("task-events".to_owned(), 0), offset)].into()
    }

    async fn watched(positions: &Positions) -> Outcome {
        Progress::new("tasks", Wish::Rebuild).until_serving("tasks", 2, positions, SOON).await
    }

    #[tokio::test]
    async fn given_a_generation_that_is_filled_serves_or_is_gone_when_watched_then_that_is_told() {
        let positions = Positions::new();
        positions.begin("tasks", 1, at(9), at(9));
        assert_eq!(watched(&positions).await, Outcome::GivenUp);
        positions.set_building("tasks", Some((2, at(3))));
        assert_eq!(watched(&positions).await, Outcome::Stuck);
        positions.begin("tasks", 2, at(9), at(-1));
        positions.set_building("tasks", None);
        assert_eq!(watched(&positions).await, Outcome::Serves);
    }

    #[tokio::test]
    async fn given_the_first_generation_when_it_is_filled_by_nobody_then_it_is_stuck() {
        let positions = Positions::new();
        positions.begin("tasks", 2, at(-1), at(9));
        assert_eq!(watched(&positions).await, Outcome::Stuck);
    }
}
