//! The tasks that were judged, by their line in the file.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

/// One task of the file.
#[derive(Debug, Deserialize)]
pub struct Task {
    /// What is to be done.
    pub title: String,
    /// More of it.
    #[serde(default)]
    pub description: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its priority.
    pub priority: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it is due.
    pub due_date: Option<NaiveDate>,
    /// When it was done; without it, it is open.
    pub completed_at: Option<DateTime<Utc>>,
}

/// All of them; line 1 is the first.
#[derive(Debug)]
pub struct Tasks {
    all: Vec<Task>,
    lines: HashMap<(String, DateTime<Utc>), Vec<usize>>,
}

impl Tasks {
    /// Reads JSON Lines, also gzip.
    ///
    /// # Errors
    /// When a line is no task.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let reader = std::fs::File::open(file).with_context(|| format!("opening {}", file.display()))?;
        let reader: Box<dyn Read> = match file.extension() {
            Some(end) if end == "gz" => Box::new(flate2::read::MultiGzDecoder::new(reader)),
            _ => Box::new(reader),
        };
        let all = BufReader::new(reader)
            .lines()
            .map(|line| Ok(serde_json::from_str(&line?)?))
            .collect::<anyhow::Result<Vec<Task>>>()?;
        let mut lines: HashMap<_, Vec<usize>> = HashMap::new();
        for (line, task) in (1..).zip(&all) {
            lines.entry((task.title.clone(), task.created_at)).or_default().push(line);
        }
        Ok(Self { all, lines })
    }

    /// The task of a line.
    pub fn get(&self, line: usize) -> Option<&Task> {
        self.all.get(line.checked_sub(1)?)
    }

    /// Every task with its line.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Task)> {
        (1..).zip(&self.all)
    }

    /// Lines of the tasks with this title and time; nearly always one.
    pub fn lines_of(&self, title: &str, created_at: DateTime<Utc>) -> &[usize] {
        self.lines.get(&(title.to_owned(), created_at)).map_or(&[], Vec::as_slice)
    }
}
