//! What a part begins with: tasks, reminders of them, and the rows that the managers keep.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use futures::future::try_join_all;
use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::connection::{Connection, send};
use crate::filled::Filled;

/// Connections over which reminders are made.
const CLIENTS: usize = 32;
/// What is due is due so long after it could be there, at least.
const LEAD: TimeDelta = TimeDelta::seconds(8);
/// How often the rows are counted.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Imports tasks, one a line.
///
/// # Errors
/// When there is no room for the file of them.
pub fn import(system: &Filled, lines: impl Iterator<Item = Value>) -> anyhow::Result<()> {
    let path = system.folder.path().join("given.jsonl");
    let mut file = BufWriter::new(File::create(&path)?);
    for line in lines {
        writeln!(file, "{line}")?;
    }
    file.flush()?;
    system.tasklog.run_well(&["import", &path.to_string_lossy()]);
    Ok(std::fs::remove_file(path)?)
}

/// So many open tasks without a due date; their ids.
///
/// # Errors
/// See [`import`].
pub fn tasks(system: &Filled, count: usize) -> anyhow::Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = (0..count).map(|_| Uuid::new_v4()).collect();
    import(system, ids.iter().enumerate().map(|(n, id)| json!({"id": id, "title": format!("to be reminded of {n}")})))?;
    Ok(ids)
}

/// Makes a reminder of each of these tasks, at its time; their ids, in the same order.
///
/// # Errors
/// When one is refused.
pub async fn reminders(address: &str, wanted: &[(Uuid, DateTime<Utc>)]) -> anyhow::Result<Vec<Uuid>> {
    let clients = wanted.chunks(wanted.len().div_ceil(CLIENTS).max(1)).map(|wanted| {
        let (address, wanted) = (address.to_owned(), wanted.to_vec());
        tokio::spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut ids = Vec::with_capacity(wanted.len());
            for (task, at) in wanted {
                ids.push(reminder(&mut connection, task, at).await?);
            }
            anyhow::Ok(ids)
        })
    });
    let mut ids = Vec::with_capacity(wanted.len());
    for made in try_join_all(clients).await? {
        ids.extend(made?);
    }
    Ok(ids)
}

async fn reminder(connection: &mut Connection, task: Uuid, at: DateTime<Utc>) -> anyhow::Result<Uuid> {
    let body = json!({"remind_at": wall(at), "time_zone": "UTC"}).to_string();
    let status = connection.call(&send("POST", &format!("/tasks/{task}/reminders"), "application/json", &body)).await?;
    ensure!(status == 201, "a reminder was answered {status} {}", String::from_utf8_lossy(connection.body()));
    let made: Value = serde_json::from_slice(connection.body())?;
    Ok(made["id"].as_str().context("a reminder has an id")?.parse()?)
}

/// The wall time in UTC, as the API takes it.
pub fn wall(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The next whole second by which `count` can well be there, at `rate` a second.
pub fn soon(count: usize, rate: usize) -> DateTime<Utc> {
    (Utc::now() + LEAD).trunc_subsecs(0) + seconds(count / rate)
}

/// So many seconds.
pub fn seconds(count: usize) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(count).unwrap_or(i64::MAX / 1_000))
}

/// Sleeps until then.
pub async fn until(at: DateTime<Utc>) {
    tokio::time::sleep((at - Utc::now()).to_std().unwrap_or_default()).await;
}

/// Waits until the managers' table has `count` rows whose time comes in `due`.
///
/// # Errors
/// When that is not so before the first of these times: what is measured then would be how they come to be.
pub async fn rows(
    system: &Filled,
    table: &str,
    due: RangeInclusive<DateTime<Utc>>,
    count: usize,
) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&system.postgres.url()).await?;
    let counting = format!("SELECT count(*) FROM tasklog_process.{table} WHERE fires_at BETWEEN $1 AND $2");
    loop {
        let counted = sqlx::query_scalar(&counting).bind(due.start()).bind(due.end());
        let found: i64 = counted.fetch_one(&mut connection).await?;
        ensure!(
            Utc::now() + TimeDelta::seconds(1) < *due.start(),
            "of {count} {table}, {found} were there when their time came: this machine takes longer than it is given"
        );
        if usize::try_from(found)? == count {
            return Ok(connection.close().await?);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod times {
    use super::*;

    #[test]
    fn given_more_when_due_soon_then_it_is_later_and_on_a_whole_second() {
        let (few, many) = (soon(1, 100), soon(1_000, 100));
        assert!((many - few) >= TimeDelta::seconds(10));
        assert!(few > Utc::now());
        assert_eq!((many.timestamp_subsec_nanos(), wall(few).len()), (0, 19));
    }
}
