//! Postgres as every role uses it: a pool, transactions that end, answers that come in time, and a schema brought up to date.

use std::borrow::Cow;
use std::sync::Once;
use std::time::Duration;

use sqlx::migrate::{Migrate as _, Migration, MigrationType, Migrator};
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
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The schema has become one that only builds which know this step can run on. Trying again does not help.
    #[error(
        "the database has the schema of a newer build: run one that knows step {0} of it, or set DATABASE_URL to another database"
    )]
    Newer(i64),
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

/// What one release does to a schema.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    number: i64,
    description: &'static str,
    sql: &'static str,
    needs: i64,
}

impl Step {
    /// A step that has to be known to whoever runs on the schema after it.
    pub const fn new(number: i64, description: &'static str, sql: &'static str) -> Self {
        Self { number, description, sql, needs: number }
    }

    /// The same for a step that builds can live with which know no later one than `step`: they do not miss what it adds, and do not use what
    /// it takes away.
    ///
    /// # Panics
    /// When `step` is no earlier one.
    pub const fn needs(self, step: i64) -> Self {
        assert!(step < self.number, "what a step needs, other than to be known itself, is an earlier one");
        Self { needs: step, ..self }
    }
}

/// The steps that make a schema, oldest first. A step that has run is never changed: a new one follows it.
#[derive(Debug)]
pub struct Schema {
    name: &'static str,
    lock: i64,
    steps: &'static [Step],
    /// It was said that a newer build has been here.
    told: Once,
}

impl Schema {
    /// The schema of this name in the database, brought up to date under the advisory lock with the key `lock`: each has its own.
    pub const fn new(name: &'static str, lock: i64, steps: &'static [Step]) -> Self {
        Self { name, lock, steps, told: Once::new() }
    }

    /// Brings the schema up to date. Any number of processes may call it at once, of older builds as well: where a newer one has been, they
    /// leave the schema as it is.
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
        make_room(&mut connection).await?;
        self.live_with_newer(&mut connection).await?;
        self.migrator().run_direct(&mut connection).await?;
        self.write_needs(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    /// Refuses a schema that steps have changed into one for builds that know more than this one.
    async fn live_with_newer(&self, connection: &mut PgConnection) -> Result<(), MigrateError> {
        let known: Vec<i64> = self.steps.iter().map(|step| step.number).collect();
        // Where it is not written what a step needs, as builds did not before and one that was killed may not have, it is the step itself.
        let (newest, needed): (Option<i64>, Option<i64>) = sqlx::query_as(
            "SELECT max(version), max(coalesce(needs, version)) FROM _sqlx_migrations WHERE version <> ALL($1)",
        )
        .bind(&known)
        .fetch_one(connection)
        .await?;
        let (Some(newest), Some(needed)) = (newest, needed) else { return Ok(()) };
        if known.last() < Some(&needed) {
            return Err(MigrateError::Newer(needed));
        }
        self.told.call_once(|| {
            tracing::info!(
                schema = self.name,
                step = newest,
                "the database has the schema of a newer build, which this one can live with"
            );
        });
        Ok(())
    }

    fn migrator(&self) -> Migrator {
        let steps = self.steps.iter().map(|step| {
            let (description, sql) = (Cow::Borrowed(step.description), Cow::Borrowed(step.sql));
            Migration::new(step.number, description, MigrationType::Simple, sql, false)
        });
        // Which steps may be missing here has been looked at.
        Migrator { migrations: Cow::Owned(steps.collect()), ignore_missing: true, ..Migrator::DEFAULT }
    }

    /// Writes down what the steps need, for builds that do not know them.
    async fn write_needs(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let (numbers, needs): (Vec<i64>, Vec<i64>) = self.steps.iter().map(|step| (step.number, step.needs)).unzip();
        sqlx::query(
            "UPDATE _sqlx_migrations AS step SET needs = known.needs
             FROM UNNEST($1::bigint[], $2::bigint[]) AS known (version, needs)
             WHERE step.version = known.version AND step.needs IS NULL",
        )
        .bind(&numbers)
        .bind(&needs)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Makes the table of steps that have run, with room for what each needs. Builds from before that do not mind it.
async fn make_room(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let has_room: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_attribute
             WHERE attrelid = to_regclass('_sqlx_migrations') AND attname = 'needs' AND NOT attisdropped)",
    )
    .fetch_one(&mut *connection)
    .await?;
    // ALTER TABLE waits for everybody who reads the table, as a backup does, whether or not it has anything to do.
    if !has_room {
        connection.ensure_migrations_table().await?;
        sqlx::query("ALTER TABLE _sqlx_migrations ADD COLUMN needs bigint").execute(connection).await?;
    }
    Ok(())
}
