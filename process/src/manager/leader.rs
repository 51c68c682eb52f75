//! Of several processes one reads the log for a manager, and the others stand by. That spares work; it is no guarantee: whoever takes
//! itself for the leader and is not loses at the checkpoint.

use std::time::Duration;

use platform::postgres::in_time;
use sqlx::{Connection as _, PgConnection, PgPool};

/// How often one that stands by asks for the right. To wait for it within Postgres would be sooner, but a server does not notice that
/// somebody who waits for a lock is gone, and keeps the place.
const ASKS_EVERY: Duration = Duration::from_secs(1);
/// How often the leader asks whether its connection is still there.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(5);

/// The right to read the log for a manager, as long as the connection lives.
pub(super) struct Leader(PgConnection);

impl Leader {
    /// Waits until nobody else reads for `manager`.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub(super) async fn wait(pool: &PgPool, manager: &str) -> Result<Self, sqlx::Error> {
        // A machine that vanished gives the right up after some twenty-five seconds, rather than hours.
        let noticed = [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];
        let options = (*pool.connect_options()).clone().options(noticed);
        let mut connection = in_time(ANSWER, PgConnection::connect_with(&options)).await?;
        loop {
            let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended('tasklog_process/' || $1, 0))");
            if in_time(ANSWER, lock.bind(manager).fetch_one(&mut connection)).await? {
                return Ok(Self(connection));
            }
            tokio::time::sleep(ASKS_EVERY).await;
        }
    }

    /// Completes when the connection is lost, and the right with it.
    pub(super) async fn lost(mut self) -> sqlx::Error {
        loop {
            tokio::time::sleep(LOOKS_EVERY).await;
            if let Err(error) = in_time(ANSWER, self.0.ping()).await {
                return error;
            }
        }
    }
}
