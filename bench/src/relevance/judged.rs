//! The queries and their judgements.

use std::collections::HashMap;

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::score::Score;
use super::tasks::{Task, Tasks};

const SET: &str = include_str!("../../relevance/queries.jsonl");

/// A query, what the person wants, and what answers it.
#[derive(Debug, Deserialize)]
pub struct Judged {
    /// What is typed.
    pub q: String,
    /// What makes it hard.
    pub kind: String,
    /// Grades by line: 3 is meant, 2 answers it, 1 is worth showing; what is not listed is neither.
    judged: HashMap<usize, u8>,
}

impl Judged {
    /// The set, checked against the tasks it is about.
    ///
    /// # Errors
    /// When the tasks are others than those that were judged.
    pub fn read(tasks: &Tasks) -> anyhow::Result<Vec<Self>> {
        let set = SET.lines().map(serde_json::from_str).collect::<Result<Vec<Self>, _>>()?;
        for query in &set {
            for line in query.judged.keys() {
                let task = tasks.get(*line).with_context(|| format!("{}: the file has no line {line}", query.q))?;
                ensure!(query.meets_conditions(task), "{}: line {line} is another task than the one judged", query.q);
            }
        }
        Ok(set)
    }

    /// How good these answers are, best first.
    pub fn score(&self, lines: &[usize]) -> Score {
        Score::of(&self.judged, lines)
    }

    /// The query without its `field:value`s, for a peer that knows none.
    pub fn words(&self) -> String {
        let words = self.q.split_whitespace().filter(|word| Condition::of(word).is_none());
        words.collect::<Vec<_>>().join(" ")
    }

    /// Whether a task meets the query's `field:value`s, which a peer is given for nothing.
    pub fn meets_conditions(&self, task: &Task) -> bool {
        self.q.split_whitespace().filter_map(Condition::of).all(|condition| condition.met_by(task))
    }
}

/// The kinds, in the order of their first query.
pub fn kinds(set: &[Judged]) -> Vec<&str> {
    let mut kinds: Vec<&str> = Vec::new();
    for query in set {
        if !kinds.contains(&query.kind.as_str()) {
            kinds.push(&query.kind);
        }
    }
    kinds
}

/// `field:value`, as far as the set uses it.
struct Condition<'a> {
    excluded: bool,
    field: &'a str,
    value: &'a str,
}

impl<'a> Condition<'a> {
    fn of(word: &'a str) -> Option<Self> {
        let (excluded, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let (field, value) = word.split_once(':')?;
        let known = matches!(field, "tag" | "status" | "priority" | "due") && !value.is_empty();
        known.then(|| Self { excluded, field, value: value.trim_matches('"') })
    }

    fn met_by(&self, task: &Task) -> bool {
        let met = match self.field {
            "tag" => task.tags.iter().any(|tag| tag.eq_ignore_ascii_case(self.value)),
            "status" => task.completed_at.is_some() == matches!(self.value, "done" | "completed"),
            "priority" => task.priority == self.value,
            _ => self.due(task),
        };
        met != self.excluded
    }

    fn due(&self, task: &Task) -> bool {
        let due = task.due_date.map(|due| due.to_string()).unwrap_or_default();
        let dated = !due.is_empty();
        let end = self.value.trim_start_matches(['<', '>', '=']);
        match self.value {
            "none" => !dated,
            "any" => dated,
            value if value.starts_with("<=") => dated && due.as_str() <= end,
            value if value.starts_with(">=") => dated && due.as_str() >= end,
            value if value.starts_with('<') => dated && due.as_str() < end,
            value if value.starts_with('>') => dated && due.as_str() > end,
            value => match value.split_once("..") {
                Some((from, to)) => dated && due.as_str() >= from && (to.is_empty() || due.as_str() <= to),
                None => due == value,
            },
        }
    }
}
