//! The schema of the read side in Postgres, and the connections that lists are read through.

mod readers;

pub use platform::postgres::begin;
pub(crate) use platform::postgres::{TRUSTED_FOR, in_time};
use platform::postgres::{MigrateError, Schema};
pub(crate) use readers::known_plans;
pub use readers::{Lent, Readers};
use sqlx::PgPool;

const SCHEMA: Schema = Schema {
    name: "tasklog",
    lock: 7_212_390_417_450_163,
    steps: &[
        (1, "read side", include_str!("../../migrations/0001_read_side.sql")),
        (2, "goals", include_str!("../../migrations/0002_goals.sql")),
        (3, "generations", include_str!("../../migrations/0003_generations.sql")),
        (4, "dropped records", include_str!("../../migrations/0004_dropped_records.sql")),
    ],
};

/// An answer of Postgres, or the error of a server that has stopped answering: its connection would be waited for until the system gives it
/// up, which takes a quarter of an hour.
///
/// # Errors
/// When Postgres cannot be asked, or has not answered within `limit`.
pub(crate) async fn in_time<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silent =
        || sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "postgres has stopped answering"));
    tokio::time::timeout(limit, answer).await.map_err(|_| silent())?
}

/// Brings the schema `tasklog` up to date. Any number of processes may call it at once.
///
/// # Errors
/// [`MigrateError`]; a step that failed has changed nothing.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    SCHEMA.migrate(pool).await
}
