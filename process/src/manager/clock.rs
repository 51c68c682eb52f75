//! What happens because its time has come: rows with a time, and a clock that looks for those that are due.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use platform::clock::Clock;
use platform::health::Component;
use platform::lifecycle::Shutdown;
use tokio::sync::Notify;

use super::Failure;
use crate::metric_definitions as metric;

/// How long the clock sleeps at most. Its alarm hears of this process's own rows only, and a clock that is set forward wakes nobody: a
/// look at an index once a second finds what other processes have written and what a leap has made due.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// How long it sleeps at least after a round that found nothing to do: what is due may be in the hands of another process.
const SLEEP_MIN: Duration = Duration::from_millis(50);
/// Looks at the same time, where one does not find all: while one waits for the log, or for its rows, the other goes on.
const AT_ONCE: usize = 2;
/// Pause after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// Rows with a time, and what happens then.
#[async_trait]
pub trait Timed: Send + Sync + 'static {
    /// Its name in logs and metrics.
    fn name(&self) -> &'static str;

    /// Does what is due at `now` for some rows that nobody else is busy with, the oldest first.
    ///
    /// # Errors
    /// See [`Failure`]; the rows stay as they are, and come again.
    async fn fire(&self, now: DateTime<Utc>) -> Result<Fired, Failure>;

    /// The earliest time in any row, if there is one.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    async fn earliest(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error>;
}

/// What a round has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// Rows whose time had come.
    pub rows: usize,
    /// There may be others, or they cannot be done yet.
    pub more: bool,
}

/// Wakes the clock: an earlier time stands in some row now. Clones wake the same one.
#[derive(Debug, Clone, Default)]
pub struct Alarm(Arc<Notify>);

impl Alarm {
    /// Wakes the clock, now or as soon as it sleeps.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Does all that is due; gives how many rows that were.
///
/// # Errors
/// See [`Failure`].
pub async fn fire_all(timed: &dyn Timed, clock: &Clock) -> Result<usize, Failure> {
    let mut rows = 0;
    loop {
        let fired = fire(timed, clock).await?;
        rows += fired.rows;
        if !fired.more {
            return Ok(rows);
        }
    }
}

async fn fire(timed: &dyn Timed, clock: &Clock) -> Result<Fired, Failure> {
    let fired = timed.fire(clock.now()).await?;
    metric::fired(timed.name(), fired.rows);
    Ok(Fired { more: fired.more && fired.rows > 0, ..fired })
}

/// Does what is due, sleeps until the next time, and so on until `shutdown`.
///
/// # Errors
/// None: what fails is tried again, loudly.
pub async fn keep_time(
    timed: Arc<dyn Timed>,
    clock: Clock,
    alarm: Alarm,
    health: Component,
    shutdown: Shutdown,
) -> Result<(), Infallible> {
    let mut told = false;
    while !shutdown.is_requested() {
        let pause = match round(&*timed, &clock, &health).await {
            Ok(pause) => {
                told = false;
                pause
            }
            Err(failure) => {
                health.not_ready(failure.to_string());
                metric::failed(timed.name());
                if !told {
                    tracing::error!(clock = timed.name(), error = %failure, "what is due cannot be done, trying again");
                }
                told = true;
                RETRY
            }
        };
        tokio::select! {
            () = shutdown.requested() => {}
            () = alarm.0.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}

/// Does all that is due; gives how long nothing is.
async fn round(timed: &dyn Timed, clock: &Clock, health: &Component) -> Result<Duration, Failure> {
    let first = fire(timed, clock).await?;
    // With the first rows: where very many are due, the last of them is a long way off.
    health.ready();
    if first.more {
        let others = (0..AT_ONCE).map(|_| fire_all(timed, clock));
        // All of them, before one that failed is told: who is left in the midst would hold its rows until their lease ends.
        join_all(others).await.into_iter().try_for_each(|rows| rows.map(drop))?;
    }
    let least = if first.rows == 0 { SLEEP_MIN } else { Duration::ZERO };
    let left = timed.earliest().await?.map(|at| (at - clock.now()).to_std().unwrap_or(Duration::ZERO));
    Ok(left.map_or(SLEEP_MAX, |left| left.clamp(least, SLEEP_MAX)))
}
