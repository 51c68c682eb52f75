//! What waits for its time, for operators: of each manager with a clock how much waits, how much is due, and how late the oldest of it is.
//!
//! It goes along the index that the manager's clock goes by, in its order, and no further than [`COUNT_MAX`] rows: a million that wait
//! cost no more than ten thousand.

use std::convert::Infallible;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use platform::clock::Clock;
use platform::lifecycle::Shutdown;
use platform::postgres::in_time;
use sqlx::PgPool;

use crate::manager::FREE;
use crate::metric_definitions as metric;
use crate::{delivery, recurrence, reminders, tag_renames};

/// Rows are counted up to this: where there are so many, there may be more.
pub const COUNT_MAX: u32 = 10_000;
/// How often metrics tell it.
const EVERY: Duration = Duration::from_secs(5);
/// How long Postgres may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Whose clock the times of rows are by: how late something is, only that one can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The processes'.
    Process,
    /// The database's.
    Database,
}

/// Where the rows of a manager are, and which of their columns says when something is to be done. Each has a partial index over that.
struct Rows {
    manager: &'static str,
    table: &'static str,
    time: &'static str,
    /// Whose clock that is by.
    by: By,
    /// What is due only where nobody is at work on it, in SQL.
    free: &'static str,
}

/// In the order in which they are told: by their clocks, then what goes by none from outside.
const ALL: [Rows; 4] = [
    Rows { manager: recurrence::NAME, table: "series", time: "fires_at", by: By::Process, free: "true" },
    Rows { manager: reminders::NAME, table: "reminders", time: "fires_at", by: By::Process, free: "true" },
    // An attempt may take a minute: it is not late.
    Rows { manager: delivery::NAME, table: "deliveries", time: "due_at", by: By::Database, free: FREE },
    Rows { manager: tag_renames::NAME, table: "tag_renames", time: "due_at", by: By::Process, free: "true" },
];

/// What waits for its time with one manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The manager's name.
    pub manager: &'static str,
    /// The time by the clock that its rows go by.
    pub at: DateTime<Utc>,
    /// Rows with a time, up to [`COUNT_MAX`].
    pub waiting: u32,
    /// Of these, rows whose time has come, up to [`COUNT_MAX`].
    pub due: u32,
    /// The earliest time that has come.
    pub oldest_due: Option<DateTime<Utc>>,
    /// The earliest time that is still to come.
    pub next: Option<DateTime<Utc>>,
}

impl Waiting {
    /// Seconds since the oldest has been due; 0 where nothing is.
    pub fn late_seconds(&self) -> f64 {
        let late = self.oldest_due.map_or(TimeDelta::zero(), |since| self.at - since);
        late.num_milliseconds() as f64 / 1_000.0
    }
}

/// Says every few seconds what waits, in metrics, until `shutdown`. Each process with managers runs it, once and for all of them: when none is
/// left that does what is due, another one still tells.
///
/// # Errors
/// None: when Postgres cannot be asked, the last figures stay; that it cannot is said elsewhere.
pub async fn watch(pool: PgPool, clock: Clock, shutdown: Shutdown) -> Result<(), Infallible> {
    loop {
        tokio::select! {
            () = shutdown.requested() => return Ok(()),
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Ok(all) = all(&pool, clock.now()).await {
            all.iter().for_each(metric::timers);
        }
    }
}

/// What waits at `now`, which is the processes' time, with each manager that has a clock.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn all(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<Waiting>, sqlx::Error> {
    let asking = async {
        let of_database: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(pool).await?;
        let mut all = Vec::new();
        for rows in &ALL {
            let at = match rows.by {
                By::Process => now,
                By::Database => of_database,
            };
            all.push(rows.waiting(pool, at).await?);
        }
        Ok(all)
    };
    in_time(ANSWER, asking).await
}

impl Rows {
    async fn waiting(&self, pool: &PgPool, at: DateTime<Utc>) -> Result<Waiting, sqlx::Error> {
        let Self { manager, table, time, free, .. } = *self;
        let statement = format!(
            "SELECT (SELECT count(*) FROM (SELECT FROM tasklog_process.{table} WHERE {time} IS NOT NULL ORDER BY {time} LIMIT {COUNT_MAX}) w),
                    (SELECT count(*) FROM (SELECT FROM tasklog_process.{table} WHERE {time} <= $1 AND {free} ORDER BY {time} LIMIT {COUNT_MAX}) d),
                    (SELECT min({time}) FROM tasklog_process.{table} WHERE {time} <= $1 AND {free}),
                    (SELECT min({time}) FROM tasklog_process.{table} WHERE {time} > $1)"
        );
        let asked = sqlx::query_as::<_, (i64, i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>)>(&statement);
        let (waiting, due, oldest_due, next) = asked.bind(at).fetch_one(pool).await?;
        let count = |rows: i64| u32::try_from(rows).unwrap_or(COUNT_MAX);
        Ok(Waiting { manager, at, waiting: count(waiting), due: count(due), oldest_due, next })
    }
}
