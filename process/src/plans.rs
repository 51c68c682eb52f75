//! How Postgres answers what the clocks ask: whether it reads what is due, and nothing else. What tests and benchmarks have explained here is
//! what is asked.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{delivery, recurrence, reminders};

/// How one statement is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The manager whose clock asks.
    pub manager: &'static str,
    /// What it asks.
    pub statement: String,
    /// What `EXPLAIN` says of that.
    pub plan: String,
}

/// What a statement is given.
enum Given {
    Nothing,
    /// The time.
    Now,
    /// So many rows at most.
    Most(i64),
}

/// Explains what the clocks of series, reminders and deliveries ask at `now`. Nothing is taken.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn of_clocks(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Plan>, sqlx::Error> {
    let asked = [
        (recurrence::NAME, recurrence::taking(), Given::Now),
        (recurrence::NAME, recurrence::EARLIEST.to_owned(), Given::Nothing),
        (reminders::NAME, reminders::taking(), Given::Now),
        (reminders::NAME, reminders::EARLIEST.to_owned(), Given::Nothing),
        (delivery::NAME, delivery::claiming(), Given::Most(64)),
        (delivery::NAME, delivery::next_due(), Given::Nothing),
    ];
    let mut plans = Vec::new();
    for (manager, statement, given) in asked {
        let explain = format!("EXPLAIN {statement}");
        let explain = sqlx::query_scalar::<_, String>(&explain);
        let explain = match given {
            Given::Nothing => explain,
            Given::Now => explain.bind(now),
            Given::Most(rows) => explain.bind(rows),
        };
        let plan = explain.fetch_all(&mut *connection).await?.join("\n");
        plans.push(Plan { manager, statement, plan });
    }
    Ok(plans)
}
