//! The tasks right below one, in the order in which people have put them: by rank, those without one last; ties by time of making, then by
//! id.

use chrono::{DateTime, Utc};
use domain::limits::RANK_MAX_CHARS;
use platform::page::{Cursor, cut, instant_key, instant_of};
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use super::ListError;
use super::tasks::Page;
use super::tasks::page::Stored;
use crate::generations::Generation;
use crate::query::sort::rank_key;

/// The name of the order, for cursors.
pub const ORDER: &str = "subtasks";

/// The statement of a page, whose rows are the tasks' JSON, rank, time of making and id: one row more than `limit`, where there is one.
///
/// # Errors
/// [`ListError::Cursor`] for a cursor that this list did not make.
pub fn statement<'a>(
    table: &str,
    tenant: &'a str,
    parent: Uuid,
    limit: usize,
    cursor: Option<&'a Cursor>,
) -> Result<QueryBuilder<'a, Postgres>, ListError> {
    let mut sql = QueryBuilder::new(format!(
        "SELECT view, rank_key, created_at, id FROM {table} WHERE deleted_at IS NULL AND tenant = "
    ));
    sql.push_bind(tenant).push(" AND parent_id = ").push_bind(parent);
    if let Some(cursor) = cursor {
        let (rank, created_at, id) = place(cursor)?;
        sql.push(" AND (rank_key, created_at, id) > (").push_bind(rank).push(", ").push_bind(created_at);
        sql.push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY rank_key, created_at, id LIMIT ").push_bind(limit as i64 + 1);
    Ok(sql)
}

/// A page of the tasks right below `parent`; `filters` is the fingerprint that its cursors carry.
///
/// # Errors
/// [`ListError::Cursor`] for a cursor that this list did not make; otherwise when Postgres cannot be asked.
pub async fn page(
    pool: &PgPool,
    generation: Generation,
    (tenant, parent): (&str, Uuid),
    limit: usize,
    (cursor, filters): (Option<&Cursor>, &str),
) -> Result<Page, ListError> {
    let mut sql = statement(&generation.table("tasks"), tenant, parent, limit, cursor)?;
    let (rows, more) = cut(sql.build().fetch_all(pool).await?, limit);
    let next_cursor = match rows.last() {
        Some(last) if more => Some(cursor_after(last, filters)?.encode()),
        _ => None,
    };
    Ok(Page::new(rows.into_iter().map(Stored::Row).collect(), next_cursor, None))
}

fn cursor_after(last: &PgRow, filters: &str) -> Result<Cursor, sqlx::Error> {
    let (rank, created_at, id): (String, DateTime<Utc>, Uuid) =
        (last.try_get("rank_key")?, last.try_get("created_at")?, last.try_get("id")?);
    let key = json!([rank, instant_key(created_at)]);
    Ok(Cursor { sort: ORDER.to_owned(), key, id: id.to_string(), filters: filters.to_owned() })
}

/// What a cursor names.
fn place(cursor: &Cursor) -> Result<(&str, DateTime<Utc>, Uuid), ListError> {
    let [Value::String(rank), created_at] = cursor.key.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(ListError::Cursor);
    };
    let is_rank = rank.len() <= RANK_MAX_CHARS && rank.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_rank && *rank != rank_key(None) {
        return Err(ListError::Cursor);
    }
    let id = cursor.id.parse().map_err(|_| ListError::Cursor)?;
    Ok((rank, instant_of(created_at)?, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_key_that_no_page_ends_with_when_read_as_a_place_then_it_is_refused() {
        let cursor =
            |key: Value, id: &str| Cursor { sort: ORDER.to_owned(), key, id: id.to_owned(), filters: String::new() };
        let id = Uuid::from_u128(7).to_string();
        for rank in ["a0", "~"] {
            assert!(place(&cursor(json!([rank, 1_780_000_000_000_000_i64]), &id)).is_ok(), "{rank}");
        }
        for key in [json!(null), json!("a0"), json!(["a0"]), json!(["a0", "x"]), json!(["a\0", 1]), json!([7, 1])] {
            assert!(place(&cursor(key.clone(), &id)).is_err(), "{key}");
        }
        assert!(place(&cursor(json!(["a0", 1]), "x")).is_err());
    }
}
