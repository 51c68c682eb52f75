//! Keeps the planner's statistics near the truth. Postgres's own analyzer looks once a minute; within that minute an import has
//! made an empty table large, and lists would be planned for the empty one.

use std::time::Duration;

use sqlx::PgPool;

const EVERY: Duration = Duration::from_secs(2);
/// Tables with more rows than the planner thinks, by so many and by such a share that it may choose another way. What only changes from one
/// value to another is left to Postgres: to look at it again and again while very much changes would take the processor from that.
const GROWN: &str =
    "SELECT format('%I.%I', s.schemaname, s.relname) FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname LIKE 'tasklog%' AND s.n_live_tup > 500 + 1.2 * greatest(c.reltuples, 0)";

/// Looks at the tables until it is dropped.
pub(super) async fn keep(pool: PgPool) {
    loop {
        tokio::time::sleep(EVERY).await;
        // Postgres that cannot be asked is said elsewhere; the next round tries again.
        let Ok(tables) = sqlx::query_scalar::<_, String>(GROWN).fetch_all(&pool).await else { continue };
        for table in tables {
            if let Err(error) = sqlx::query(&format!("ANALYZE {table}")).execute(&pool).await {
                tracing::debug!(%error, table, "statistics could not be renewed");
            }
        }
    }
}
