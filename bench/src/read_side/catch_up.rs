//! A new projector on an empty Postgres reads the whole log.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tests::postgres::Postgres;
use tests::tasklog::Tasklog;

use super::figures::{Figures, Part};
use super::generic_query;
use super::positions::Places;
use crate::filled::{Filled, START_WITHIN, caught_up, settle};
use crate::report::Limit;

/// The projection that the promise is about.
const TASKS: &str = "tasks";
/// How often its positions are looked at: one small query.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often it is said how far it is.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// A projector that has not moved for so long never will.
const STUCK_AFTER: Duration = Duration::from_secs(600);

/// From the start of the process until each projection is where the log ends; then postgres-es on the same server.
pub async fn figures(filled: &mut Filled, figures: &mut Figures) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&filled.postgres.url()).await?;
    let goal = Places::stored(&mut connection).await?;
    connection.close().await?;
    // It would take its part of the cores.
    filled.tasklog.stop().await;

    let folder = filled.folder.path().join("catch-up");
    std::fs::create_dir_all(&folder)?;
    let postgres = Postgres::start(&folder.join("postgres")).await;
    let mut projector = Tasklog::role("projector", &folder);
    projector.set("KAFKA_BROKERS", &filled.kafka.bootstrap());
    projector.set("DATABASE_URL", &postgres.url());
    projector.set("RUST_LOG", "warn");
    let reached = catch_up(&mut projector, &postgres.url(), &goal).await?;
    projector.stop().await;

    settle(&postgres.url()).await?;
    let (peer, dispatched) = generic_query::rate(&filled.kafka.bootstrap(), &postgres.url()).await?;
    drop(postgres);
    std::fs::remove_dir_all(&folder)?;
    filled.tasklog.start_within(START_WITHIN).await;
    caught_up(&filled.tasklog).await;

    let records = goal.records(TASKS) as f64;
    let tasks = *reached.get(TASKS).context("there is a projection of the tasks")?;
    let all = reached.values().max().copied().unwrap_or(tasks);
    let rate = records / tasks.as_secs_f64();
    figures.add(Part::CatchUp, "records", records, "records", Limit::None);
    // A change of a task is one event, and a record of its own.
    figures.add(Part::CatchUp, "events-a-task", records / figures.tasks() as f64, "events", Limit::None);
    for (projection, time) in &reached {
        figures.add(Part::CatchUp, &format!("{projection}.time"), time.as_secs_f64(), "s", Limit::None);
    }
    figures.add(Part::CatchUp, "all.time", all.as_secs_f64(), "s", Limit::None);
    figures.add(Part::CatchUp, "tasks.rate", rate, "events/s", Limit::AtLeast(40_000.0));
    figures.add(Part::CatchUp, "all.rate", records / all.as_secs_f64(), "events/s", Limit::None);
    figures.add(Part::CatchUp, "postgres-es.events", dispatched as f64, "events", Limit::None);
    figures.add(Part::CatchUp, "postgres-es.rate", peer, "events/s", Limit::None);
    figures.add(Part::CatchUp, "tasks-to-postgres-es", rate / peer, "x", Limit::AtLeast(20.0));
    Ok(())
}

/// Starts the projector; when each projection of `goal` was there.
async fn catch_up(projector: &mut Tasklog, url: &str, goal: &Places) -> anyhow::Result<BTreeMap<String, Duration>> {
    let mut connection = PgConnection::connect(url).await?;
    let projections = goal.projections();
    let mut reached = BTreeMap::new();
    let started = Instant::now();
    let (mut last, mut moved, mut said) = (Places::default(), started, started);
    projector.launch();
    while reached.len() < projections.len() {
        tokio::time::sleep(LOOK_EVERY).await;
        let here = Places::stored(&mut connection).await?;
        for projection in &projections {
            if !reached.contains_key(projection) && here.reached(projection, goal) {
                reached.insert(projection.clone(), started.elapsed());
            }
        }
        if said.elapsed() > SAY_EVERY {
            println!("the projector has applied {} of {} records", here.records(TASKS), goal.records(TASKS));
            said = Instant::now();
        }
        if here != last {
            (last, moved) = (here, Instant::now());
        }
        let process = projector.running();
        if process.exit_status().is_some() || moved.elapsed() > STUCK_AFTER {
            bail!("the projector has not come to the end of the log; its output ends:\n{}", process.output_end());
        }
    }
    connection.close().await?;
    Ok(reached)
}
