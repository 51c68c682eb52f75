//! Connections for the statements that most queries are: by a key, or along the order of an index.
//!
//! There is one good plan for such a statement, whatever its values are and however large the table is. So Postgres makes it once and
//! keeps it: to plan a page anew takes as long as to read it.

use std::fmt;
use std::ops::{Deref, DerefMut};

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, Timeouts};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};

use super::{ACQUIRE_TIMEOUT, TRUSTED_FOR, statement_timeout};

/// More of them at a time only wait for the same cores.
const CONNECTIONS: usize = 8;

/// Statements that a connection keeps: a page has a few hundred forms, by sort and kinds of filters.
const STATEMENTS: usize = 250;

/// How to connect to the server of `pool` for statements by keys and along indexes, whose plans are made once.
pub(crate) fn known_plans(pool: &PgPool) -> PgConnectOptions {
    // A plan that is kept must not follow from how many rows there were when it was made: what reads a whole table, or sorts what
    // an index has in order, is never the one.
    PgConnectOptions::clone(&pool.connect_options()).options([
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_bitmapscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("enable_sort", "off"),
    ])
}

/// The pool. Clones share it.
#[derive(Clone)]
pub struct Readers(Pool<Connections>);

impl Readers {
    /// To the server of `pool`.
    #[must_use]
    pub fn new(pool: &PgPool) -> Self {
        let options = known_plans(pool).options([("statement_timeout", statement_timeout())]);
        let options = options.statement_cache_capacity(STATEMENTS);
        let timeouts =
            Timeouts { wait: Some(ACQUIRE_TIMEOUT), create: Some(ACQUIRE_TIMEOUT), recycle: Some(ACQUIRE_TIMEOUT) };
        let pool = Pool::builder(Connections(options))
            .max_size(CONNECTIONS)
            .timeouts(timeouts)
            .runtime(deadpool::Runtime::Tokio1)
            .build();
        Self(pool.expect("there is a runtime for the timeouts"))
    }

    /// A connection. Give it back by [`Lent::done`].
    ///
    /// # Errors
    /// When Postgres cannot be reached, or no connection comes free in time.
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        match self.0.get().await {
            Ok(connection) => Ok(Lent(Some(connection))),
            Err(PoolError::Backend(error)) => Err(error),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readers").field(&self.0.status()).finish()
    }
}

/// Makes connections and looks after them.
struct Connections(PgConnectOptions);

impl Manager for Connections {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.0).await
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.last_used() < TRUSTED_FOR {
            return Ok(());
        }
        connection.ping().await.map_err(RecycleError::Backend)
    }
}

/// A connection on loan. Dropped without [`Self::done`] it is closed: nobody knows what is on its way in it.
///
/// Rows that are on their way sqlx reads to their end before the next statement, so nobody would get them as an answer; but the next
/// would wait for them, and an error that is on its way would be told to the next instead.
pub struct Lent(Option<Object<Connections>>);

impl Lent {
    /// Gives it back: its answers have all been read.
    pub fn done(mut self) {
        self.0.take();
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.0.as_ref().expect("it is there until it is done")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("it is there until it is done")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}
