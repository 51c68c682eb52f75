//! Made-up tasks, the same ones each time, for whoever has no file of real ones.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta};
use serde_json::json;

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
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    let mut random = Random(42);
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

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}
