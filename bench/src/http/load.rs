//! The calls, byte for byte the same for both systems: made from the tasks that both hold, and drawn the same way each time.

use serde_json::json;
use uuid::Uuid;

use super::twin::Task;
use crate::connection::{get, send};
use crate::data::Random;
use crate::vocabulary::{Vocabulary, later};

/// Tasks that bodies and words are drawn from.
const SAMPLE: usize = 5_000;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// A task by its id.
    Get,
    /// The first page by due date, of open tasks, with what people narrow it down by.
    List,
    /// One or two words of a title.
    Search,
    /// The same, for the twin alone: without the marks in the answer, which Postgres is slow to make.
    BareSearch,
    /// A patch that changes something.
    Change,
    /// A new task.
    Create,
}

impl Workload {
    /// Those that are compared, what only reads first.
    pub const ALL: [Self; 5] = [Self::Get, Self::List, Self::Search, Self::Change, Self::Create];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Search => "search",
            Self::BareSearch => "bare-search",
            Self::Change => "change",
            Self::Create => "create",
        }
    }

    /// Whether projections have something to do afterwards.
    pub fn writes(self) -> bool {
        matches!(self, Self::Change | Self::Create)
    }
}

/// What calls are made of.
pub struct Load {
    ids: Vec<Uuid>,
    bodies: Vec<String>,
    vocabulary: Vocabulary,
}

impl Load {
    /// From the tasks that are there.
    ///
    /// # Errors
    /// When they are too few: none has a due date, a tag or a word to search for.
    pub fn of(tasks: &[Task]) -> anyhow::Result<Self> {
        let sample: Vec<&Task> = tasks.iter().step_by((tasks.len() / SAMPLE).max(1)).collect();
        Ok(Self {
            ids: tasks.iter().map(|task| task.id).collect(),
            bodies: sample.iter().map(|task| body(task)).collect(),
            vocabulary: Vocabulary::of(sample)?,
        })
    }

    /// The `n`th call as it goes over the wire. Two changes never say the same.
    pub fn request(&self, workload: Workload, n: usize) -> Vec<u8> {
        let random = &mut Random::new(n as u64);
        match workload {
            Workload::Get => get(&format!("/tasks/{}", random.of(&self.ids))),
            Workload::List => get(&format!("/tasks?sort=due&limit=50&{}", self.filter(random))),
            Workload::Search => get(&format!("/tasks?limit=50&q={}", self.words(random))),
            Workload::BareSearch => get(&format!("/tasks?limit=50&highlights=false&q={}", self.words(random))),
            Workload::Change => {
                let path = format!("/tasks/{}", random.of(&self.ids));
                send("PATCH", &path, "application/merge-patch+json", &self.patch(random, n))
            }
            Workload::Create => send("POST", "/tasks", "application/json", self.body(random)),
        }
    }

    fn body(&self, random: &mut Random) -> &str {
        random.of::<String>(&self.bodies)
    }

    fn filter(&self, random: &mut Random) -> String {
        const OPEN: &str = "status=pending&status=in_progress";
        match random.below(5) {
            0 => OPEN.to_owned(),
            1 => format!("{OPEN}&priority=high&priority=urgent"),
            2 => format!("{OPEN}&tag={}", random.of(&self.vocabulary.tags)),
            3 => {
                let from = *random.of(&self.vocabulary.due);
                format!("{OPEN}&due_from={from}&due_to={}", later(from, 30))
            }
            _ => "overdue=true".to_owned(),
        }
    }

    /// One word, or two that stand one after the other.
    fn words(&self, random: &mut Random) -> String {
        let title = random.of(&self.vocabulary.titles);
        let first = random.below(title.len() as u64) as usize;
        let words = 1 + random.below(2) as usize;
        title[first..].iter().take(words).map(String::as_str).collect::<Vec<_>>().join("%20")
    }

    /// What people change, with the call's number in it, so that no patch says what the task says already.
    fn patch(&self, random: &mut Random, n: usize) -> String {
        let patch = match random.below(3) {
            0 => json!({"title": format!("{} {n}", random.of(&self.vocabulary.titles).join(" "))}),
            1 => {
                let due = later(*random.of(&self.vocabulary.due), random.below(60));
                let priority = random.of(&["none", "low", "medium", "high", "urgent"]);
                json!({"due_date": due, "priority": priority, "description": format!("Moved, for the {n}th time.")})
            }
            _ => {
                let status = random.of(&["pending", "in_progress", "completed"]);
                json!({"status": status, "description": format!("Looked at, for the {n}th time.")})
            }
        };
        patch.to_string()
    }
}

/// What a client sends to make such a task.
fn body(task: &Task) -> String {
    let mut body = json!({
        "title": task.title, "description": task.description, "priority": task.priority, "tags": task.tags,
    });
    if let Some(day) = task.due_date {
        body["due_date"] = json!(day);
    }
    body.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn task(number: usize) -> Task {
        let task = json!({
            "id": format!("00000000-0000-4000-8000-{number:012}"), "title": format!("Fix the login page with tests {number}"),
            "description": "", "status": "pending", "priority": "none", "tags": ["home", "a b"], "due_date": "2026-12-01",
            "due_at": null, "time_zone": null, "due_utc": null, "recurrence_pattern": null, "series_id": null,
            "created_at": "2026-01-01T10:00:00Z", "updated_at": "2026-01-01T10:00:00Z", "completed_at": null, "version": 1,
        });
        serde_json::from_value(task).unwrap()
    }

    fn load() -> Load {
        Load::of(&(0..100).map(task).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn given_the_same_number_when_called_then_the_same_bytes() {
        let (one, other) = (load(), load());
        for workload in Workload::ALL {
            assert_eq!(one.request(workload, 7), other.request(workload, 7));
        }
    }

    #[test]
    fn given_many_numbers_when_changed_then_no_change_comes_twice() {
        let load = load();
        let changes: BTreeSet<Vec<u8>> = (0..10_000).map(|n| load.request(Workload::Change, n)).collect();
        assert_eq!(changes.len(), 10_000);
    }

    #[test]
    fn given_a_call_when_written_then_it_is_one_request() {
        let load = load();
        for (workload, n) in Workload::ALL.into_iter().flat_map(|workload| (0..100).map(move |n| (workload, n))) {
            let request = String::from_utf8(load.request(workload, n)).unwrap();
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let line = head.lines().next().unwrap();
            assert_eq!(line.split(' ').count(), 3, "{line}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            assert_eq!(length.map_or(0, |length| length.parse().unwrap()), body.len(), "{request}");
        }
    }
}
