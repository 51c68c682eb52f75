//! Keeps the planner's statistics near the truth. Postgres's own analyzer looks once a minute; within that minute an import has
//! made an empty table large, and lists would be planned for the empty one.

use std::time::Duration;

use sqlx::PgPool;

const EVERY: Duration = Duration::from_secs(2);
/// Rows changed since the last look, as rows and as a share of the table, that make a new one worth while.
const STALE: &str = "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables
    WHERE schemaname LIKE 'tasklog%' AND n_mod_since_analyze > 500 + n_live_tup / 5";

/// Looks at the tables until it is dropped.
pub(super) async fn keep(pool: PgPool) {
    loop {
        tokio::time::sleep(EVERY).await;
        // Postgres that cannot be asked is said elsewhere; the next round tries again.
        let Ok(tables) = sqlx::query_scalar::<_, String>(STALE).fetch_all(&pool).await else { continue };
        for table in tables {
            if let Err(error) = sqlx::query(&format!("ANALYZE {table}")).execute(&pool).await {
                tracing::debug!(%error, table, "statistics could not be renewed");
            }
        }
    }
}
