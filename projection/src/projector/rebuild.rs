//! Throws a projection away, so that the projector builds it again from the log.

use sqlx::PgPool;

use crate::positions::notice::{CHANNEL, Moved, Notice};
use crate::projections;

/// Why a projection cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// There is none of this name in Postgres.
    #[error("there is no projection {0:?} in postgres; there are {names}", names = projections::NAMES.join(", "))]
    Unknown(String),
    /// Postgres did not do it.
    #[error("postgres refused")]
    Postgres(#[from] sqlx::Error),
}

/// Empties the projection's tables, forgets its parked records and sets its position back, in one transaction. Projectors that
/// run, in whatever process, notice and start again; without one it stays empty until one is started.
///
/// # Errors
/// [`RebuildError`]; then nothing has changed.
pub async fn rebuild(pool: &PgPool, name: &str) -> Result<(), RebuildError> {
    let projection = projections::all().into_iter().find(|projection| projection.name() == name);
    let projection = projection.ok_or_else(|| RebuildError::Unknown(name.to_owned()))?;
    let mut transaction = pool.begin().await?;
    // The positions first: they are what a projector in the middle of a batch has locked.
    // Where it was it has to come again before it answers.
    sqlx::query("UPDATE tasklog.positions SET position = -1, goal = GREATEST(goal, position) WHERE projection = $1")
        .bind(name)
        .execute(&mut *transaction)
        .await?;
    for table in projection.tables() {
        sqlx::query(&format!("TRUNCATE {}", table.name)).execute(&mut *transaction).await?;
    }
    sqlx::query("DELETE FROM tasklog.dead_letters WHERE projection = $1").bind(name).execute(&mut *transaction).await?;
    let notice = Notice { projection: name.to_owned(), moved: Moved::Reset(()) };
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(notice.payload()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    tracing::info!(projection = name, "the projection is empty and starts again from the log");
    Ok(())
}
