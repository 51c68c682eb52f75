//! Postgres as every role uses it: a pool, transactions that end, answers that come in time, and a schema brought up to date.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Transaction};

/// The longest a request waits for a connection: Postgres that is down is an answer, not a hang.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that has been idle for longer is asked whether it is still there before it is used.
pub const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Postgres could not be asked.
    #[error("postgres cannot be reached")]
    Postgres(#[from] sqlx::Error),
    /// A step failed.
    #[error("the schema cannot be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The schema has a step that this build does not know. Trying again does not help.
    #[error(
        "the database has the schema of a newer build (step {0}): run that build, or set DATABASE_URL to another database"
    )]
    Newer(i64),
}

impl From<sqlx::migrate::MigrateError> for MigrateError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(step) => Self::Newer(step),
            error => Self::Migrate(error),
        }
    }
}

/// A pool for `url` that connects when it is first used.
///
/// # Errors
/// When `url` is not a Postgres URL.
pub fn connect_lazily(url: &str, max_connections: u32) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    // Statements here are cheap to plan and differ widely by their values (a status that is rare or common, a page size): a
    // generic plan would guess. None is large enough for code generation to pay.
    // And no disk that a server has today takes four times as long for a page that is not the next one.
    let options = options.application_name("tasklog").options([
        ("plan_cache_mode", "force_custom_plan"),
        ("jit", "off"),
        ("random_page_cost", "1.1"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Asking a connection whether it is there costs as much as a query by key: one that has just been used is not asked.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

/// Begins a transaction: to the end, whether or not somebody still waits for it. sqlx 0.8 forgets a transaction whose `BEGIN` was on its
/// way when it was given up, and hands the connection on within it: what others then write is never committed, and its locks stay.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    // Given up, the task goes on; its transaction is dropped when it has begun, which takes it back.
    let begun = tokio::spawn(async move { pool.begin().await }).await;
    begun.map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// Makes the commit of this transaction wait for the disk where the server would not, as the embedded one: for what does not follow from the log.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn keep(transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Other settings than `off` wait for as much, or for more.
    sqlx::query(
        "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// An answer of Postgres, or the error of a server that has stopped answering: its connection would be waited for until the system gives it
/// up, which takes a quarter of an hour.
///
/// # Errors
/// When Postgres cannot be asked, or has not answered within `limit`.
pub async fn in_time<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silent =
        || sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "postgres has stopped answering"));
    tokio::time::timeout(limit, answer).await.map_err(|_| silent())?
}

/// The steps that make a schema, oldest first. A step that has run is never changed: a new one follows it.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Its name in the database.
    pub name: &'static str,
    /// Key of the advisory lock under which it is brought up to date: each schema has its own.
    pub lock: i64,
    /// Number, description and SQL of each step.
    pub steps: &'static [(i64, &'static str, &'static str)],
}

impl Schema {
    /// Brings the schema up to date. Any number of processes may call it at once.
    ///
    /// # Errors
    /// [`MigrateError`]; a step that failed has changed nothing.
    pub async fn migrate(&self, pool: &PgPool) -> Result<(), MigrateError> {
        // A connection of its own: the search path set here must not leak into the pool.
        let mut connection = pool.acquire().await?.detach();
        // CREATE SCHEMA IF NOT EXISTS can collide with itself; the lock ends with the connection.
        sqlx::query("SELECT pg_advisory_lock($1)").bind(self.lock).execute(&mut connection).await?;
        for statement in
            [format!("CREATE SCHEMA IF NOT EXISTS {}", self.name), format!("SET search_path = {}", self.name)]
        {
            sqlx::query(&statement).execute(&mut connection).await?;
        }
        self.migrator().run_direct(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    fn migrator(&self) -> Migrator {
        let steps = self.steps.iter().map(|(version, description, sql)| {
            Migration::new(*version, Cow::Borrowed(description), MigrationType::Simple, Cow::Borrowed(sql), false)
        });
        Migrator { migrations: Cow::Owned(steps.collect()), ..Migrator::DEFAULT }
    }
}
