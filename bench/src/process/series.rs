//! The same second brings about the next task of very many series, and nobody else has to wait for that.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use domain::topics;
use kafka_es::Envelope;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::bell::{Bell, Heard};
use super::given;
use super::load::{self, Load};
use super::log::Log;
use super::ring::after;
use crate::filled::{Filled, caught_up};
use crate::latency::Latencies;
use crate::machine::resident_mib;
use crate::report::{Limit, Report};

/// So many a second are imported and read by the manager at least, or the time is too short.
const IMPORTED_PER_SECOND: usize = 500;
/// So many a second are made at least, or it is given up.
const MADE_PER_SECOND: usize = 100;
const PATIENCE: TimeDelta = TimeDelta::seconds(60);
/// Before the time comes, the same load is measured for so long.
const BEFORE: usize = 15;
/// After it, a reminder rings each second for so long at least.
const REMINDED: usize = 20;
/// ... and so much longer as the series take at this rate.
const REMINDED_PER_SECOND: usize = 200;
/// What happens until the series are done is looked at for so long at least.
const DURING_MIN: TimeDelta = TimeDelta::seconds(2);
/// A reminder that has not rung so long after the series are done is lost.
const RINGS_WITHIN: TimeDelta = TimeDelta::seconds(30);
/// How often the memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Imports the series, and measures what their time brings, beside the same load before.
pub async fn figures(system: &mut Filled, count: usize, report: &mut Report) -> anyhow::Result<()> {
    let address = system.tasklog.address().to_owned();
    let due = given::soon(count, IMPORTED_PER_SECOND) + given::seconds(BEFORE);
    let begins = due - given::seconds(BEFORE);
    import(system, count, due)?;
    given::rows(system, "series", due..=due, count).await?;
    let reminders = remind(system, begins, BEFORE + REMINDED + count / REMINDED_PER_SECOND).await?;
    caught_up(&system.tasklog).await;
    ensure!(Utc::now() < begins, "the series were not there in time: this machine takes longer than it is given");

    let bootstrap = system.kafka.bootstrap();
    let mut bell = Bell::listen(&bootstrap).await?;
    let last = due + PATIENCE + given::seconds(count / MADE_PER_SECOND);
    let making = tokio::spawn(listen(Log::open(&bootstrap, topics::TASKS).await?, count, last));
    given::until(begins).await;
    let load = Load::start(&address);
    let (pid, mut memory) = (system.tasklog.running().pid(), Memory::default());
    while !making.is_finished() {
        memory.look(resident_mib(pid)?, due);
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let made = making.await??;
    let done = made.last.context("nothing was made of the series")?;
    let end = done.max(due + DURING_MIN);
    given::until(end).await;
    let calls = load.stop().await?;
    let rung = |heard: &Heard| reminders.iter().all(|(id, at)| *at > end || heard.rang.contains_key(id));
    bell.until(end + RINGS_WITHIN, rung).await?;

    let seconds = after(due, done).as_secs_f64();
    report.figure("series.occurrences", made.of.len() as f64, "tasks", Limit::None);
    report.figure("series.time", seconds, "s", Limit::None);
    report.figure("series.rate", made.of.len() as f64 / seconds, "tasks/s", Limit::None);
    report.figure("series.doubled", made.doubled as f64, "tasks", Limit::AtMost(0.0));
    report.figure("series.lost", count.saturating_sub(made.of.len()) as f64, "tasks", Limit::AtMost(0.0));
    report.figure("series.memory.before", memory.before, "MiB", Limit::None);
    report.figure("series.memory.peak", memory.peak, "MiB", Limit::None);
    let heard = bell.heard();
    for (name, from, to) in [("before", begins, due), ("during", due, end)] {
        let calls = calls.iter().filter(|call| call.at >= from && call.at < to);
        commands(name, load::latencies(calls)?, report);
        let reminders = reminders.iter().filter(|(_, at)| *at >= from && *at < to);
        rings(name, reminders, &heard, report)?;
    }
    Ok(())
}

fn import(system: &Filled, count: usize, due: DateTime<Utc>) -> anyhow::Result<()> {
    let pattern = json!({"rrule": "FREQ=DAILY", "generate": "when_due"});
    let line = |n| json!({"title": format!("series {n}"), "due_at": given::wall(due), "time_zone": "UTC", "recurrence_pattern": pattern});
    given::import(system, (0..count).map(line))
}

/// A reminder each second from `from` on, each of a task of its own.
async fn remind(system: &Filled, from: DateTime<Utc>, count: usize) -> anyhow::Result<Vec<(Uuid, DateTime<Utc>)>> {
    let tasks = given::tasks(system, count)?;
    let wanted: Vec<_> = tasks.into_iter().zip((0..).map(|n| from + given::seconds(n))).collect();
    let ids = given::reminders(system.tasklog.address(), &wanted).await?;
    Ok(ids.into_iter().zip(wanted.into_iter().map(|(_, at)| at)).collect())
}

/// Resident memory of the process in MiB: the most of it.
#[derive(Default)]
struct Memory {
    before: f64,
    peak: f64,
}

impl Memory {
    fn look(&mut self, mib: f64, due: DateTime<Utc>) {
        let most = if Utc::now() < due { &mut self.before } else { &mut self.peak };
        *most = most.max(mib);
    }
}

/// The tasks that were made to follow others.
#[derive(Default)]
struct Made {
    /// What was followed.
    of: HashSet<Uuid>,
    /// Tasks that follow one that was followed already.
    doubled: usize,
    /// When the last one was read.
    last: Option<DateTime<Utc>>,
}

/// What is read of a task that came to be.
#[derive(Deserialize)]
struct Created {
    follows: Option<Uuid>,
}

impl Made {
    fn take(&mut self, event: &Envelope, at: DateTime<Utc>) -> anyhow::Result<()> {
        if event.event_type != "tasklog.task.created.v1" {
            return Ok(());
        }
        if let Created { follows: Some(follows) } = serde_json::from_str(event.data.get())? {
            self.doubled += usize::from(!self.of.insert(follows));
            self.last = Some(at);
        }
        Ok(())
    }
}

/// Reads until `count` were made, or until `last`.
async fn listen(mut log: Log, count: usize, last: DateTime<Utc>) -> anyhow::Result<Made> {
    let mut made = Made::default();
    while made.of.len() < count {
        let Ok(left) = (last - Utc::now()).to_std() else { break };
        let events = log.next(left).await?;
        let now = Utc::now();
        for event in &events {
            made.take(event, now)?;
        }
    }
    Ok(made)
}

fn commands(when: &str, (latencies, refused): (Latencies, usize), report: &mut Report) {
    for (name, quantile) in [("p50", 0.50), ("p99", 0.99), ("max", 1.0)] {
        report.figure(&format!("series.command.{when}.{name}"), latencies.millis(quantile), "ms", Limit::None);
    }
    report.figure(&format!("series.command.{when}.refused"), refused as f64, "calls", Limit::AtMost(0.0));
}

/// How late these reminders rang.
fn rings<'a>(
    when: &str,
    reminders: impl Iterator<Item = &'a (Uuid, DateTime<Utc>)>,
    heard: &Heard,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut late, mut lost) = (Latencies::default(), 0);
    for (id, due) in reminders {
        match heard.rang.get(id) {
            Some(at) => late.add(after(*due, *at)),
            None => lost += 1,
        }
    }
    ensure!(late.count() > 0, "of {lost} reminders none rang");
    for (name, quantile) in [("p50", 0.50), ("max", 1.0)] {
        report.figure(&format!("series.reminder.{when}.{name}"), late.millis(quantile), "ms", Limit::None);
    }
    report.figure(&format!("series.reminder.{when}.lost"), f64::from(lost), "reminders", Limit::AtMost(0.0));
    Ok(())
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod counting {
    use super::*;
    use serde_json::Value;

    fn created(data: Value) -> Envelope {
        let envelope = json!({
            "specversion": "1.0", "id": "x", "source": "/tenants/default", "type": "tasklog.task.created.v1",
            "subject": "x", "time": "2026-11-23T19:00:00Z", "datacontenttype": "application/json",
            "partitionkey": "default/x", "sequence": 1, "tenant": "default", "commandid": "c", "actor": "a", "data": data,
        });
        serde_json::from_value(envelope).unwrap()
    }

    #[test]
    fn given_tasks_when_counted_then_those_that_follow_one_and_those_that_follow_it_again() {
        let (one, other, mut made) = (Uuid::from_u128(1), Uuid::from_u128(2), Made::default());
        let at = |n| DateTime::from_timestamp(n, 0).unwrap();
        let events =
            [json!({"follows": one}), json!({}), json!({"follows": other}), json!({"follows": one}), json!({})];
        for (n, event) in (0..).zip(events) {
            made.take(&created(event), at(n)).unwrap();
        }
        assert_eq!((made.of.len(), made.doubled, made.last), (2, 1, Some(at(3))));
    }
}
