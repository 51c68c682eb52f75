//! Several replicas of the command role on one Kafka, and clients that go to any of them: for the test that scales and
//! restarts them, and for the benchmark that tells what the clients saw of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Answer, Api};
use crate::tasklog::Tasklog;

const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(20);
/// How long an orchestrator waits between sending clients elsewhere and stopping a replica: what is on its way to it arrives.
const BEFORE_THE_STOP: Duration = Duration::from_secs(1);

/// The replicas that clients are sent to.
#[derive(Clone, Default)]
pub struct Routes(Arc<RwLock<Vec<Api>>>);

impl Routes {
    fn set(&self, apis: Vec<Api>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = apis;
    }

    /// One of them.
    #[must_use]
    pub fn any(&self) -> Api {
        self.pick(0)
    }

    fn pick(&self, n: usize) -> Api {
        let apis = self.0.read().unwrap_or_else(PoisonError::into_inner);
        apis[n % apis.len()].clone()
    }
}

/// Replicas that run.
pub struct Replicas {
    running: Vec<Tasklog>,
    /// Where the clients go.
    pub routes: Routes,
}

impl Replicas {
    /// Configures `count` replicas below `folder`; the first one runs when this returns.
    pub async fn start(folder: &Path, brokers: &str, count: usize) -> Self {
        let running = (0..count).map(|n| {
            let own = folder.join(format!("replica-{n}"));
            std::fs::create_dir_all(&own).unwrap();
            let mut tasklog = Tasklog::role("command", &own);
            tasklog.set("KAFKA_BROKERS", brokers);
            tasklog
        });
        let mut replicas = Self { running: running.collect(), routes: Routes::default() };
        replicas.running[0].run_well(&["topics", "create"]);
        replicas.running[0].start().await;
        replicas.route(1);
        replicas
    }

    /// Sends clients to the first `count`.
    pub fn route(&self, count: usize) {
        self.routes.set(self.running[..count].iter().map(Tasklog::api).collect());
    }

    /// Starts all but the first, and sends clients to them.
    pub async fn scale_up(&mut self) {
        for replica in &mut self.running[1..] {
            replica.start().await;
        }
        self.route(self.running.len());
    }

    /// Restarts one after the other as an orchestrator does: clients are sent elsewhere before, and there again once it is ready.
    pub async fn restart_each(&mut self) {
        for n in 0..self.running.len() {
            let others = self.running.iter().enumerate().filter(|(other, _)| *other != n);
            self.routes.set(others.map(|(_, replica)| replica.api()).collect());
            tokio::time::sleep(BEFORE_THE_STOP).await;
            self.running[n].stop().await;
            self.running[n].start().await;
            self.route(self.running.len());
        }
    }

    /// Restarts one after the other while clients are still sent there.
    pub async fn restart_each_unannounced(&mut self) {
        for replica in &mut self.running {
            replica.stop().await;
            replica.start().await;
        }
    }

    /// Kills the last one (SIGKILL) while clients are sent there, and starts it again.
    pub async fn kill_last(&mut self) {
        let last = self.running.last_mut().expect("there are replicas");
        last.kill().await;
        last.start().await;
    }

    /// Stops all but the first, as an orchestrator does: clients are sent elsewhere before.
    pub async fn scale_down(&mut self) {
        self.route(1);
        tokio::time::sleep(BEFORE_THE_STOP).await;
        for replica in &mut self.running[1..] {
            replica.stop().await;
        }
    }
}

/// A write that was acknowledged.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its idempotency key, which is its command id.
    pub key: String,
    /// The task.
    pub task: String,
    /// When the first try began, and how long it took until some replica acknowledged.
    pub began: Instant,
    /// See `began`.
    pub took: Duration,
}

/// What one client has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Acknowledged writes.
    pub written: Vec<Written>,
    /// Answers that nobody should get: neither a success nor a 503 with `Retry-After`.
    pub wrong: Vec<Answer>,
    /// Answers 503 with `Retry-After`, which were tried again.
    pub refused: usize,
    /// When calls had no answer, as the connection was refused or cut; they were tried again.
    pub unanswered: Vec<Instant>,
}

/// Clients that write until they are stopped: creates, and changes of a few tasks that all of them change.
pub struct Clients {
    stop: Arc<AtomicBool>,
    running: Vec<tokio::task::JoinHandle<Seen>>,
}

impl Clients {
    /// Starts `count` clients on `shared` tasks that exist.
    pub fn start(routes: &Routes, count: usize, shared: &[String]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let turn = Arc::new(AtomicUsize::new(0));
        let running = (0..count).map(|client| {
            let (routes, stop, turn, shared) = (routes.clone(), stop.clone(), turn.clone(), shared.to_vec());
            tokio::spawn(async move {
                let mut seen = Seen::default();
                let mut n = 0;
                while !stop.load(Ordering::Relaxed) {
                    let key = format!("client-{client}-{n}");
                    let target = (n % 2 == 1).then(|| &shared[n / 2 % shared.len()]);
                    seen.write(&routes, &turn, key, target).await;
                    n += 1;
                }
                seen
            })
        });
        Self { running: running.collect(), stop }
    }

    /// Stops them and tells what they have seen, all together.
    pub async fn end(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Seen::default();
        for client in self.running {
            let seen = client.await.unwrap();
            all.written.extend(seen.written);
            all.wrong.extend(seen.wrong);
            all.refused += seen.refused;
            all.unanswered.extend(seen.unanswered);
        }
        all
    }
}

impl Seen {
    /// Writes once, with the same key until some replica has answered.
    async fn write(&mut self, routes: &Routes, turn: &AtomicUsize, key: String, target: Option<&String>) {
        let began = Instant::now();
        loop {
            let api = routes.pick(turn.fetch_add(1, Ordering::Relaxed));
            let body = json!({"title": key});
            let call = match target {
                Some(id) => api.patch(&format!("/tasks/{id}"), &body),
                None => api.post("/tasks", &body),
            };
            match call.key(&key).try_send().await {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    let Value::String(task) = answer.json()["id"].take() else { panic!("{}", answer.text()) };
                    return self.written.push(Written { key, task, began, took: began.elapsed() });
                }
                Ok(answer) if answer.status == 503 && answer.headers.contains_key("retry-after") => self.refused += 1,
                Ok(answer) => return self.wrong.push(answer),
                Err(_) => self.unanswered.push(Instant::now()),
            }
            tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
        }
    }
}
