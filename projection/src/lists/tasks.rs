//! Pages of tasks and single tasks.

use chrono::{DateTime, Utc};
use domain::task::{Status, Task, TaskView};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{ListError, cut, instant_key, instant_of, state};
use crate::generations::Generation;
use crate::query::cursor::Cursor;
use crate::query::sort::{Sort, SortKey, title_key};
use crate::query::task_query::{TaskItem, TaskPage, TaskQuery};

/// One live task.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn find(pool: &PgPool, generation: Generation, tenant: &str, id: Uuid) -> Result<Option<Task>, ListError> {
    let table = generation.table("tasks");
    let statement = format!("SELECT state::text FROM {table} WHERE tenant = $1 AND id = $2 AND deleted_at IS NULL");
    let row: Option<String> = sqlx::query_scalar(&statement).bind(tenant).bind(id).fetch_optional(pool).await?;
    row.as_deref().map(state).transpose()
}

/// A page of live tasks. `q` plays no part here.
///
/// # Errors
/// [`ListError::Cursor`] when the cursor's key does not fit the sort; otherwise when Postgres cannot be asked.
pub async fn page(pool: &PgPool, generation: Generation, query: &TaskQuery) -> Result<TaskPage, ListError> {
    let table = generation.table("tasks");
    let mut select = statement(&table, query)?;
    let select = select.build_query_scalar().fetch_all(pool);
    let (rows, total): (Vec<String>, _) = if query.total {
        let mut count = count_statement(&table, query);
        let count = count.build_query_scalar::<i64>().fetch_one(pool);
        let (rows, total) = tokio::try_join!(select, count)?;
        (rows, u64::try_from(total).ok())
    } else {
        (select.await?, None)
    };
    let (rows, more) = cut(rows, query.limit);
    let tasks = rows.iter().map(|json| state(json)).collect::<Result<Vec<Task>, _>>()?;
    let next_cursor = tasks.last().filter(|_| more).map(|last| cursor_after(query, last).encode());
    let items = tasks.iter().map(|task| TaskItem { task: TaskView::of(task), highlights: None }).collect();
    Ok(TaskPage { items, next_cursor, total })
}

/// How many live tasks match, `limit` at most, and a text that is another one when they are others or one has another version.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn content(
    pool: &PgPool,
    generation: Generation,
    query: &TaskQuery,
    limit: u64,
) -> Result<(u64, String), ListError> {
    let table = generation.table("tasks");
    let mut sql = QueryBuilder::new(
        "SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(id || '@' || version, ',' ORDER BY id), ''), 'UTF8')), 'hex')
         FROM (SELECT id, version FROM ",
    );
    sql.push(table).push(" WHERE ");
    push_filter(&mut sql, query);
    sql.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX)).push(") AS matching");
    let (count, content): (i64, String) = sql.build_query_as().fetch_one(pool).await?;
    Ok((count.unsigned_abs(), content))
}

/// The place after `last`.
pub(crate) fn cursor_after(query: &TaskQuery, last: &Task) -> Cursor {
    let key = match query.sort.key {
        SortKey::CreatedAt | SortKey::Relevance => instant_key(last.created_at),
        SortKey::UpdatedAt => instant_key(last.updated_at),
        SortKey::Due => last.due.map(|due| instant_key(due.sort_key())).unwrap_or_default(),
        SortKey::Priority => last.priority.rank().into(),
        SortKey::Title => title_key(&last.title).into(),
    };
    Cursor { sort: query.sort.to_string(), key, id: last.id.to_string(), filters: query.fingerprint() }
}

/// What the rows are ordered by; each has an index of exactly this form. Tasks without a due date are put last by the
/// infinity that the direction puts last.
fn order(sort: Sort) -> &'static str {
    match sort.key {
        // Relevance is the search index's; should it come here, newest first is no lie about matches.
        SortKey::CreatedAt | SortKey::Relevance => "created_at",
        SortKey::UpdatedAt => "updated_at",
        SortKey::Due if sort.descending => "coalesce(due_sort, '-infinity'::timestamptz)",
        SortKey::Due => "coalesce(due_sort, 'infinity'::timestamptz)",
        SortKey::Priority => "priority",
        SortKey::Title => "title_key",
    }
}

