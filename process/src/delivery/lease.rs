//! While somebody is at work on a delivery, others leave it alone: for a few seconds, again and again. Whoever dies with it holds it up for
//! no longer than that, however long an attempt may take.
//!
//! All of it goes by the clock of the database, as with series and reminders: processes whose clocks differ do not attempt the same.
//!
//! It only spares work. Whoever stood still for longer than the lease has a rival, see `attempts::write`.
//!
//! Where Postgres is away, readiness says so: the clock asks it once a second, unless all its places are taken, and whoever leads asks
//! every five. A renewal that fails is told all the same: it may be of one row alone, and what follows, that the same may go out twice, is
//! not the clock's matter.

use std::time::Duration;

use platform::postgres::in_time;
use sqlx::PgPool;
use uuid::Uuid;

use super::Notify;
use crate::metric_definitions as metric;

/// A delivery that was taken up is left alone for so long, in SQL.
pub(super) const LEASE: &str = "interval '10 seconds'";
/// How often whoever is at work says so, and how long Postgres may take to hear it: it may fail to once.
const RENEWED_EVERY: Duration = Duration::from_secs(2);

impl Notify {
    /// Does this work on a delivery with so many attempts, and renews its lease meanwhile.
    pub(super) async fn holding<T>(&self, id: Uuid, attempts: i32, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut told = false;
        loop {
            let renewing = async {
                tokio::time::sleep(RENEWED_EVERY).await;
                in_time(RENEWED_EVERY, renew(&self.pool, id, attempts)).await
            };
            tokio::select! {
                done = &mut work => return done,
                renewed = renewing => {
                    if let Err(error) = renewed {
                        not_renewed(id, &error, told);
                        told = true;
                    }
                }
            }
        }
    }
}

/// The work goes on, and others may soon take it up as well. That is told once, however often it is tried.
fn not_renewed(delivery: Uuid, error: &sqlx::Error, told: bool) {
    metric::lease_not_renewed();
    if told {
        tracing::debug!(%delivery, %error, "the lease of a delivery could not be renewed");
    } else {
        tracing::warn!(%delivery, %error, "the lease of a delivery could not be renewed");
    }
}

/// What has come to something since stays as it is, and so does what anybody may have taken up as its lease has run out.
async fn renew(pool: &PgPool, id: Uuid, attempts: i32) -> Result<(), sqlx::Error> {
    let statement = format!(
        "UPDATE tasklog_process.deliveries SET taken_until = now() + {LEASE}
         WHERE id = $1 AND attempts = $2 AND outcome IS NULL AND taken_until > now()"
    );
    sqlx::query(&statement).bind(id).bind(attempts).execute(pool).await?;
    Ok(())
}
