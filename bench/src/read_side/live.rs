//! What very many listeners to the live stream cost, and how soon each of them is told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::StreamExt as _;
use futures::future::try_join_all;
use futures::stream;
use serde_json::{Value, json};
use tests::listener::Listener;
use tests::process::{anonymous_kib, set_open_files};
use tests::tasklog::Tasklog;

use super::figures::{Figures, Part};
use crate::connection::{Connection, Idle, send};
use crate::latency::Latencies;
use crate::report::Limit;

const CONNECTIONS: usize = 2_000;
/// A listening socket queues some connections, not all.
const OPENED_AT_ONCE: usize = 64;
/// From one write to the next: 100 a second, whether the one before was told or not.
const GAP: Duration = Duration::from_millis(10);
const WRITES: usize = 1_000;
/// Every second connection listens to one of so many tags, and each write has one of them.
const TAGS: usize = 10;
/// A connection that is told nothing for so long is told nothing any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// A task that a connection was told of, and when.
type Arrival = (String, Instant);

/// Opens the connections and writes.
pub async fn figures(tasklog: &mut Tasklog, figures: &mut Figures) -> anyhow::Result<()> {
    ensure!(set_open_files(None) > 2 * CONNECTIONS as u64, "too few files may be open at once: raise `ulimit -Hn`");
    let (address, server) = (tasklog.address().to_owned(), tasklog.running().pid());
    // What the live stream takes by itself is not the connections'.
    let first = [Listener::open(&address, "/events").await, Listener::open(&address, &path(1)).await];
    let before = anonymous_kib(server);
    let began = Instant::now();
    let opening = (0..CONNECTIONS).map(|n| {
        let address = address.clone();
        async move { Listener::open(&address, &path(n)).await }
    });
    let listeners: Vec<Listener> = stream::iter(opening).buffered(OPENED_AT_ONCE).collect().await;
    let opened = began.elapsed();
    drop(first);
    let idle = anonymous_kib(server).saturating_sub(before);
    let hearing =
        listeners.into_iter().enumerate().map(|(n, listener)| tokio::spawn(hear(listener, wanted(n).count())));
    let hearing: Vec<_> = hearing.collect();
    let began = Instant::now();
    let written = write_all(&address).await?;
    let arrivals = try_join_all(hearing).await?;
    let told = anonymous_kib(server).saturating_sub(before);

    let mut seen = Seen::default();
    for (n, arrivals) in arrivals.iter().enumerate() {
        seen.take(arrivals, wanted(n), &written);
    }
    let end = arrivals.iter().flatten().map(|(_, at)| *at).max().context("no connection was told anything")?;
    let rate = seen.latencies.count() as f64 / (end - began).as_secs_f64();
    for (name, value, unit, limit) in [
        ("connections", CONNECTIONS as f64, "connections", Limit::None),
        ("opened", CONNECTIONS as f64 / opened.as_secs_f64(), "/s", Limit::None),
        ("idle.memory", idle as f64 / CONNECTIONS as f64, "KiB/connection", Limit::None),
        ("told.memory", told as f64 / CONNECTIONS as f64, "KiB/connection", Limit::None),
        ("delivered", rate, "events/s", Limit::None),
        ("p50", seen.latencies.millis(0.50), "ms", Limit::None),
        ("p99", seen.latencies.millis(0.99), "ms", Limit::None),
        ("max", seen.latencies.millis(1.0), "ms", Limit::None),
        ("lost", seen.lost as f64, "events", Limit::AtMost(0.0)),
        ("doubled", seen.doubled as f64, "events", Limit::AtMost(0.0)),
    ] {
        figures.add(Part::Live, name, value, unit, limit);
    }
    Ok(())
}

/// What the connection of this number listens to.
fn path(connection: usize) -> String {
    if connection.is_multiple_of(2) { "/events".to_owned() } else { format!("/events?tag={}", tag(connection / 2)) }
}

fn tag(number: usize) -> String {
    format!("live-{}", number % TAGS)
}

