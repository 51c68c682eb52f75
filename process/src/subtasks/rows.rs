//! The rows of tasks that are parts of others.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, PgPool, Row as _};
use uuid::Uuid;

use super::Name;

/// How long Postgres may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// A task that is a part of another, or was.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Whose it is.
    pub(super) tenant: String,
    /// The task.
    pub(super) task_id: Uuid,
    /// What it is a part of.
    pub(super) parent_id: Option<Uuid>,
    /// Its version when that was looked up.
    pub(super) version: u64,
}

impl Row {
    pub(super) fn is_below(&self, (tenant, parent): &Name<'_>) -> bool {
        self.tenant == *tenant && self.parent_id == Some(*parent)
    }
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant: row.try_get("tenant")?,
            task_id: row.try_get("task_id")?,
            parent_id: row.try_get("parent_id")?,
            version: row.try_get::<i64, _>("version")?.unsigned_abs(),
        })
    }
}

/// The statement that finds what is right below tasks.
const BELOW: &str = "
    SELECT tenant, task_id, parent_id, version FROM tasklog_process.subtasks
    JOIN UNNEST($1::text[], $2::uuid[]) AS wanted(tenant, parent_id) USING (tenant, parent_id)
    ORDER BY tenant, parent_id, task_id";

/// What is right below each of these tasks.
pub(super) async fn below(
    pool: &PgPool,
    parents: impl Iterator<Item = Name<'_>>,
) -> Result<HashMap<(String, Uuid), Vec<Row>>, sqlx::Error> {
    let (tenants, ids): (Vec<&str>, Vec<Uuid>) = parents.unzip();
    let mut below = HashMap::<_, Vec<Row>>::new();
    if ids.is_empty() {
        return Ok(below);
    }
    let rows: Vec<Row> = sqlx::query_as(BELOW).bind(tenants).bind(ids).fetch_all(pool).await?;
    for row in rows {
        if let Some(parent) = row.parent_id {
            below.entry((row.tenant.clone(), parent)).or_default().push(row);
        }
    }
    Ok(below)
}

/// Writes rows as they are now.
pub(super) async fn save(connection: &mut PgConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO tasklog_process.subtasks AS s (tenant, task_id, parent_id, version)
         SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::bigint[])
         ON CONFLICT (tenant, task_id) DO UPDATE SET parent_id = excluded.parent_id, version = excluded.version
         WHERE s.version < excluded.version",
    )
    .bind(rows.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.task_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.parent_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| i64::try_from(row.version).unwrap_or(i64::MAX)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
