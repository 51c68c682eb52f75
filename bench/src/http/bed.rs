//! Both systems with the same tasks: Postgres, Kafka, `tasklog up` and the twin, each a process of its own.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use anyhow::Context;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;
use tests::http::Api;
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::process::Process;
use tests::tasklog::Tasklog;
use tests::{ports, wait};

use super::load::{Load, Workload};
use super::outcome::{Lesser, Outcome};
use super::phase::{Pace, Phase};
use super::twin::{self, Task};
use super::warm_up;
use crate::data;

/// The twin has rows already when it starts.
const TWIN_READY_WITHIN: Duration = Duration::from_secs(30);
/// What a load of a few seconds has written is projected in less.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(600);

/// What runs while one number of tasks is measured. Declared in the order in which it ends.
pub struct Bed {
    twin: Twin,
    /// The twin once more, on a copy of its table, without Postgres' flush.
    unflushed: Twin,
    tasklog: Tasklog,
    _kafka: KafkaNode,
    _postgres: Postgres,
    _folder: TempDir,
    tasks: usize,
    load: Arc<Load>,
    /// Loads measured so far: who goes first alternates.
    turn: usize,
    /// How many calls that write each system has had, Tasklog and the twin.
    written: [Arc<AtomicUsize>; 2],
}

struct Twin {
    address: String,
    _process: Process,
}

impl Bed {
    /// Starts everything, imports the first `tasks` tasks of `file`, and copies what Tasklog then exports into the twin's table: the
    /// same ids and times.
    ///
    /// # Errors
    /// When the file cannot be read, or a system does not start.
    pub async fn start(file: &Path, tasks: usize) -> anyhow::Result<Self> {
        let folder = tests::system::folder();
        let postgres = Postgres::start(&folder.path().join("postgres")).await;
        let kafka = KafkaNode::start_for_benchmarks(&folder.path().join("kafka")).await;
        let mut tasklog = Tasklog::new(folder.path());
        tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
        tasklog.set("DATABASE_URL", &postgres.url());
        tasklog.set("RUST_LOG", "warn");
        tasklog.start().await;
        let given = data::sized(file, tasks, folder.path())?;
        tasklog.run_well(&["import", &given.to_string_lossy()]);
        caught_up(&tasklog).await;

        let held = exported(&tasklog, folder.path())?;
        let twin_url = database(&postgres.url(), "twin", "template1").await?;
        twin::fill(&twin_url, &held).await?;
        let unflushed_url = database(&postgres.url(), "twin_unflushed", "twin").await?;
        for url in [&postgres.url(), &twin_url, &unflushed_url] {
            settle(url).await?;
        }
        warm_up::broker(&kafka.bootstrap()).await?;
        Ok(Self {
            twin: Twin::start(&twin_url, folder.path(), &[]).await?,
            unflushed: Twin::start(&unflushed_url, folder.path(), &["--unflushed"]).await?,
            tasklog,
            _kafka: kafka,
            _postgres: postgres,
            _folder: folder,
            tasks,
            load: Arc::new(Load::of(&held)?),
            turn: 0,
            written: Default::default(),
        })
    }

    /// One load on each system, one after the other.
    ///
    /// # Errors
    /// When one of them answers no call well.
    pub async fn measure(&mut self, workload: Workload, clients: usize, pace: Pace) -> anyhow::Result<Outcome> {
        self.turn += 1;
        let (tasklog, twin, caught_up) = if self.turn % 2 == 1 {
            let (tasklog, caught_up) = self.load_tasklog(workload, clients, pace).await?;
            (tasklog, self.load_twin(&self.twin, workload, clients, pace).await?, caught_up)
        } else {
            let twin = self.load_twin(&self.twin, workload, clients, pace).await?;
            let (tasklog, caught_up) = self.load_tasklog(workload, clients, pace).await?;
            (tasklog, twin, caught_up)
        };
        let (without, lesser, its_workload) = match workload {
            Workload::Search => ("highlights", Some(&self.twin), Workload::BareSearch),
            Workload::Change | Workload::Create => ("flush", Some(&self.unflushed), workload),
            _ => ("", None, workload),
        };
        let lesser = match lesser {
            Some(twin) => Some(Lesser { without, phase: self.load_twin(twin, its_workload, clients, pace).await? }),
            None => None,
        };
        Ok(Outcome { tasks: self.tasks, workload, clients, tasklog, twin, lesser, caught_up })
    }

