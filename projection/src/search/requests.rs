//! Rebuilds that are asked for from another process: over Postgres, which every query process hears.

use std::convert::Infallible;
use std::time::Duration;

use platform::lifecycle::Shutdown;
use sqlx::PgPool;
use sqlx::postgres::PgListener;

use super::SearchHandle;

const CHANNEL: &str = "tasklog_search_rebuild";
/// Pause before Postgres is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Asks every query process that runs now to rebuild its search index.
///
/// # Errors
/// When Postgres cannot be asked to pass it on.
pub async fn request_rebuild(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(pool).await?;
    Ok(())
}

/// Rebuilds whenever asked, until `shutdown`.
///
/// # Errors
/// None: while Postgres is away it tries again.
pub async fn serve_rebuilds(pool: PgPool, search: SearchHandle, shutdown: Shutdown) -> Result<(), Infallible> {
    loop {
        tokio::select! {
            () = shutdown.requested() => return Ok(()),
            // Whoever needs Postgres says that it is away; a request is made by a person, who sees that nothing happens.
            Err(error) = serve_once(&pool, &search) => tracing::debug!(%error, "no requests for rebuilds are heard, trying again"),
        }
        tokio::select! {
            () = shutdown.requested() => return Ok(()),
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

async fn serve_once(pool: &PgPool, search: &SearchHandle) -> Result<Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        match search.rebuild().await {
            Ok(rebuilt) => tracing::info!(
                generation = rebuilt.generation,
                documents = rebuilt.documents,
                "the search index is rebuilt"
            ),
            Err(error) => tracing::error!(%error, "the search index could not be rebuilt; the old one serves on"),
        }
    }
}
