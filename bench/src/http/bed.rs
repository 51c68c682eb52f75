//! Both systems with the same tasks: Postgres, Kafka, `tasklog up` and the twin, each a process of its own.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use anyhow::Context;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tests::http::Api;
use tests::process::Process;
use tests::{ports, wait};

use super::load::{Load, Workload};
use super::outcome::{Lesser, Outcome};
use super::twin::{self, Task};
use crate::filled::{Filled, caught_up, settle};
use crate::phase::{Calls, Pace, Phase};
use crate::warm_up;

/// The twin has rows already when it starts.
const TWIN_READY_WITHIN: Duration = Duration::from_secs(30);

/// What runs while one number of tasks is measured. Declared in the order in which it ends.
pub struct Bed {
    twin: Twin,
    /// The twin once more, on a copy of its table, without Postgres' flush.
    unflushed: Twin,
    filled: Filled,
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
        let filled = Filled::start(file, tasks).await?;
        let held = exported(&filled)?;
        let (folder, postgres_url) = (filled.folder.path(), filled.postgres.url());
        let twin_url = database(&postgres_url, "twin", "template1").await?;
        twin::fill(&twin_url, &held).await?;
        let unflushed_url = database(&postgres_url, "twin_unflushed", "twin").await?;
        for url in [&postgres_url, &twin_url, &unflushed_url] {
            settle(url).await?;
        }
        warm_up::broker(&filled.kafka.bootstrap()).await?;
        Ok(Self {
            twin: Twin::start(&twin_url, folder, &[]).await?,
            unflushed: Twin::start(&unflushed_url, folder, &["--unflushed"]).await?,
            filled,
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
        let (calls, made) = (self.calls(workload), made(workload, &self.written[0]));
        let phase = Phase::measure(self.filled.tasklog.address(), calls, &made, clients, pace).await;
        let phase = phase.with_context(|| format!("{} at {clients} clients, Tasklog", workload.name()))?;
        let caught_up = if workload.writes() { Some(caught_up(&self.filled.tasklog).await) } else { None };
        Ok((phase, caught_up))
    }

    async fn load_twin(&self, twin: &Twin, workload: Workload, clients: usize, pace: Pace) -> anyhow::Result<Phase> {
        let (calls, made) = (self.calls(workload), made(workload, &self.written[1]));
        let phase = Phase::measure(&twin.address, calls, &made, clients, pace).await;
        phase.with_context(|| format!("{} at {clients} clients, the twin", workload.name()))
    }

    fn calls(&self, workload: Workload) -> Calls {
        let load = self.load.clone();
        Arc::new(move |n| load.request(workload, n))
    }

    /// Stops Tasklog in order; everything else ends with the bed.
    pub async fn stop(mut self) {
        self.filled.tasklog.stop().await;
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

/// Every task as Tasklog has it.
fn exported(filled: &Filled) -> anyhow::Result<Vec<Task>> {
    filled.exported()?.collect()
}

/// Another database on Tasklog's server, a copy of `template`.
async fn database(url: &str, name: &str, template: &str) -> anyhow::Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(&format!("CREATE DATABASE {name} TEMPLATE {template}")).execute(&mut connection).await?;
    connection.close().await?;
    let (server, _) = url.rsplit_once('/').context("a URL ends in a database")?;
    Ok(format!("{server}/{name}"))
}
