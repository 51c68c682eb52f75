//! Clients that write and read at a steady rate and try nothing twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::http::{Answer, Api, Call};
use tokio::task::JoinHandle;
use tokio::time::{Interval, interval_at};

const CLIENTS: u32 = 100;
/// Pause between two requests of a client, answers included: all together ask 500 times a second.
const EACH: Duration = Duration::from_millis(200);
/// A client that has failed so often says nothing new.
const FAILED_MAX: usize = 100;
/// Pause between two reminders.
const BELL_EVERY: Duration = Duration::from_millis(500);
/// When a reminder rings after it was asked for.
const RINGS_AFTER: chrono::TimeDelta = chrono::TimeDelta::seconds(3);

/// What clients have seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Requests that were answered as they must be.
    pub answered: usize,
    /// What every other request got.
    pub failed: Vec<String>,
    /// Answers that were older than the token they were asked with.
    pub stale: Vec<String>,
    /// Acknowledged writes: the idempotency key, and the task.
    pub written: Vec<(String, String)>,
    /// Reminders that were acknowledged.
    pub reminders: Vec<String>,
}

impl Seen {
    fn merge(mut self, other: Self) -> Self {
        self.answered += other.answered;
        self.failed.extend(other.failed);
        self.stale.extend(other.stale);
        self.written.extend(other.written);
        self.reminders.extend(other.reminders);
        self
    }
}

/// Clients that run.
pub struct Load {
    began: Instant,
    stop: Arc<AtomicBool>,
    running: Vec<JoinHandle<Seen>>,
}

impl Load {
    /// Starts them on the API at `url`; `name` is in whatever they write, so that two loads can be told apart.
    #[must_use]
    pub fn start(url: &str, name: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut running: Vec<JoinHandle<Seen>> = (0..CLIENTS)
            .map(|number| {
                let client = Client::new(url, format!("{name}{number}"), EACH * number / CLIENTS, EACH);
                tokio::spawn(client.ask_until(stop.clone()))
            })
            .collect();
        let bell = Client::new(url, format!("{name}bell"), Duration::ZERO, BELL_EVERY / 2);
        running.push(tokio::spawn(bell.ring_until(stop.clone())));
        Self { began: Instant::now(), stop, running }
    }

    /// Ends them; what they have seen all together, and how many requests a second that was.
    ///
    /// # Panics
    /// When one of them did.
    pub async fn end(self) -> (Seen, f64) {
        self.stop.store(true, Ordering::Relaxed);
        let lasted = self.began.elapsed().as_secs_f64();
        let mut all = Seen::default();
        for client in self.running {
            all = all.merge(client.await.unwrap());
        }
        let asked = u32::try_from(all.answered + all.failed.len()).unwrap();
        (all, f64::from(asked) / lasted)
    }
}

struct Client {
    api: Api,
    name: String,
    pace: Interval,
    seen: Seen,
}

impl Client {
    /// Asks once in each `each`, from `first` on, so that not all clients ask at the same moments.
    fn new(url: &str, name: String, first: Duration, each: Duration) -> Self {
        let pace = interval_at(tokio::time::Instant::now() + first, each);
        Self { api: Api::new(url), name, pace, seen: Seen::default() }
    }

    async fn ask_until(mut self, stop: Arc<AtomicBool>) -> Seen {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) && self.seen.failed.len() < FAILED_MAX {
            self.round(round).await;
            round += 1;
        }
        self.seen
    }

    /// A task is written twice, and looked for after each in the ways that there are; nothing where a request failed.
    async fn round(&mut self, round: usize) -> Option<()> {
        let word = format!("{}x{round}", self.name);
        let new = json!({"title": format!("Upgraded {word}"), "tags": [&word]});
        let (id, created) = self.create(&word, &new).await?;
        let path = format!("/tasks/{id}");
        let task = self.read(&path, &created).await?;
        self.shows(task["version"] == 1, &path, &task);
        let list = format!("/tasks?tag={word}");
        let page = self.read(&list, &created).await?;
        self.shows(page["items"][0]["id"] == id.as_str(), &list, &page);

        let key = format!("{word}-changed");
        let call = self.api.patch(&path, &json!({"priority": "high"})).key(&key);
        let changed = self.ask("patch", 200, call).await?.token();
        self.seen.written.push((key, id.clone()));
        let task = self.read(&path, &changed).await?;
        self.shows(task["version"] == 2 && task["priority"] == "high", &path, &task);
        let search = format!("/tasks?q={word}");
        let page = self.read(&search, &changed).await?;
        let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
        self.shows(items.iter().any(|task| task["id"] == id.as_str()), &search, &page);
        let history = format!("{path}/history");
        let page = self.read(&history, &changed).await?;
        self.shows(page["items"][1]["version"] == 2, &history, &page);
        Some(())
    }

    async fn ring_until(mut self, stop: Arc<AtomicBool>) -> Seen {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) && self.seen.failed.len() < FAILED_MAX {
            self.bell(round).await;
            round += 1;
        }
        self.seen
    }

    /// A reminder of a task of its own.
    async fn bell(&mut self, round: usize) -> Option<()> {
        let word = format!("{}x{round}", self.name);
        let (id, _) = self.create(&word, &json!({"title": "To be rung"})).await?;
        let at = (chrono::Utc::now() + RINGS_AFTER).format("%Y-%m-%dT%H:%M:%S").to_string();
        let reminder = json!({"remind_at": at, "time_zone": "UTC"});
        let call = self.api.post(&format!("/tasks/{id}/reminders"), &reminder).key(&format!("{word}-reminder"));
        let scheduled = self.ask("remind", 201, call).await?;
        self.seen.reminders.push(text(&scheduled.json()["id"]));
        Some(())
    }

    /// The id of a new task, and the token of the write.
    async fn create(&mut self, key: &str, task: &Value) -> Option<(String, String)> {
        let call = self.api.post("/tasks", task).key(key);
        let created = self.ask("create", 201, call).await?;
        let id = text(&created.json()["id"]);
        self.seen.written.push((key.to_owned(), id.clone()));
        Some((id, created.token()))
    }

    /// Reads with the token of a write.
    async fn read(&mut self, path: &str, token: &str) -> Option<Value> {
        let call = self.api.get(path).token(token);
        Some(self.ask(path, 200, call).await?.json())
    }

    /// Notes an answer that is from before its token.
    fn shows(&mut self, shown: bool, path: &str, answer: &Value) {
        if !shown {
            self.seen.stale.push(format!("{path}: {answer}"));
        }
    }

    /// Sends a request when its time has come; nothing, and a note, where it is answered by another status or not at all.
    async fn ask(&mut self, what: &str, status: u16, call: Call) -> Option<Answer> {
        self.pace.tick().await;
        match call.try_send().await {
            Ok(answer) if answer.status == status => {
                self.seen.answered += 1;
                Some(answer)
            }
            Ok(answer) => {
                self.seen.failed.push(format!("{what}: {} {}", answer.status, answer.text()));
                None
            }
            Err(error) => {
                self.seen.failed.push(format!("{what}: {error:?}"));
                None
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
