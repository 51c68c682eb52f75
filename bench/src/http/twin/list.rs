//! `GET /tasks`: a page in the order of an index, read from where the page before ended.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::failure::Failure;
use super::filter::Question;
use super::task::now;
use super::{Task, search, table};

/// A page.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

const NO_CURSOR: Failure = Failure::Invalid("cursor must be the next_cursor of the page before");

/// Lists tasks, or searches them.
pub(super) async fn list_tasks(
    State(pool): State<PgPool>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let question = Question::read(&parameters)?;
    match &question.q {
        Some(q) => Ok(Json(search::page(&pool, &question, q).await?).into_response()),
        None => Ok(Json(page(&pool, &question).await?).into_response()),
    }
}

async fn page(pool: &PgPool, question: &Question) -> Result<Page<Task>, Failure> {
    let mut statement = statement(question, now())?;
    let mut items: Vec<Task> = statement.build_query_as().fetch_all(pool).await?;
    let limit = usize::try_from(question.limit).unwrap_or_default();
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| cursor_after(question, last));
    Ok(Page { items, next_cursor })
}

/// One row more than asked for: it tells whether there is another page.
pub(super) fn statement(question: &Question, now: DateTime<Utc>) -> Result<QueryBuilder<'static, Postgres>, Failure> {
    let (order, direction, after) = if question.by_due {
        ("coalesce(due_sort, 'infinity'::timestamptz)", "ASC", ">")
    } else {
        ("created_at", "DESC", "<")
    };
    let mut sql = QueryBuilder::new(format!("SELECT {} FROM tasks WHERE ", table::READ));
    question.push_to(&mut sql, now);
    if let Some(cursor) = &question.cursor {
        let (key, id) = read_cursor(cursor)?;
        sql.push(format!(" AND ({order}, id) {after} ("));
        match key {
            Some(key) => sql.push_bind(key),
            None => sql.push("'infinity'::timestamptz"),
        };
        sql.push(", ").push_bind(id).push(")");
    }
    sql.push(format!(" ORDER BY {order} {direction}, id {direction} LIMIT "));
    sql.push_bind(question.limit + 1);
    Ok(sql)
}

/// The last task's place in the order: microseconds, or nothing where it has no due date, and its id.
pub(super) fn cursor_after(question: &Question, last: &Task) -> String {
    let key = if question.by_due { last.due().sort } else { Some(last.created_at) };
    format!("{}.{}", key.map(|key| key.timestamp_micros().to_string()).unwrap_or_default(), last.id)
}

pub(super) fn read_cursor(cursor: &str) -> Result<(Option<DateTime<Utc>>, Uuid), Failure> {
    let (key, id) = cursor.split_once('.').ok_or(NO_CURSOR)?;
    let id = id.parse().map_err(|_| NO_CURSOR)?;
    if key.is_empty() {
        return Ok((None, id));
    }
    let key = key.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(NO_CURSOR)?;
    Ok((Some(key), id))
}
