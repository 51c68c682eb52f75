//! A running Tasklog, with or without tasks in its log: Postgres, Kafka and `tasklog up`, each a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;
use tests::kafka::KafkaNode;
use tests::postgres::Postgres;
use tests::tasklog::Tasklog;
use tests::wait;

use crate::data;
use crate::http::twin::Task;

/// A log of a million tasks is projected in less.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(1_800);
/// What reads much of the log before it is ready may take so long.
pub const START_WITHIN: Duration = Duration::from_secs(1_800);

/// What runs. Declared in the order in which it ends.
pub struct Filled {
    /// `tasklog up`.
    pub tasklog: Tasklog,
    /// Its broker.
    pub kafka: KafkaNode,
    /// Its database.
    pub postgres: Postgres,
    /// Where all of them keep their files.
    pub folder: TempDir,
}

impl Filled {
    /// Starts everything with an empty log, Tasklog with these further variables.
    pub async fn empty(variables: &[(&str, &str)]) -> Self {
        let folder = tests::system::folder();
        let postgres = Postgres::start(&folder.path().join("postgres")).await;
        let kafka = KafkaNode::start_for_benchmarks(&folder.path().join("kafka")).await;
        let mut tasklog = Tasklog::new(folder.path());
        tasklog.set("KAFKA_BROKERS", &kafka.bootstrap());
        tasklog.set("DATABASE_URL", &postgres.url());
        tasklog.set("RUST_LOG", &std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".to_owned()));
        for (name, value) in variables {
            tasklog.set(name, value);
        }
        tasklog.start().await;
        Self { tasklog, kafka, postgres, folder }
    }

    /// Starts everything, imports the first `tasks` tasks of `file`, and waits until all is projected.
    ///
    /// # Errors
    /// When the file cannot be read, or there is no room for its tasks.
    pub async fn start(file: &Path, tasks: usize) -> anyhow::Result<Self> {
        let filled = Self::empty(&[]).await;
        println!("importing {tasks} tasks");
        let given = data::sized(file, tasks, filled.folder.path())?;
        filled.tasklog.run_well(&["import", &given.to_string_lossy()]);
        std::fs::remove_file(given)?;
        caught_up(&filled.tasklog).await;
        Ok(filled)
    }

    /// Every task as Tasklog has it, one after the other.
    ///
    /// # Errors
    /// When the file of them cannot be read.
    pub fn exported(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Task>>> {
        let file = self.folder.path().join("exported.jsonl");
        self.tasklog.run_well(&["export", "--output", &file.to_string_lossy()]);
        let read = |line: std::io::Result<String>| {
            let line = line?;
            serde_json::from_str(&line).with_context(|| format!("not a task: {line}"))
        };
        Ok(BufReader::new(File::open(&file)?).lines().map(read))
    }
}

/// Waits until every projection and the search index are where the log is; how long that took.
pub async fn caught_up(tasklog: &Tasklog) -> Duration {
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

/// What Postgres would do by itself in the midst of the loads: counts, space, buffers written.
///
/// # Errors
/// When Postgres refuses.
pub async fn settle(url: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}
