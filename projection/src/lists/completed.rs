//! Days with the tasks that were completed on them.

use chrono::NaiveDate;
use platform::page::cut;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::ListError;
use crate::generations::Generation;

/// A day on which tasks were completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompletedDay {
    /// The day, in UTC.
    pub date: NaiveDate,
    /// Tasks that were completed on it and have not been reopened since, deleted ones among them.
    pub count: i64,
}

/// Days from `from` to `to`, both inclusive, oldest first: at most `limit`, and whether there are more.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn days(
    pool: &PgPool,
    generation: Generation,
    tenant: &str,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    limit: usize,
) -> Result<(Vec<CompletedDay>, bool), ListError> {
    let statement = format!(
        "SELECT day, tasks FROM {}
         WHERE tenant = $1 AND day >= coalesce($2, '-infinity'::date) AND day <= coalesce($3, 'infinity'::date)
         ORDER BY day LIMIT $4",
        generation.table("days")
    );
    let rows =
        sqlx::query_as::<_, (NaiveDate, i64)>(&statement).bind(tenant).bind(from).bind(to).bind(limit as i64 + 1);
    let days = rows.fetch_all(pool).await?.into_iter().map(|(date, count)| CompletedDay { date, count });
    Ok(cut(days.collect(), limit))
}
