//! Tags and how many live tasks carry each.

use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::ListError;
use crate::generations::Generation;

/// A tag in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagCount {
    /// The tag.
    pub tag: String,
    /// Live tasks that carry it.
    pub count: i64,
}

/// Every tag in use, in the order of its bytes.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn all(pool: &PgPool, generation: Generation, tenant: &str) -> Result<Vec<TagCount>, ListError> {
    let statement = format!(
        "SELECT tag, count(*) AS count FROM {}, unnest(tags) AS tag
         WHERE tenant = $1 AND deleted_at IS NULL GROUP BY tag ORDER BY tag COLLATE \"C\"",
        generation.table("tasks")
    );
    let counts = sqlx::query_as::<_, (String, i64)>(&statement).bind(tenant).fetch_all(pool).await?;
    Ok(counts.into_iter().map(|(tag, count)| TagCount { tag, count }).collect())
}
