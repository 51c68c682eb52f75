//! `POST /tasks`: one `INSERT`.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::limits::{DESCRIPTION_MAX_BYTES, TAGS_MAX, TITLE_MAX_CHARS};
use domain::task::{Priority, Status};
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgPool;
use sqlx::types::Json as JsonColumn;
use uuid::Uuid;

use super::failure::Failure;
use super::task::{now, title_key};
use super::{TENANT, Task, table};

/// The body. Only `title` is needed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTask {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    priority: Priority,
    #[serde(default)]
    tags: Vec<String>,
    due_date: Option<NaiveDate>,
    due_at: Option<NaiveDateTime>,
    time_zone: Option<Tz>,
    recurrence_pattern: Option<Value>,
    parent_id: Option<Uuid>,
    rank: Option<String>,
}

impl NewTask {
    pub(super) fn into_task(self, id: Uuid, at: DateTime<Utc>) -> Result<Task, Failure> {
        check_title(&self.title)?;
        check_description(&self.description)?;
        check_tags(&self.tags)?;
        check_due(self.due_date, self.due_at, self.time_zone)?;
        let mut task = Task {
            id,
            title: self.title,
            description: self.description,
            status: self.status,
            priority: self.priority,
            tags: self.tags,
            due_date: self.due_date,
            due_at: self.due_at,
            time_zone: self.time_zone,
            due_utc: None,
            series_id: self.recurrence_pattern.is_some().then_some(id),
            recurrence_pattern: self.recurrence_pattern,
            parent_id: self.parent_id,
            rank: self.rank,
            created_at: at,
            updated_at: at,
            completed_at: (self.status == Status::Completed).then_some(at),
            version: 1,
        };
        task.due_utc = task.due().utc;
        Ok(task)
    }
}

pub(super) fn check_title(title: &str) -> Result<(), Failure> {
    let chars = title.chars().count();
    if title.trim().is_empty() || chars > TITLE_MAX_CHARS || title.contains(char::is_control) {
        return Err(Failure::Invalid("title must be one line of 1 to 500 characters"));
    }
    Ok(())
}

pub(super) fn check_description(description: &str) -> Result<(), Failure> {
    if description.len() > DESCRIPTION_MAX_BYTES || description.contains('\0') {
        return Err(Failure::Invalid("description must be at most 64 KiB, without \\u0000"));
    }
    Ok(())
}

pub(super) fn check_tags(tags: &[String]) -> Result<(), Failure> {
    if tags.len() > TAGS_MAX || tags.iter().any(|tag| tag.is_empty() || tag.contains('\0')) {
        return Err(Failure::Invalid("tags must be at most 50, none of them empty"));
    }
    Ok(())
}

pub(super) fn check_due(date: Option<NaiveDate>, at: Option<NaiveDateTime>, zone: Option<Tz>) -> Result<(), Failure> {
    if (date.is_some() && at.is_some()) || at.is_some() != zone.is_some() {
        return Err(Failure::Invalid("give due_date, or due_at with time_zone"));
    }
    Ok(())
}

/// Creates a task.
pub(super) async fn create_task(
    State(pool): State<PgPool>,
    Json(new): Json<NewTask>,
) -> Result<impl IntoResponse, Failure> {
    let task = new.into_task(Uuid::now_v7(), now())?;
    insert(&pool, &task).await?;
    let headers = [(header::LOCATION, format!("/tasks/{}", task.id)), (header::ETAG, task.etag())];
    Ok((StatusCode::CREATED, headers, Json(task)))
}

async fn insert(pool: &PgPool, task: &Task) -> sqlx::Result<()> {
    let due = task.due();
    let written = table::WRITTEN;
    let statement = format!(
        "INSERT INTO tasks ({written}) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)"
    );
    sqlx::query(&statement)
        .bind(TENANT)
        .bind(task.id)
        .bind(&task.title)
        .bind(title_key(&task.title))
        .bind(&task.description)
        .bind(task.status.as_str())
        .bind(task.priority.rank())
        .bind(&task.tags)
        .bind(task.due_date)
        .bind(task.due_at)
        .bind(task.time_zone.map(|zone| zone.name()))
        .bind(due.utc)
        .bind(due.day)
        .bind(due.sort)
        .bind(task.recurrence_pattern.as_ref().map(JsonColumn))
        .bind(task.series_id)
        .bind(task.parent_id)
        .bind(&task.rank)
        .bind(task.created_at)
        .bind(task.updated_at)
        .bind(task.completed_at)
        .bind(task.version)
        .execute(pool)
        .await?;
    Ok(())
}
