//! `PATCH /tasks/{id}`: one `UPDATE` of the columns that the patch names.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::task::{Priority, Status};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sqlx::types::Json as JsonColumn;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::create::{check_description, check_due, check_tags, check_title};
use super::failure::Failure;
use super::task::{Due, now, title_key};
use super::{TENANT, Task, table};

/// A JSON Merge Patch: what is absent stays, `null` clears what can be empty.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Patch {
    #[serde(deserialize_with = "given")]
    title: Option<String>,
    #[serde(deserialize_with = "given")]
    description: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    status: Option<Status>,
    #[serde(deserialize_with = "given")]
    priority: Option<Option<Priority>>,
    #[serde(deserialize_with = "given")]
    tags: Option<Option<Vec<String>>>,
    #[serde(deserialize_with = "given")]
    due_date: Option<Option<NaiveDate>>,
    #[serde(deserialize_with = "given")]
    due_at: Option<Option<NaiveDateTime>>,
    #[serde(deserialize_with = "given")]
    time_zone: Option<Option<Tz>>,
    #[serde(deserialize_with = "given")]
    recurrence_pattern: Option<Option<Value>>,
}

/// A field that is there, be it with `null`; one that is absent is never asked for.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Patch {
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some(title) = &self.title {
            check_title(title)?;
        }
        if let Some(Some(description)) = &self.description {
            check_description(description)?;
        }
        if let Some(Some(tags)) = &self.tags {
            check_tags(tags)?;
        }
        let (date, at, zone) = self.due();
        check_due(date, at, zone)
    }

    /// A patch that names one of the due fields says all of when the task is due.
    fn due(&self) -> (Option<NaiveDate>, Option<NaiveDateTime>, Option<Tz>) {
        (self.due_date.flatten(), self.due_at.flatten(), self.time_zone.flatten())
    }

    /// The statement; it changes no row when the task is not there or not at the expected version.
    pub(super) fn statement(
        self,
        id: Uuid,
        expected: Option<i64>,
        at: DateTime<Utc>,
    ) -> QueryBuilder<'static, Postgres> {
        let mut sql = QueryBuilder::new("UPDATE tasks SET version = version + 1, updated_at = ");
        sql.push_bind(at);
        if self.due_date.is_some() || self.due_at.is_some() || self.time_zone.is_some() {
            let (date, wall, zone) = self.due();
            let due = Due::new(date, wall, zone);
            sql.push(", due_date = ").push_bind(date);
            sql.push(", due_at = ").push_bind(wall);
            sql.push(", time_zone = ").push_bind(zone.map(|zone| zone.name()));
            sql.push(", due_utc = ").push_bind(due.utc);
            sql.push(", due_day = ").push_bind(due.day);
            sql.push(", due_sort = ").push_bind(due.sort);
        }
        if let Some(title) = self.title {
            sql.push(", title_key = ").push_bind(title_key(&title));
            sql.push(", title = ").push_bind(title);
        }
        if let Some(description) = self.description {
            sql.push(", description = ").push_bind(description.unwrap_or_default());
        }
        match self.status {
            Some(Status::Completed) => {
                sql.push(", status = 'completed', completed_at = coalesce(completed_at, ").push_bind(at).push(")");
            }
            Some(status) => {
                sql.push(", completed_at = NULL, status = ").push_bind(status.as_str());
            }
            None => {}
        }
        if let Some(priority) = self.priority {
            sql.push(", priority = ").push_bind(priority.unwrap_or_default().rank());
        }
        if let Some(tags) = self.tags {
            sql.push(", tags = ").push_bind(tags.unwrap_or_default());
        }
        if let Some(recurrence) = self.recurrence_pattern {
            if recurrence.is_some() {
                sql.push(", series_id = coalesce(series_id, id)");
            }
            sql.push(", recurrence = ").push_bind(recurrence.map(JsonColumn));
        }
        sql.push(" WHERE deleted_at IS NULL AND tenant = ").push_bind(TENANT);
        sql.push(" AND id = ").push_bind(id);
        if let Some(version) = expected {
            sql.push(" AND version = ").push_bind(version);
        }
        sql.push(format!(" RETURNING {}", table::READ));
        sql
    }
}

/// Changes a task.
pub(super) async fn change_task(
    State(pool): State<PgPool>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(patch): Json<Patch>,
) -> Result<impl IntoResponse, Failure> {
    let expected = expected_version(&headers)?;
    patch.check()?;
    let mut statement = patch.statement(id, expected, now());
    let changed: Option<Task> = statement.build_query_as().fetch_optional(&pool).await?;
    match changed {
        Some(task) => Ok(([(header::ETAG, task.etag())], Json(task))),
        None => Err(why_not(&pool, id).await?),
    }
}

/// The version that `If-Match` asks for.
pub(super) fn expected_version(headers: &HeaderMap) -> Result<Option<i64>, Failure> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let value = value.to_str().unwrap_or_default();
    if value == "*" {
        return Ok(None);
    }
    let version = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|text| text.parse().ok());
    version.map(Some).ok_or(Failure::Invalid("If-Match must be the ETag of the task"))
}

async fn why_not(pool: &PgPool, id: Uuid) -> sqlx::Result<Failure> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT version FROM tasks WHERE deleted_at IS NULL AND tenant = $1 AND id = $2")
            .bind(TENANT)
            .bind(id)
            .fetch_optional(pool)
            .await?;
    Ok(if found.is_some() { Failure::OtherVersion } else { Failure::NotFound })
}
