//! Of several processes one reads the log for a manager, and the others stand by. That spares work; it is no guarantee: whoever takes
//! itself for the leader and is not loses at the checkpoint.

use std::time::Duration;

use platform::postgres::in_time;
use sqlx::{Connection as _, PgConnection, PgPool};

/// A connection that has said nothing for so long is made anew: a server that vanished says nothing either.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the leader asks whether its connection is still there.
const ASKS_EVERY: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(5);

/// The right to read the log for a manager, as long as the connection lives.
pub(super) struct Leader(PgConnection);

impl Leader {
    /// Waits, within Postgres, until nobody else reads for `manager`; `None` where it has taken so long that the connection is in doubt.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub(super) async fn wait(pool: &PgPool, manager: &str) -> Result<Option<Self>, sqlx::Error> {
        let options = pool.connect_options();
        let mut connection = in_time(ANSWER, PgConnection::connect_with(&options)).await?;
        let lock = sqlx::query("SELECT pg_advisory_lock(hashtextextended('tasklog_process/' || $1, 0))").bind(manager);
        match tokio::time::timeout(PATIENCE, lock.execute(&mut connection)).await {
            Ok(locked) => locked.map(|_| Some(Self(connection))),
            Err(_) => Ok(None),
        }
    }

    /// Completes when the connection is lost, and the right with it.
    pub(super) async fn lost(mut self) -> sqlx::Error {
        loop {
            tokio::time::sleep(ASKS_EVERY).await;
            if let Err(error) = in_time(ANSWER, self.0.ping()).await {
                return error;
            }
        }
    }
}