    /// What was seen, and how long after a load that writes the lists and the search were where the log is: none of it is left for the
    /// next load to pay.
    async fn load_tasklog(
        &self,
        workload: Workload,
        clients: usize,
        pace: Pace,
    ) -> anyhow::Result<(Phase, Option<Duration>)> {
        let (load, made) = (self.load.clone(), made(workload, &self.written[0]));
        let phase = Phase::measure(self.tasklog.address(), load, workload, &made, clients, pace).await;
        let phase = phase.with_context(|| format!("{} at {clients} clients, Tasklog", workload.name()))?;
        let caught_up = if workload.writes() { Some(caught_up(&self.tasklog).await) } else { None };
        Ok((phase, caught_up))
    }

    async fn load_twin(&self, twin: &Twin, workload: Workload, clients: usize, pace: Pace) -> anyhow::Result<Phase> {
        let (load, made) = (self.load.clone(), made(workload, &self.written[1]));
        let phase = Phase::measure(&twin.address, load, workload, &made, clients, pace).await;
        phase.with_context(|| format!("{} at {clients} clients, the twin", workload.name()))
    }

    /// Stops Tasklog in order; everything else ends with the bed.
    pub async fn stop(mut self) {
        self.tasklog.stop().await;
    }
}

/// Where a load begins to count. Reads begin anew, with the same calls each time; a change that came twice would change nothing.
fn made(workload: Workload, written: &Arc<AtomicUsize>) -> Arc<AtomicUsize> {
    if workload.writes() { written.clone() } else { Arc::default() }
}

impl Twin {
    /// This very program, as [`twin::serve`].
    async fn start(url: &str, folder: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let address = format!("127.0.0.1:{}", ports::free());
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("twin").args(arguments).env("LISTEN", &address).env("DATABASE_URL", url);
        let mut process = Process::spawn("the twin", command, &folder.join("twin.log"));
        let api = Api::new(&format!("http://{address}"));
        wait::until("the twin is ready", TWIN_READY_WITHIN, async || {
            if let Some(status) = process.exit_status() {
                panic!("the twin ended with {status}; its output ends:\n{}", process.output_end());
            }
            match api.get("/readyz").try_send().await {
                Ok(answer) if answer.status == 200 => Ok(()),
                Ok(answer) => Err(format!("{} {}", answer.status, answer.text())),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
        Ok(Self { address, _process: process })
    }
}

/// Waits until every projection and the search index are where the log is; how long that took.
async fn caught_up(tasklog: &Tasklog) -> Duration {
    let (api, started) = (tasklog.api(), Instant::now());
    wait::until("everything is projected", CAUGHT_UP_WITHIN, async || {
        let answer = api.get("/projections").send().await.expect(200).json();
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        let behind: Vec<String> = items
            .iter()
            .filter(|item| item["lag"] != 0)
            .map(|item| format!("{} by {}", item["name"], item["lag"]))
            .collect();
        if behind.is_empty() && !items.is_empty() { Ok(()) } else { Err(behind.join(", ")) }
    })
    .await;
    started.elapsed()
}

/// Every task as Tasklog has it.
fn exported(tasklog: &Tasklog, folder: &Path) -> anyhow::Result<Vec<Task>> {
    let file = folder.join("exported.jsonl");
    tasklog.run_well(&["export", "--output", &file.to_string_lossy()]);
    let lines = std::fs::read_to_string(&file)?;
    lines.lines().map(|line| serde_json::from_str(line).with_context(|| format!("not a task: {line}"))).collect()
}

/// Another database on Tasklog's server, a copy of `template`.
async fn database(url: &str, name: &str, template: &str) -> anyhow::Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(&format!("CREATE DATABASE {name} TEMPLATE {template}")).execute(&mut connection).await?;
    connection.close().await?;
    let (server, _) = url.rsplit_once('/').context("a URL ends in a database")?;
    Ok(format!("{server}/{name}"))
}

/// What Postgres would do by itself in the midst of the loads: counts, space, buffers written.
async fn settle(url: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}