fn statement<'a>(table: &str, query: &'a TaskQuery) -> Result<QueryBuilder<'a, Postgres>, ListError> {
    let mut sql = QueryBuilder::new(format!("SELECT state::text FROM {table} WHERE "));
    push_filter(&mut sql, query);
    if let Some(cursor) = &query.cursor {
        push_after(&mut sql, query.sort, cursor)?;
    }
    let direction = if query.sort.descending { "DESC" } else { "ASC" };
    let order = order(query.sort);
    sql.push(format!(" ORDER BY {order} {direction}, id {direction} LIMIT "));
    sql.push_bind(query.limit as i64 + 1);
    Ok(sql)
}

fn count_statement<'a>(table: &str, query: &'a TaskQuery) -> QueryBuilder<'a, Postgres> {
    let mut sql = QueryBuilder::new(format!("SELECT count(*) FROM {table} WHERE "));
    push_filter(&mut sql, query);
    sql
}

fn push_filter<'a>(sql: &mut QueryBuilder<'a, Postgres>, query: &'a TaskQuery) {
    let filter = &query.filter;
    sql.push("deleted_at IS NULL AND tenant = ").push_bind(&query.tenant);
    if !filter.status.is_empty() {
        let names: Vec<&str> = filter.status.iter().map(|status| status.as_str()).collect();
        sql.push(" AND status = ANY(").push_bind(names).push(")");
    }
    if !filter.priority.is_empty() {
        let ranks: Vec<i16> = filter.priority.iter().map(|priority| priority.rank()).collect();
        sql.push(" AND priority = ANY(").push_bind(ranks).push(")");
    }
    if !filter.tags.is_empty() {
        sql.push(" AND tags @> ").push_bind(&filter.tags);
    }
    if let Some(day) = filter.due_from {
        sql.push(" AND due_day >= ").push_bind(day);
    }
    if let Some(day) = filter.due_to {
        sql.push(" AND due_day <= ").push_bind(day);
    }
    if filter.overdue {
        let open: Vec<&str> = vec![Status::Pending.as_str(), Status::InProgress.as_str()];
        // In the form the index has, which `due_sort < …` is not.
        sql.push(" AND status = ANY(").push_bind(open).push(") AND coalesce(due_sort, 'infinity'::timestamptz) < ");
        sql.push_bind(query.now);
    }
}

fn push_after<'a>(sql: &mut QueryBuilder<'a, Postgres>, sort: Sort, cursor: &'a Cursor) -> Result<(), ListError> {
    let id: Uuid = cursor.id.parse().map_err(|_| ListError::Cursor)?;
    let after = if sort.descending { "<" } else { ">" };
    sql.push(format!(" AND ({}, id) {after} (", order(sort)));
    match sort.key {
        SortKey::CreatedAt | SortKey::UpdatedAt | SortKey::Relevance => {
            sql.push_bind::<DateTime<Utc>>(instant_of(&cursor.key)?);
        }
        SortKey::Due if cursor.key.is_null() => {
            sql.push(if sort.descending { "'-infinity'::timestamptz" } else { "'infinity'::timestamptz" });
        }
        SortKey::Due => {
            sql.push_bind::<DateTime<Utc>>(instant_of(&cursor.key)?);
        }
        SortKey::Priority => {
            let rank = cursor.key.as_i64().and_then(|rank| i16::try_from(rank).ok()).ok_or(ListError::Cursor)?;
            sql.push_bind(rank);
        }
        SortKey::Title => {
            let key = cursor.key.as_str().filter(|key| !key.contains('\0')).ok_or(ListError::Cursor)?;
            sql.push_bind(key);
        }
    }
    sql.push(", ").push_bind(id).push(")");
    Ok(())
}