/// The writes that concern it.
fn wanted(connection: usize) -> impl Iterator<Item = usize> {
    let all = connection.is_multiple_of(2);
    (0..WRITES).filter(move |write| all || write % TAGS == connection / 2 % TAGS)
}

/// Everything it is told, until that are so many events or nothing more comes.
async fn hear(mut listener: Listener, count: usize) -> Vec<Arrival> {
    let mut arrivals = Vec::with_capacity(count);
    while arrivals.len() < count {
        match tokio::time::timeout(PATIENCE, listener.next()).await {
            Ok(Ok(heard)) => arrivals.push((heard.subject, Instant::now())),
            Ok(Err(_)) | Err(_) => break,
        }
    }
    arrivals
}

/// The tasks in the order of their numbers, each with the moment at which its 201 came.
async fn write_all(address: &str) -> anyhow::Result<Vec<Arrival>> {
    let (idle, begin) = (Arc::new(Idle::default()), Instant::now());
    let writes = (0..WRITES).map(|n| {
        let (idle, address) = (idle.clone(), address.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep_until((begin + GAP * u32::try_from(n)?).into()).await;
            let mut connection = idle.take(&address).await?;
            let written = write(&mut connection, n).await?;
            idle.give_back(connection);
            anyhow::Ok(written)
        })
    });
    try_join_all(writes).await?.into_iter().collect()
}

async fn write(connection: &mut Connection, n: usize) -> anyhow::Result<Arrival> {
    let body = json!({"title": format!("Told to many {n}"), "tags": [tag(n)]}).to_string();
    let status = connection.call(&send("POST", "/tasks", "application/json", &body)).await?;
    let answered = Instant::now();
    ensure!(status == 201, "a create was answered {status} {}", String::from_utf8_lossy(connection.body()));
    let created: Value = serde_json::from_slice(connection.body())?;
    Ok((created["id"].as_str().context("a task has an id")?.to_owned(), answered))
}

/// What all connections were told.
#[derive(Default)]
struct Seen {
    /// From the 201 to the event; 0 where the event came first.
    latencies: Latencies,
    lost: usize,
    /// Told more than once, or though it does not concern them.
    doubled: usize,
}

impl Seen {
    /// Of one connection that wants some of what was written.
    fn take(&mut self, arrivals: &[Arrival], wanted: impl Iterator<Item = usize>, written: &[Arrival]) {
        let mut wanted: HashMap<&str, Instant> = wanted.map(|n| (written[n].0.as_str(), written[n].1)).collect();
        for (task, at) in arrivals {
            match wanted.remove(task.as_str()) {
                Some(answered) => self.latencies.add(at.saturating_duration_since(answered)),
                None => self.doubled += 1,
            }
        }
        self.lost += wanted.len();
    }
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod counting {
    use super::*;

    #[test]
    fn given_a_connection_when_it_has_a_tag_then_it_wants_the_writes_that_have_it() {
        assert_eq!(wanted(0).count(), WRITES);
        let of_three: Vec<usize> = wanted(7).collect();
        assert_eq!((path(7).as_str(), of_three.len(), of_three[1]), ("/events?tag=live-3", WRITES / TAGS, 13));
        assert!(of_three.iter().all(|write| tag(*write) == "live-3"));
    }

    #[test]
    fn given_what_was_told_when_counted_then_the_lost_and_the_doubled_show() {
        let now = Instant::now();
        let at = |millis| now + Duration::from_millis(millis);
        let written: Vec<Arrival> = (0..4).map(|n| (format!("t{n}"), at(10))).collect();
        let told = [("t0", at(15)), ("t2", at(5)), ("t0", at(16)), ("t3", at(20))];
        let told: Vec<Arrival> = told.map(|(task, at)| (task.to_owned(), at)).into();
        let mut seen = Seen::default();
        seen.take(&told, 0..3, &written);
        assert_eq!((seen.lost, seen.doubled, seen.latencies.count()), (1, 2, 2));
        assert_eq!((seen.latencies.millis(0.0), seen.latencies.millis(1.0)), (0.0, 5.0));
    }
}
