//! What is stored of generations, for people.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row as _};
use utoipa::ToSchema;

/// A generation as operators see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Stored {
    /// Its projection.
    #[serde(skip)]
    pub projection: String,
    /// Its number.
    pub generation: i32,
    /// The version of the projection it was made for; a build reads and writes its own alone.
    pub version: i32,
    /// `building`, `serving`, or `kept`: it served before.
    pub role: String,
    /// When it was begun.
    pub began_at: DateTime<Utc>,
    /// When it began to serve.
    pub served_at: Option<DateTime<Utc>>,
    /// Rows compared with the generation it was to replace, both at the same positions; `null`: they were not.
    pub compared: Option<i64>,
    /// Of these, rows that only one of the two had, byte for byte.
    pub differences: Option<i64>,
}

impl FromRow<'_, PgRow> for Stored {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            projection: row.try_get("projection")?,
            generation: row.try_get("generation")?,
            version: row.try_get("version")?,
            role: row.try_get("role")?,
            began_at: row.try_get("began_at")?,
            served_at: row.try_get("served_at")?,
            compared: row.try_get("compared")?,
            differences: row.try_get("differences")?,
        })
    }
}

/// Every generation, oldest first.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn all(pool: &PgPool) -> Result<Vec<Stored>, sqlx::Error> {
    let all = sqlx::query_as(
        "SELECT projection, generation, version, role, began_at, served_at, compared, differences
         FROM tasklog.generations ORDER BY generation",
    );
    all.fetch_all(pool).await
}
