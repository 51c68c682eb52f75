//! Pages of reminders and single ones. Soonest first; ties by id.

use domain::reminder::{Reminder, ReminderStatus, ReminderView};
use platform::page::{Cursor, cut, instant_key, instant_of};
use serde::Serialize;
use sqlx::{PgPool, Postgres, QueryBuilder};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ListError, state};
use crate::generations::Generation;
use crate::query::task_query::fingerprint;

/// The name of the order, for cursors.
pub const ORDER: &str = "reminders";

/// Which reminders.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReminderFilter {
    /// Whose.
    pub tenant: String,
    /// Only of this task.
    pub task_id: Option<Uuid>,
    /// Any of these; empty for all.
    pub status: Vec<ReminderStatus>,
}

impl ReminderFilter {
    /// The same for the same conditions.
    pub fn fingerprint(&self) -> String {
        fingerprint(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// One page of reminders.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReminderPage {
    /// The reminders, soonest first.
    pub items: Vec<ReminderView>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

/// One reminder that was not deleted.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn find(
    pool: &PgPool,
    generation: Generation,
    tenant: &str,
    id: Uuid,
) -> Result<Option<Reminder>, ListError> {
    let table = generation.table("reminders");
    let statement = format!("SELECT state::text FROM {table} WHERE tenant = $1 AND id = $2 AND NOT hidden");
    let row: Option<String> = sqlx::query_scalar(&statement).bind(tenant).bind(id).fetch_optional(pool).await?;
    row.as_deref().map(state).transpose()
}

/// The reminders of these tasks that are still to ring, soonest first; of a page of tasks, so that they are not many.
///
/// # Errors
/// When Postgres cannot be asked.
pub async fn still_to_ring(
    pool: &PgPool,
    generation: Generation,
    tenant: &str,
    tasks: &[Uuid],
) -> Result<Vec<ReminderView>, ListError> {
    let table = generation.table("reminders");
    let statement = format!(
        "SELECT state::text FROM {table} WHERE NOT hidden AND tenant = $1 AND task_id = ANY($2) AND status <> $3 ORDER BY rings_at, id"
    );
    let cancelled = ReminderStatus::Cancelled.as_str();
    let rows: Vec<String> =
        sqlx::query_scalar(&statement).bind(tenant).bind(tasks).bind(cancelled).fetch_all(pool).await?;
    let views = rows.iter().map(|json| state::<Reminder>(json).map(|reminder| ReminderView::of(&reminder)));
    // One that rang may repeat.
    Ok(views.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|reminder| reminder.left().is_some()).collect())
}

/// A page of reminders.
///
/// # Errors
/// [`ListError::Cursor`] for a cursor this list did not make; otherwise when Postgres cannot be asked.
pub async fn page(
    pool: &PgPool,
    generation: Generation,
    filter: &ReminderFilter,
    limit: usize,
    cursor: Option<&Cursor>,
) -> Result<ReminderPage, ListError> {
    let table = generation.table("reminders");
    let mut sql: QueryBuilder<'_, Postgres> =
        QueryBuilder::new(format!("SELECT state::text FROM {table} WHERE NOT hidden AND tenant = "));
    sql.push_bind(&filter.tenant);
    if let Some(task_id) = filter.task_id {
        sql.push(" AND task_id = ").push_bind(task_id);
    }
    if !filter.status.is_empty() {
        let names: Vec<&str> = filter.status.iter().map(|status| status.as_str()).collect();
        sql.push(" AND status = ANY(").push_bind(names).push(")");
    }
    if let Some(cursor) = cursor {
        let id: Uuid = cursor.id.parse().map_err(|_| ListError::Cursor)?;
        sql.push(" AND (rings_at, id) > (").push_bind(instant_of(&cursor.key)?).push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY rings_at, id LIMIT ").push_bind(limit as i64 + 1);
    let rows: Vec<String> = sql.build_query_scalar().fetch_all(pool).await?;
    let (rows, more) = cut(rows, limit);
    let reminders = rows.iter().map(|json| state(json)).collect::<Result<Vec<Reminder>, _>>()?;
    let next_cursor = reminders.last().filter(|_| more).map(|last| {
        let key = instant_key(last.rings_at());
        Cursor { sort: ORDER.to_owned(), key, id: last.id.to_string(), filters: filter.fingerprint() }.encode()
    });
    Ok(ReminderPage { items: reminders.iter().map(ReminderView::of).collect(), next_cursor })
}
