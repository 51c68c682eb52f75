//! The rows of saved filters, and how they are read.

use platform::page::{Cursor, cut};
use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, PgPool, Row};
use utoipa::ToSchema;

use super::{Filter, FilterName};
use crate::lists::ListError;

/// The name of the order of a list of filters, for cursors.
pub const ORDER: &str = "filters";

/// One page of filters.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilterPage {
    /// The filters by name, compared byte by byte.
    pub items: Vec<Filter>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl FromRow<'_, PgRow> for Filter {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let (version, Json(query)): (i64, _) = (row.try_get("version")?, row.try_get("query")?);
        Ok(Self {
            name: FilterName::stored(row.try_get("name")?),
            query,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: version.unsigned_abs(),
        })
    }
}

/// The filter of this name: one row by its key.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn find<'c>(
    executor: impl sqlx::PgExecutor<'c>,
    tenant: &str,
    name: &FilterName,
) -> Result<Option<Filter>, sqlx::Error> {
    sqlx::query_as(
        "SELECT name, query, version, created_at, updated_at FROM tasklog_filters.filters
         WHERE tenant = $1 AND name = $2",
    )
    .bind(tenant)
    .bind(name.as_str())
    .fetch_optional(executor)
    .await
}

/// A page of filters.
///
/// # Errors
/// [`ListError::Cursor`] for a cursor this list did not make; otherwise when Postgres cannot be asked.
pub async fn page(pool: &PgPool, tenant: &str, limit: usize, cursor: Option<&Cursor>) -> Result<FilterPage, ListError> {
    let after = cursor.map(|cursor| FilterName::parse(&cursor.id)).transpose().map_err(|_| ListError::Cursor)?;
    let rows: Vec<Filter> = sqlx::query_as(
        "SELECT name, query, version, created_at, updated_at FROM tasklog_filters.filters
         WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3",
    )
    .bind(tenant)
    .bind(after.as_ref().map_or("", FilterName::as_str))
    .bind(limit as i64 + 1)
    .fetch_all(pool)
    .await?;
    let (items, more) = cut(rows, limit);
    let next_cursor = items.last().filter(|_| more).map(|last| {
        let id = last.name.to_string();
        Cursor { sort: ORDER.to_owned(), key: Value::Null, id, filters: String::new() }.encode()
    });
    Ok(FilterPage { items, next_cursor })
}
