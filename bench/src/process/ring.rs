//! Very many reminders are due in the same second; and the same with the process killed while they ring.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;
use tests::http::Api;
use tests::receiver::Receiver;

use super::bell::{Bell, Heard};
use super::given;
use crate::filled::Filled;
use crate::latency::Latencies;
use crate::report::{Limit, Report};

/// So many a second are made at least, or the time is too short.
const MADE_PER_SECOND: usize = 200;
/// So many a second ring and are told at least, or it is given up; a delivery that a killed process had taken up waits for ten seconds.
const TOLD_PER_SECOND: usize = 50;
const PATIENCE: TimeDelta = TimeDelta::seconds(240);
/// What rings twice does so by then.
const GRACE: Duration = Duration::from_secs(3);
/// Of so many reminders one has rung when the process is killed.
const KILLED_AT: usize = 3;
/// Any 24 bytes.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What was seen of the killing.
struct Killed {
    /// So many had rung.
    rung: usize,
    /// From the kill until it was ready again.
    restart: Duration,
}

/// They ring, and a webhook is told of each.
pub async fn figures(system: &mut Filled, count: usize, report: &mut Report) -> anyhow::Result<()> {
    measure(system, count, false, report).await
}

/// The same; it is killed in the midst of it and started again at once.
pub async fn figures_killed(system: &mut Filled, count: usize, report: &mut Report) -> anyhow::Result<()> {
    measure(system, count, true, report).await
}

async fn measure(system: &mut Filled, count: usize, kills: bool, report: &mut Report) -> anyhow::Result<()> {
    let receiver = Receiver::start().await;
    tell(&system.tasklog.api(), &receiver).await;
    let tasks = given::tasks(system, count)?;
    let due = given::soon(count, MADE_PER_SECOND);
    let wanted: Vec<_> = tasks.into_iter().map(|task| (task, due)).collect();
    given::reminders(system.tasklog.address(), &wanted).await?;
    given::rows(system, "reminders", due..=due, count).await?;

    let mut bell = Bell::listen(&system.kafka.bootstrap()).await?;
    let last = due + PATIENCE + given::seconds(count / TOLD_PER_SECOND);
    let killed = if kills { Some(kill(system, &mut bell, count, last).await?) } else { None };
    bell.until(last, |heard| heard.rang.len() >= count && heard.sent.len() + heard.failed >= count).await?;
    tokio::time::sleep(GRACE).await;

    let name = if kills { "ring-killed" } else { "ring" };
    let mut figure =
        |what: &str, value: f64, unit: &str, limit| report.figure(&format!("{name}.{what}"), value, unit, limit);
    if let Some(Killed { rung, restart }) = killed {
        figure("rung-when-killed", rung as f64, "reminders", Limit::None);
        figure("restart", restart.as_secs_f64(), "s", Limit::None);
    }
    let heard = bell.heard();
    rings(&heard, (due, count), Limit::AtMost(5.0), &mut figure)?;
    let taken = receiver.taken();
    let ids: HashSet<&str> = taken.iter().map(|one| one.id.as_str()).collect();
    figure("webhooks.doubled", (taken.len() - ids.len()) as f64, "webhooks", Limit::None);
    Ok(())
}

/// From now on every reminder that rings is told to the receiver.
async fn tell(api: &Api, receiver: &Receiver) {
    let settings = json!({"channels": [{"type": "webhook", "url": receiver.url(), "secret": SECRET}]});
    api.call(Method::PUT, "/notification-settings").json("application/json", &settings).send().await.expect(200);
}

/// Kills it when enough have rung, and starts it again at once.
async fn kill(system: &mut Filled, bell: &mut Bell, count: usize, last: DateTime<Utc>) -> anyhow::Result<Killed> {
    let enough = count.div_ceil(KILLED_AT);
    ensure!(bell.until(last, |heard| heard.rang.len() >= enough).await?, "{} of {count} rang by {last}", bell.rung());
    system.tasklog.kill().await;
    let (rung, began) = (bell.rung(), Instant::now());
    system.tasklog.start().await;
    Ok(Killed { rung, restart: began.elapsed() })
}

fn rings(
    heard: &Heard,
    (due, count): (DateTime<Utc>, usize),
    limit: Limit,
    figure: &mut impl FnMut(&str, f64, &str, Limit),
) -> anyhow::Result<()> {
    ensure!(!heard.rang.is_empty(), "no reminder rang");
    let mut late = Latencies::default();
    heard.rang.values().for_each(|at| late.add(after(due, *at)));
    figure("reminders", count as f64, "reminders", Limit::None);
    for (what, quantile, limit) in
        [("first", 0.0, Limit::None), ("p50", 0.50, Limit::None), ("p99", 0.99, Limit::None), ("all", 1.0, limit)]
    {
        figure(what, late.millis(quantile) / 1e3, "s", limit);
    }
    figure("doubled", heard.doubled as f64, "reminders", Limit::AtMost(0.0));
    figure("lost", count.saturating_sub(heard.rang.len()) as f64, "reminders", Limit::AtMost(0.0));
    figure("void", heard.void as f64, "records", Limit::None);
    if let Some(at) = heard.sent.values().max() {
        figure("sent.all", after(due, *at).as_secs_f64(), "s", Limit::None);
    }
    figure("sent.missing", count.saturating_sub(heard.sent.len()) as f64, "reminders", Limit::None);
    Ok(())
}

/// How long after its time something was.
pub fn after(due: DateTime<Utc>, at: DateTime<Utc>) -> Duration {
    (at - due).to_std().unwrap_or_default()
}

// Not `tests`: that is the name of a crate, too.
#[cfg(test)]
mod counting {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn given_what_was_heard_when_counted_then_the_last_one_and_the_lost_show() {
        let due = DateTime::<Utc>::UNIX_EPOCH;
        let rang = (1..=4).map(|n| (Uuid::from_u128(n), due + TimeDelta::milliseconds(n as i64 * 500))).collect();
        let heard = Heard { rang, doubled: 1, ..Heard::default() };
        let mut seen = Vec::new();
        let mut figure = |what: &str, value: f64, _: &str, limit: Limit| {
            seen.push((what.to_owned(), value, limit.holds(value)));
        };
        rings(&heard, (due, 5), Limit::AtMost(1.9), &mut figure).unwrap();
        assert!(rings(&Heard::default(), (due, 5), Limit::None, &mut figure).is_err());
        for expected in [("first", 0.5, true), ("all", 2.0, false), ("doubled", 1.0, false), ("lost", 1.0, false)] {
            let expected = (expected.0.to_owned(), expected.1, expected.2);
            assert!(seen.contains(&expected), "{expected:?} is not in {seen:?}");
        }
    }
}
