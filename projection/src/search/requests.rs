//! What is asked for from another process: over Postgres, which every query process hears.

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use kafka_es::Position;
use platform::lifecycle::Shutdown;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgListener;

use super::{SearchError, SearchHandle};
use crate::projections::tasks;

const CHANNEL: &str = "tasklog_search_rebuild";
/// Pause before Postgres is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// What query processes are asked to do with their search indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Fill a new generation and let it serve.
    Rebuild,
    /// Give up the one that is being filled.
    Cancel,
    /// Let the one that served before serve again.
    RollBack,
    /// Pass over the records that are dropped.
    PassOver,
}

/// Asks every query process that runs now.
///
/// # Errors
/// When Postgres cannot be asked to pass it on.
pub async fn request(pool: &PgPool, request: Request) -> Result<(), sqlx::Error> {
    let payload = serde_json::to_string(&request).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(pool).await?;
    Ok(())
}

/// Does what is asked for, until `shutdown`.
///
/// # Errors
/// None: while Postgres is away it tries again.
pub async fn serve_requests(pool: PgPool, search: SearchHandle, shutdown: Shutdown) -> Result<(), Infallible> {
    loop {
        tokio::select! {
            () = shutdown.requested() => return Ok(()),
            // Whoever needs Postgres says that it is away; a request is made by a person, who sees that nothing happens.
            lost = serve_once(&pool, &search) => tracing::debug!(?lost, "no requests for rebuilds are heard, trying again"),
        }
        tokio::select! {
            () = shutdown.requested() => return Ok(()),
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

/// Serves until the connection is lost (Ok) or Postgres cannot be asked (Err).
async fn serve_once(pool: &PgPool, search: &SearchHandle) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // In this order: what is dropped after the table was read is heard.
    tokio::spawn(fulfil(search.clone(), Request::PassOver, dropped(pool).await?));
    while let Some(asked) = listener.try_recv().await? {
        // What another build asks for, and this one does not know, it cannot do.
        let Ok(asked) = serde_json::from_str(asked.payload()) else { continue };
        let dropped = if asked == Request::PassOver { dropped(pool).await? } else { HashSet::new() };
        // Not waited for: what runs must be heard to be cancelled.
        tokio::spawn(fulfil(search.clone(), asked, dropped));
    }
    Ok(())
}

/// The records that the list of tasks passes over: search shows what it shows.
async fn dropped(pool: &PgPool) -> Result<HashSet<Position>, sqlx::Error> {
    let rows: Vec<(String, i32, i64)> =
        sqlx::query_as("SELECT topic, partition, record_offset FROM tasklog.dropped_records WHERE projection = $1")
            .bind(tasks::NAME)
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|(topic, partition, offset)| Position { topic, partition, offset }).collect())
}

async fn fulfil(search: SearchHandle, asked: Request, dropped: HashSet<Position>) {
    let done = match asked {
        Request::PassOver => search.pass_over(dropped).await.map(|()| None),
        Request::Rebuild => search.rebuild().await.map(Some),
        Request::RollBack => search.roll_back().await.map(Some),
        Request::Cancel => search.cancel_rebuild().await.map(|()| None),
    };
    match done {
        Ok(Some(rebuilt)) => tracing::info!(
            ?asked,
            generation = rebuilt.generation,
            documents = rebuilt.documents,
            "another generation of the search index serves"
        ),
        // Why is in the log already.
        Ok(None) | Err(SearchError::PutOff(_)) => {}
        Err(error) => tracing::error!(?asked, %error, "the search index stays as it is"),
    }
}
