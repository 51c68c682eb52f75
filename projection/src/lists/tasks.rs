//! Pages of tasks and single tasks.

pub mod statements;

use domain::task::{Task, TaskView};
use sqlx::{PgPool, QueryBuilder};
use uuid::Uuid;

use self::statements::{Statements, Step};
use super::{ListError, cut, instant_key, state};
use crate::generations::Generation;
use crate::query::cursor::Cursor;
use crate::query::sort::{SortKey, title_key};
use crate::query::task_query::{TOTAL_MAX, TaskItem, TaskPage, TaskQuery};

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
    let (rows, count) = match Statements::new(&table, query)? {
        None => (Vec::new(), query.total.then_some(0)),
        Some(statements) if query.total => {
            let (rows, count) = tokio::try_join!(rows(pool, &statements), count(pool, &statements))?;
            (rows, Some(count))
        }
        Some(statements) => (rows(pool, &statements).await?, None),
    };
    let (rows, more) = cut(rows, query.limit);
    let tasks = rows.iter().map(|json| state(json)).collect::<Result<Vec<Task>, _>>()?;
    let next_cursor = tasks.last().filter(|_| more).map(|last| cursor_after(query, last).encode());
    let items = tasks.iter().map(|task| TaskItem { task: TaskView::of(task), highlights: None }).collect();
    let (total, total_is_exact) = (count.map(|count| count.min(TOTAL_MAX)), count.map(|count| count <= TOTAL_MAX));
    Ok(TaskPage { items, next_cursor, total, total_is_exact })
}

async fn rows(pool: &PgPool, statements: &Statements<'_>) -> Result<Vec<String>, ListError> {
    let mut step = Step::Near;
    loop {
        let rows: Vec<String> = statements.sql(step).build_query_scalar().fetch_all(pool).await?;
        match statements.after(step, rows.len()) {
            Some(next) => step = next,
            None => return Ok(rows),
        }
    }
}

async fn count(pool: &PgPool, statements: &Statements<'_>) -> Result<u64, ListError> {
    let count: i64 = statements.count().build_query_scalar().fetch_one(pool).await?;
    Ok(count.unsigned_abs())
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
         FROM (",
    );
    match Statements::new(&table, query)? {
        Some(statements) => statements.push_versions(&mut sql, limit),
        None => {
            sql.push(format!("SELECT id, version FROM {table} WHERE false"));
        }
    }
    sql.push(") AS matching");
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
