//! Tags and how many live tasks carry each.

use domain::task::Status;
use serde::Serialize;
use sqlx::{PgPool, Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::ListError;
use super::tasks::counting;
use crate::generations::Generation;

/// A tag in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagCount {
    /// The tag.
    pub tag: String,
    /// Live tasks that carry it.
    pub count: i64,
}

/// Every tag in use by tasks of these statuses, of any where none is named, in the order of its bytes. Each of those tasks is read,
/// and no other: an index has two bits of each tag and a number, not the tag.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn all(
    pool: &PgPool,
    generation: Generation,
    tenant: &str,
    statuses: &[Status],
) -> Result<Vec<TagCount>, ListError> {
    let mut statement = statement(&generation.table("tasks"), tenant, statuses);
    let mut transaction = counting(pool).await?;
    // Whose tasks they are and of which statuses tells which index has the fewest: planned for them, each time.
    let counts: Vec<(String, i64)> = statement.build_query_as().persistent(false).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(counts.into_iter().map(|(tag, count)| TagCount { tag, count }).collect())
}

/// Its statement on a generation's table.
#[must_use]
pub fn statement<'a>(table: &str, tenant: &'a str, statuses: &[Status]) -> QueryBuilder<'a, Postgres> {
    let mut sql = QueryBuilder::new(format!(
        "SELECT tag, count(*) AS count FROM {table}, unnest(tags) AS tag WHERE deleted_at IS NULL AND tenant = "
    ));
    sql.push_bind(tenant);
    if !statuses.is_empty() {
        let statuses: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
        sql.push(" AND status = ANY(").push_bind(statuses).push(")");
    }
    sql.push(" GROUP BY tag ORDER BY tag COLLATE \"C\"");
    sql
}
