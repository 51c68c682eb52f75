//! The schemas of the read side in Postgres, and the connections that lists are read through.

mod readers;

use std::time::Duration;

pub use platform::postgres::begin;
pub(crate) use platform::postgres::{ACQUIRE_TIMEOUT, TRUSTED_FOR, in_time};
use platform::postgres::{MigrateError, Schema, Step};
pub(crate) use readers::known_plans;
pub use readers::{Lent, Readers};
use sqlx::PgPool;

/// A query that takes longer has lost its server, or asks too much of it: nobody waits for its answer any more, and Postgres gives it up.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(8);

/// The same as a value of `statement_timeout`.
pub(crate) fn statement_timeout() -> String {
    format!("{}ms", ANSWER_MAX.as_millis())
}

static SCHEMA: Schema = Schema::new("tasklog", 7_212_390_417_450_163, STEPS);

const STEPS: &[Step] = &[
    Step::new(1, "read side", include_str!("../../migrations/0001_read_side.sql")),
    Step::new(2, "goals", include_str!("../../migrations/0002_goals.sql")),
    Step::new(3, "generations", include_str!("../../migrations/0003_generations.sql")),
    Step::new(4, "dropped records", include_str!("../../migrations/0004_dropped_records.sql")),
];

/// What does not follow from the log has a schema of its own, so that whoever throws the other one away loses nothing.
static FILTERS: Schema = Schema::new("tasklog_filters", 7_212_390_417_450_165, FILTER_STEPS);

const FILTER_STEPS: &[Step] =
    &[Step::new(1, "saved filters", include_str!("../../migrations/filters/0001_filters.sql"))];

/// Brings the schemas `tasklog` and `tasklog_filters` up to date. Any number of processes may call it at once.
///
/// # Errors
/// [`MigrateError`]; a step that failed has changed nothing.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    SCHEMA.migrate(pool).await?;
    FILTERS.migrate(pool).await
}
