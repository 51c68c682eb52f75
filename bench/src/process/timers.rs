//! Very many reminders wait, and a tick finds those that are due.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use domain::reminder::Reminder;
use process::{plans, reminders};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::given;
use crate::connection::{Connection, send};
use crate::filled::{Filled, caught_up, settle};
use crate::latency::Latencies;
use crate::machine::resident_mib;
use crate::report::{Limit, Report};

/// Ticks with nothing due.
const TICKS: usize = 300;
/// Ticks with something due, one a second.
const DUE_TICKS: usize = 20;
/// Reminders that are due in each of these.
const DUE: usize = 100;
/// So many a second are made at least, or the time is too short.
const MADE_PER_SECOND: usize = 200;
/// What is due is due for so long when the tick comes.
const TICKS_AFTER: TimeDelta = TimeDelta::milliseconds(50);
/// The process gives back what it does not need any more.
const REST: Duration = Duration::from_secs(3);
/// Far enough: none of the rows that wait comes due.
const FAR: TimeDelta = TimeDelta::days(30);

/// Ticks on an empty table, with rows that wait, and with some of them due.
pub async fn figures(system: &mut Filled, count: usize, report: &mut Report) -> anyhow::Result<()> {
    let mut connection = Connection::open(system.tasklog.address()).await?;
    let pid = system.tasklog.running().pid();
    let row = row_of_the_program(system).await?;
    let ticks = nothing_due(&mut connection).await?;
    tell("timers.none-waits.tick", &ticks, report);
    tokio::time::sleep(REST).await;
    report.figure("timers.none-waits.memory", resident_mib(pid)?, "MiB", Limit::None);

    fill(system, row, count).await?;
    report.figure("timers.waiting", count as f64, "reminders", Limit::None);
    tell("timers.tick", &nothing_due(&mut connection).await?, report);
    tokio::time::sleep(REST).await;
    report.figure("timers.memory", resident_mib(pid)?, "MiB", Limit::None);
    tell("timers.tick-with-100-due", &some_due(system, &mut connection).await?, report);
    plans(system, report).await
}

/// The row of a reminder that was made by the API.
async fn row_of_the_program(system: &Filled) -> anyhow::Result<Uuid> {
    let (at, tasks) = (Utc::now() + FAR, given::tasks(system, 1)?);
    let ids = given::reminders(system.tasklog.address(), &[(tasks[0], at)]).await?;
    given::rows(system, "reminders", at - TimeDelta::seconds(1)..=at, 1).await?;
    Ok(ids[0])
}

/// Fills the table with copies of that row, which come due second by second when all this is over.
async fn fill(system: &Filled, row: Uuid, count: usize) -> anyhow::Result<()> {
    println!("{count} rows are written");
    let mut database = PgConnection::connect(&system.postgres.url()).await?;
    sqlx::query(
        "INSERT INTO tasklog_process.reminders (tenant, reminder_id, task_id, version, state, fires_at)
         SELECT r.tenant, n.id, n.task, r.version,
                r.state || jsonb_build_object(
                    'id', n.id, 'task_id', n.task, 'remind_utc', to_char(n.at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                    'time', r.state -> 'time' || jsonb_build_object('remind_at', to_char(n.at, 'YYYY-MM-DD\"T\"HH24:MI:SS'))
                ),
                n.at AT TIME ZONE 'UTC'
         FROM tasklog_process.reminders r
         CROSS JOIN (
             SELECT gen_random_uuid() AS id, gen_random_uuid() AS task,
                    date_trunc('second', r.fires_at AT TIME ZONE 'UTC') + s * interval '1 second' AS at
             FROM generate_series(1, $2::bigint) s, tasklog_process.reminders r WHERE r.reminder_id = $1
         ) n
         WHERE r.reminder_id = $1",
    )
    .bind(row)
    .bind(i64::try_from(count)?)
    .execute(&mut database)
    .await?;
    let (Json(state), at): (Json<Reminder>, DateTime<Utc>) =
        sqlx::query_as("SELECT state, fires_at FROM tasklog_process.reminders ORDER BY fires_at DESC LIMIT 1")
            .fetch_one(&mut database)
            .await?;
    ensure!(state.rings_at() == at, "the rows are not as the program writes them: {state:?}");
    database.close().await?;
    settle(&system.postgres.url()).await
}

async fn nothing_due(connection: &mut Connection) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for _ in 0..TICKS {
        let (fired, took) = tick(connection).await?;
        ensure!(fired == 0, "{fired} reminders rang where none was due");
        latencies.add(took);
    }
    Ok(latencies)
}

async fn some_due(system: &Filled, connection: &mut Connection) -> anyhow::Result<Latencies> {
    let tasks = given::tasks(system, DUE * DUE_TICKS)?;
    let first = given::soon(tasks.len(), MADE_PER_SECOND);
    let at = |n| first + given::seconds(n / DUE);
    let wanted: Vec<_> = tasks.into_iter().enumerate().map(|(n, task)| (task, at(n))).collect();
    given::reminders(system.tasklog.address(), &wanted).await?;
    given::rows(system, "reminders", first..=at(wanted.len() - 1), wanted.len()).await?;
    caught_up(&system.tasklog).await;
    let mut latencies = Latencies::default();
    for round in 0..DUE_TICKS {
        given::until(first + given::seconds(round) + TICKS_AFTER).await;
        let (fired, took) = tick(connection).await?;
        ensure!(fired == DUE, "{fired} reminders rang where {DUE} were due: a tick takes longer than a second");
        latencies.add(took);
    }
    Ok(latencies)
}

/// One tick: how many rang, and how long it took.
async fn tick(connection: &mut Connection) -> anyhow::Result<(usize, Duration)> {
    let request = send("POST", "/cron/reminders", "application/json", "{}");
    let began = Instant::now();
    let status = connection.call(&request).await?;
    let took = began.elapsed();
    ensure!(status == 200, "a tick was answered {status} {}", String::from_utf8_lossy(connection.body()));
    let done: Value = serde_json::from_slice(connection.body())?;
    Ok((usize::try_from(done["fired"].as_u64().context("a tick says how many rang")?)?, took))
}

fn tell(name: &str, latencies: &Latencies, report: &mut Report) {
    for (quantile, value) in [("p50", 0.50), ("p99", 0.99)] {
        report.figure(&format!("{name}.{quantile}"), latencies.millis(value), "ms", Limit::None);
    }
}

/// How Postgres answers what the clock of reminders asks, to the letter.
async fn plans(system: &Filled, report: &mut Report) -> anyhow::Result<()> {
    let mut database = PgConnection::connect(&system.postgres.url()).await?;
    let plans = plans::of_clocks(&mut database, Utc::now()).await?;
    database.close().await?;
    let of_reminders = plans.into_iter().filter(|plan| plan.manager == reminders::NAME).map(|plan| plan.plan);
    let plans = of_reminders.collect::<Vec<String>>().join("\n\n");
    ensure!(plans.contains("Update on reminders"), "this is not how the clock takes rows:\n{plans}");
    report.figure("timers.seq-scans", plans.matches("Seq Scan").count() as f64, "scans", Limit::AtMost(0.0));
    report.note(&format!("How Postgres answers what the clock asks, with the rows that wait:\n\n```\n{plans}\n```"));
    Ok(())
}
