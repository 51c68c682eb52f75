//! What a query replica holds of the machine's memory.

use anyhow::ensure;
use tests::process::anonymous_kib;
use tests::tasklog::Tasklog;

use super::figures::{Figures, Part};
use super::questions::{any_search, list};
use crate::connection::{Connection, get};
use crate::filled::{Filled, START_WITHIN, caught_up};
use crate::machine::resident_mib;
use crate::report::Limit;
use crate::vocabulary::Vocabulary;

/// Of each, lists and searches.
const CALLS: usize = 1_000;
/// From so many tasks on there is a limit.
const LIMITED_FROM: usize = 1_000_000;
const LIMIT_MIB: f64 = 600.0;

/// Starts one beside what runs, which reads the whole log, and asks it.
pub async fn figures(filled: &Filled, vocabulary: &Vocabulary, figures: &mut Figures) -> anyhow::Result<()> {
    let folder = filled.folder.path().join("query");
    std::fs::create_dir_all(&folder)?;
    let mut query = Tasklog::role("query", &folder);
    query.set("KAFKA_BROKERS", &filled.kafka.bootstrap());
    query.set("DATABASE_URL", &filled.postgres.url());
    query.set("RUST_LOG", "warn");
    println!("a query replica reads the log");
    query.start_within(START_WITHIN).await;
    caught_up(&query).await;
    let pid = query.running().pid();
    figures.add(Part::Memory, "ready.anonymous", anonymous_mib(pid), "MiB", Limit::None);
    figures.add(Part::Memory, "ready.resident", resident_mib(pid)?, "MiB", Limit::None);
    ask(query.address(), vocabulary).await?;
    let limit = if figures.tasks() >= LIMITED_FROM { Limit::AtMost(LIMIT_MIB) } else { Limit::None };
    figures.add(Part::Memory, "asked.anonymous", anonymous_mib(pid), "MiB", limit);
    figures.add(Part::Memory, "asked.resident", resident_mib(pid)?, "MiB", Limit::None);
    query.stop().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

async fn ask(address: &str, vocabulary: &Vocabulary) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
    for path in (0..CALLS).flat_map(|n| [list(vocabulary, n), any_search(vocabulary, n)]) {
        let status = connection.call(&get(&path)).await?;
        ensure!(status == 200, "{path} was answered {status} {}", String::from_utf8_lossy(connection.body()));
    }
    Ok(())
}

/// See [`anonymous_kib`].
pub fn anonymous_mib(pid: u32) -> f64 {
    anonymous_kib(pid) as f64 / 1024.0
}
