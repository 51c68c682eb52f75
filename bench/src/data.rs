//! Tasks to run on: made-up ones, the same each time, for whoever has no file of real ones; and as many of a file as are asked for.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chrono::{DateTime, NaiveDate, TimeDelta};
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

/// How many tasks a file has.
pub const TASKS: u64 = 50_000;

const VERBS: [&str; 16] = [
    "fix", "add", "review", "update", "remove", "call", "write", "plan", "order", "test", "clean", "prepare", "send",
    "check", "move", "pay",
];
const THINGS: [&str; 24] = [
    "login page",
    "invoice",
    "garden fence",
    "release notes",
    "backup job",
    "dentist",
    "kitchen shelf",
    "search index",
    "tax form",
    "holiday trip",
    "unit tests",
    "bicycle",
    "quarterly report",
    "database index",
    "birthday cake",
    "message queue",
    "passport",
    "insurance",
    "css layout",
    "reading list",
    "heating",
    "access token",
    "newsletter",
    "photo archive",
];
const PLACES: [&str; 12] = [
    "for the website",
    "in the cellar",
    "with Anna",
    "before the meeting",
    "on staging",
    "at home",
    "for version 2",
    "with the team",
    "in Berlin",
    "after lunch",
    "for the customer",
    "in the archive",
];
const TAGS: [&str; 10] = ["home", "work", "urgent", "later", "money", "garden", "code", "people", "health", "travel"];

/// Writes the tasks as JSON Lines below `folder`.
pub fn make(folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("tasks.jsonl");
    let mut file = BufWriter::new(File::create(&path)?);
    let mut random = Random::new(42);
    for number in 0..TASKS {
        writeln!(file, "{}", task(number, &mut random))?;
    }
    file.flush()?;
    Ok(path)
}

fn task(number: u64, random: &mut Random) -> serde_json::Value {
    let title = format!("{} {} {} {number}", random.of(&VERBS), random.of(&THINGS), random.of(&PLACES));
    let sentences = random.below(6);
    let description: Vec<String> = (0..sentences)
        .map(|_| format!("Then {} the {} {}.", random.of(&VERBS), random.of(&THINGS), random.of(&PLACES)))
        .collect();
    let created = DateTime::UNIX_EPOCH + TimeDelta::seconds(1_400_000_000 + (number * 7_000) as i64);
    let mut task = json!({
        "title": title,
        "description": description.join(" "),
        "tags": [random.of(&TAGS), random.of(&TAGS)],
        "priority": random.of(&["none", "none", "low", "medium", "high", "urgent"]),
        "created_at": created.to_rfc3339(),
    });
    if task["tags"][0] == task["tags"][1] {
        task["tags"] = json!([task["tags"][0]]);
    }
    if random.below(2) == 0 {
        task["due_date"] = json!((created + TimeDelta::days(random.below(60) as i64)).date_naive());
    }
    if random.below(2) == 0 {
        task["completed_at"] = json!((created + TimeDelta::hours(random.below(900) as i64)).to_rfc3339());
    }
    task
}

/// Writes `count` tasks of `file` as JSON Lines below `folder`. Where the file has fewer, they come again, and then again: each time with
/// the round's number behind the title and some days later, so that no two are the same.
///
/// # Errors
/// When the file cannot be read, or has no tasks or other lines.
pub fn sized(file: &Path, count: usize, folder: &Path) -> anyhow::Result<PathBuf> {
    let lines = lines(file).with_context(|| format!("reading {}", file.display()))?;
    ensure!(!lines.is_empty(), "{} has no tasks", file.display());
    let path = folder.join(format!("tasks-{count}.jsonl"));
    let mut out = BufWriter::new(File::create(&path)?);
    for number in 0..count {
        let (round, line) = (number / lines.len(), &lines[number % lines.len()]);
        if round == 0 {
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{}", again(line, round)?)?;
        }
    }
    out.flush()?;
    Ok(path)
}

fn lines(file: &Path) -> std::io::Result<Vec<String>> {
    let compressed = file.extension().is_some_and(|extension| extension == "gz");
    let file = File::open(file)?;
    let text: Box<dyn Read> = if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    BufReader::new(text).lines().filter(|line| !matches!(line, Ok(line) if line.trim().is_empty())).collect()
}

/// Characters of a title that stay in front of the round's number, so that the title's limit holds.
const TITLE_CHARS: usize = 480;

/// The task as it comes in a later round.
fn again(line: &str, round: usize) -> anyhow::Result<Value> {
    let mut task: Value = serde_json::from_str(line).with_context(|| format!("a line is no task: {line}"))?;
    let title: String = task["title"].as_str().unwrap_or_default().chars().take(TITLE_CHARS).collect();
    task["title"] = json!(format!("{} {}", title.trim_end(), round + 1));
    let later = TimeDelta::days(i64::try_from(round)?);
    for name in ["created_at", "updated_at", "completed_at"] {
        if let Some(time) = task[name].as_str() {
            task[name] = json!((DateTime::parse_from_rfc3339(time)? + later).to_rfc3339());
        }
    }
    if let Some(day) = task["due_date"].as_str() {
        task["due_date"] = json!(day.parse::<NaiveDate>()? + later);
    }
    if let Some(fields) = task.as_object_mut() {
        fields.remove("id");
    }
    Ok(task)
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): the same numbers everywhere.
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One of these, of which there is at least one.
    pub fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(file: &Path) -> Vec<Value> {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn given_more_tasks_than_lines_when_written_then_they_come_again_as_others() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("given.jsonl");
        let given = [
            json!({"title": "first", "due_date": "2026-12-31", "created_at": "2026-01-01T10:00:00Z"}),
            json!({"title": "x".repeat(500), "created_at": "2026-01-01T10:00:00Z", "completed_at": "2026-01-02T10:00:00Z"}),
        ];
        std::fs::write(&file, format!("{}\n\n{}\n", given[0], given[1])).unwrap();

        let written = tasks(&sized(&file, 4, folder.path()).unwrap());

        assert_eq!(written[..2], given);
        let first = json!({"title": "first 2", "due_date": "2027-01-01", "created_at": "2026-01-02T10:00:00+00:00"});
        assert_eq!(written[2], first);
        assert_eq!(written[3]["title"].as_str().unwrap().len(), TITLE_CHARS + 2);
        assert_eq!(written[3]["completed_at"], "2026-01-03T10:00:00+00:00");
    }

    #[test]
    fn given_fewer_tasks_than_lines_when_written_then_only_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let file = make(folder.path()).unwrap();
        let all = tasks(&file);
        assert_eq!(all.len() as u64, TASKS);
        assert_eq!(tasks(&sized(&file, 3, folder.path()).unwrap()), all[..3]);
    }
}
